#include "kernel/broker.h"

#include "kernel/identity_of_broker.h"
#include "kernel/metrics_file.h"
#include "kernel/offsets_past_ends.h"
#include "kernel/own_topics.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gantry::kernel {
namespace {

constexpr auto kSilenceLooked = std::chrono::seconds(10);
constexpr unsigned kAlarmsPerSecond = 5;

// Where clients and slaves of Apache's look for the second port.
constexpr int kSecondPortBelow = 2;

// What a reload finds to be different, each in a line of its own.
void log_changed(logging::Logger& log, std::string_view table, const std::vector<options::Change>& changes) {
  for (const auto& [option, from, to] : changes)
    log.info("option changed", {{"option", options::full_name(table, option)}, {"from", from}, {"to", to}});
}

void log_by_restart(logging::Logger& log, std::string_view table,
                    const std::vector<options::Change>& changes) {
  for (const auto& [option, from, to] : changes)
    log.warn("option is changed in the configuration file, and waits for a restart",
             {{"option", options::full_name(table, option)}, {"running", from}, {"configured", to}});
}

}  // namespace

Broker::Broker(BrokerSetup setup, std::string version, const api::Clock& clock, logging::Logger& log)
    : version_(std::move(version)),
      clock_(clock),
      log_(log),
      remoting_log_(log.named("remoting")),
      schema_(broker_schema()),
      config_(std::move(setup.config)),
      metrics_file_(config_.metrics_file),
      chosen_(std::move(setup.plugins)),
      background_(config_.background_threads, clock),
      own_boundary_("broker", metrics_, log, clock),
      own_jobs_(background_.for_plugin(own_boundary_)),
      clients_(clock, {}),
      locks_(clock, {.lifetime = config_.queue_lock_time,
                     .most_per_client = config_.max_locks_per_client,
                     .most = config_.max_queue_locks}),
      alarms_(log, kAlarmsPerSecond, [&clock] { return clock.now(); }),
      threads_(config_.io_threads),
      requests_(policy_, log) {
}

Broker::~Broker() {
  stop();
}

void Broker::start() {
  if (const std::string why = daemon::unusable_files(config_); !why.empty()) throw std::runtime_error(why);
  threads_.start();
  bind();
  open_metadata();
  prepare_own_requests();
  bring_up_plugins();
  take_requests();
  register_with_name_servers();
  log_what_is_there();
  if (!metrics_file_.empty()) own_jobs_->executor().post([this] { write_metrics(); });
  arm_metrics();
}

// Before anything else is touched: whoever starts a second broker by mistake learns it at once.
void Broker::bind() {
  auto options = daemon::server_options(config_, config_.listen);
  const auto main_ones = options.listen.size();
  if (config_.second_port) {
    for (std::size_t i = 0; i < main_ones; ++i) {
      auto second = options.listen[i];
      if (second.port() != 0) second.port(static_cast<std::uint16_t>(second.port() - kSecondPortBelow));
      options.listen.push_back(second);
    }
  }
  server_ = std::make_unique<remoting::Server>(threads_, requests_, options, *remoting_log_);
  try {
    server_->bind();
  } catch (const remoting::CannotListen& error) {
    const bool is_second = server_->endpoints().size() >= main_ones;
    throw remoting::CannotListen(
        std::string(error.what()) +
        (is_second
             ? ", where old clients come (two below the port of listen); stop what uses that address, set "
               "listen to another, or write second_port = false"
             : "; stop what uses that address, or set listen to another"));
  }
  if (config_.second_port) second_endpoint_ = server_->endpoints()[main_ones];
  identity_ = identity_of(config_, server_->endpoints().front().port(), version_);
}

void Broker::open_metadata() {
  auto opened =
      Metadata::open(config_.data_dir, {.offsets_interval = config_.offset_flush_interval}, clock_, log_);
  if (!opened) throw std::runtime_error(opened.error().text);
  metadata_ = std::move(*opened);
}

// A slave has those of its master.
std::future<void> Broker::make_own_topics() {
  auto made = std::make_shared<std::promise<void>>();
  auto future = made->get_future();
  if (identity_.id == 0)
    make_own_topics_and_groups(config_, metadata_->topics(), metadata_->groups(), log_,
                               [made] { made->set_value(); });
  else
    made->set_value();
  return future;
}

void Broker::prepare_own_requests() {
  sends_.emplace(Sends::Parts{extensions_, clock_, own_jobs_->timers()},
                 Sends::Settings{{config_.region, config_.trace_on, identity_.host}, config_.gate_patience});
  parked_.emplace(ParkedRequests::Parts{clock_, own_jobs_->timers(),
                                        [this](std::size_t io_thread, std::function<void()> job) {
                                          threads_.at(io_thread).post(std::move(job));
                                        }},
                  ParkedRequests::Settings{config_.max_parked_pulls});
  local_calls_.emplace(threads_, requests_);
  topic_maker_.emplace(metadata_->topics(),
                       TopicMaker::Settings{config_.auto_create_topics, config_.max_topics}, log_);
  commits_.emplace(metadata_->offsets(), clock_, OffsetCommits::Settings{});
  group_turns_.emplace(metadata_->groups(), log_, GroupTurns::Words{"group made", "group cannot be made"},
                       PlacesLimit{config_.max_groups, "groups", "max_groups"});
  serving_.emplace(Serving{.clients = clients_,
                           .topics = metadata_->topics(),
                           .groups = metadata_->groups(),
                           .offsets = metadata_->offsets(),
                           .commits = *commits_,
                           .locks = locks_,
                           .save_offsets = [this](auto done) { metadata_->flush_offsets(std::move(done)); },
                           .identity = identity_,
                           .topic_maker = *topic_maker_,
                           .group_turns = *group_turns_,
                           .extensions = extensions_,
                           .sends = *sends_,
                           .filters = filters_,
                           .parked = *parked_,
                           .clock = clock_,
                           .config = config_,
                           .log = log_,
                           .alarms = alarms_});
  add_all_handlers(requests_, *serving_);
  std::vector<remoting::RequestCode> own;
  for (const auto& entry : requests_.entries()) own.push_back(entry.code);
  extensions_.keep_codes(std::move(own));
  silence_timer_ = own_jobs_->timers().every(kSilenceLooked, [this] {
    clients_.close_silent();
    locks_.forget_expired();
    alarms_.flush();
  });
}

void Broker::bring_up_plugins() {
  around_.emplace(PluginSurroundings{
      .clock = clock_,
      .identity = identity_,
      .data_dir = config_.data_dir,
      .topics = metadata_->topics(),
      .groups = metadata_->groups(),
      .offsets = metadata_->offsets(),
      .key_values = [this](std::string_view plugin) { return metadata_->key_values(plugin); },
      .parking = *parked_,
      .local_calls = *local_calls_,
      .background = background_,
      .metrics = metrics_,
      .extensions = extensions_,
      .log = log_,
  });
  plugins_ = std::make_unique<PluginHost>(std::move(chosen_), *around_);
  const auto own_topics = make_own_topics();  // on their way to the disk while plugins get ready
  plugins_->configure();
  plugins_->install();
  plugins_->recover();
  own_topics.wait();
  plugins_->start();
  set_back_offsets();
  follow_log();
  plugins_->start_services();
}

// A slave's store is behind its master's, and the offsets are the master's.
void Broker::set_back_offsets() {
  const api::MessageStore* const store = extensions_.store();
  if (store != nullptr && identity_.id == 0) set_back_past_ends(metadata_->offsets(), *store, log_);
}

// No plugin can have a name with an underscore, so that the positions' space is the kernel's own.
void Broker::follow_log() {
  api::MessageStore* const store = extensions_.store();
  if (store == nullptr) return;
  followers_ = std::make_unique<LogFollowers>(extensions_, *plugins_, *store,
                                              metadata_->key_values("commit_listeners"));
  followers_->start();
}

void Broker::finish_following() {
  if (!followers_) return;
  auto finished = std::make_shared<std::promise<void>>();
  followers_->finish([finished] { finished->set_value(); });
  if (finished->get_future().wait_for(config_.drain_timeout) == std::future_status::timeout)
    log_.warn("commit listeners are behind, and go on after the next start",
              {{"waited", config_.drain_timeout}});
}

void Broker::take_requests() {
  sends_->begin();
  if (api::MessageStore* const store = extensions_.store()) parked_->watch(*store);
  for (const auto& [by, policy] : extensions_.access_policies()) policy_.use(*by, *policy);
  add_plugin_requests(requests_, extensions_);
  server_->start();
}

void Broker::register_with_name_servers() {
  if (config_.namesrv.empty()) return;
  if (const auto why = why_unreachable(identity_, config_.namesrv); !why.empty())
    log_.warn("clients cannot reach this broker", {{"reason", why}, {"remedy", "set advertised_address"}});
  name_servers_ = std::make_unique<NameServers>(
      NameServers::Parts{threads_, *own_jobs_, identity_, metadata_->topics(), extensions_.registrations(),
                         log_},
      NameServers::Settings{config_.namesrv, config_.registration_interval, config_.registration_timeout});
  registered_ = name_servers_->begin();
}

void Broker::wait_for_name_servers() {
  if (registered_.valid()) registered_.get();
}

api::Durability Broker::durability() const {
  return extensions_.store() == nullptr ? api::Durability() : extensions_.store()->durability();
}

void Broker::log_what_is_there() const {
  if (second_endpoint_) log_.info("the second port serves, too", {{"port", second_endpoint_->port()}});
  std::string names;
  for (const auto& name : plugins_->plugins()) names += (names.empty() ? "" : ", ") + name;
  log_.info("plugins are up", {{"plugins", names}});
  if (extensions_.store() == nullptr)
    return log_.warn(
        "this broker keeps no messages: no plugin is a message store",
        {{"remedy", "enable one in the configuration file; --list-plugins shows which are there"}});
  const auto [acknowledged, power_cut] = durability();
  log_.info("durability", {{"acknowledged", acknowledged}, {"a_power_cut_can_cost", power_cut}});
}

void Broker::stop() {
  metrics_timer_.reset();
  silence_timer_.reset();
  // First of all, so that clients turn to others while this one still answers.
  if (name_servers_) name_servers_->take_leave();
  if (server_) {
    server_->take_no_more();
    if (parked_) parked_->stop();
    // Answers still go out while plugins finish what they have begun.
    std::thread answers([this] { server_->drain(config_.drain_timeout); });
    if (plugins_) plugins_->drain();
    answers.join();
    server_.reset();
  }
  if (local_calls_) local_calls_->stop();
  finish_following();
  if (plugins_) plugins_->stop();
  own_jobs_->close();
  parked_.reset();
  if (sends_) sends_->end();
  name_servers_.reset();
  if (plugins_) write_metrics();  // what happened since it was written last
  // Before the plugins are gone: changes that they asked for are told to them.
  if (metadata_) metadata_->close();
  followers_.reset();
  plugins_.reset();
  metadata_.reset();
  threads_.stop();
}

void Broker::arm_metrics() {
  if (metrics_file_.empty()) return;
  metrics_timer_ = own_jobs_->timers().every(config_.metrics_interval, [this] { write_metrics(); });
}

// On own_jobs_. A disk that stays full is told once.
void Broker::write_metrics() {
  if (metrics_file_.empty()) return;
  const auto why = write_metrics_file(metrics_file_, metrics_.text());
  if (why && !metrics_failed_) log_.warn("figures cannot be written", {{"reason", *why}});
  metrics_failed_ = why.has_value();
}

void Broker::reload(const BrokerSetup& fresh) {
  log_.info("configuration is read again");
  for (const auto& mistake : fresh.report.mistakes)
    log_.error("mistake in the configuration; nothing is changed",
               {{"place", mistake.place.str()}, {"said", mistake.text}});
  if (!fresh.report.ok()) return;
  reload_own(fresh.config);
  reload_plugins(fresh);
}

void Broker::reload_own(const BrokerConfig& fresh) {
  const auto found = options::differences(schema_, &config_, &fresh);
  log_by_restart(log_, "", found.by_restart);
  if (found.changeable.empty()) return;
  BrokerConfig changed = config_;
  if (auto sound = options::take_changeable(schema_, &changed, &fresh); !sound)
    return log_.error("configuration cannot be taken over while running", {{"reason", sound.error().text}});
  const bool other_interval = changed.metrics_interval != config_.metrics_interval;
  config_ = std::move(changed);
  server_->set_idle_timeout(config_.idle_timeout);
  if (other_interval) arm_metrics();
  log_changed(log_, "", found.changeable);
  if (config_change_) config_change_(config_);
}

void Broker::reload_plugins(const BrokerSetup& fresh) {
  const auto running = plugins_->plugins();
  const auto is_in = [](const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::string> configured;
  for (const auto& plugin : fresh.plugins) {
    configured.push_back(plugin.name);
    if (!is_in(running, plugin.name)) {
      log_.warn("plugin is configured, and waits for a restart", {{"plugin", plugin.name}});
      continue;
    }
    const auto table = options::full_name(kPluginsTable, plugin.name);
    const auto changed = plugins_->change_to(plugin);
    if (!changed) {
      log_.error("options of a plugin cannot be taken over while running",
                 {{"plugin", plugin.name}, {"reason", changed.error().text}});
      continue;
    }
    log_changed(log_, table, changed->changeable);
    log_by_restart(log_, table, changed->by_restart);
  }
  for (const auto& name : running)
    if (!is_in(configured, name))
      log_.warn("plugin is configured no more, and runs until a restart", {{"plugin", name}});
}

}  // namespace gantry::kernel
