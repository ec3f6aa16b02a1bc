#include "kernel/broker.h"

#include "kernel/identity_of_broker.h"
#include "kernel/metrics_file.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gantry::kernel {
namespace {

constexpr auto kSilenceLooked = std::chrono::seconds(10);

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
      chosen_(std::move(setup.plugins)),
      background_(config_.background_threads, clock),
      own_boundary_("broker", metrics_, log, clock),
      own_jobs_(background_.for_plugin(own_boundary_)),
      clients_(clock, {}),
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
  if (!config_.metrics_file.empty()) own_jobs_->executor().post([this] { write_metrics(); });
  arm_metrics();
}

// Before anything else is touched: whoever starts a second broker by mistake learns it at once.
void Broker::bind() {
  const auto options = daemon::server_options(config_, config_.listen);
  server_ = std::make_unique<remoting::Server>(threads_, requests_, options, *remoting_log_);
  try {
    server_->bind();
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string(error.what()) +
                             "; stop what uses that address, or set listen to another");
  }
  identity_ = identity_of(config_, server_->endpoints().front().port(), version_);
}

void Broker::open_metadata() {
  auto opened =
      Metadata::open(config_.data_dir, {.offsets_interval = config_.offset_flush_interval}, clock_, log_);
  if (!opened) throw std::runtime_error(opened.error().text);
  metadata_ = std::move(*opened);
}

void Broker::prepare_own_requests() {
  serving_.emplace(Serving{clients_, metadata_->topics(), metadata_->groups(), extensions_,
                           config_.auto_create_groups, log_});
  add_all_handlers(requests_, *serving_);
  std::vector<remoting::RequestCode> own;
  for (const auto& entry : requests_.entries()) own.push_back(entry.code);
  extensions_.keep_codes(std::move(own));
  silence_timer_ = own_jobs_->timers().every(kSilenceLooked, [this] { clients_.close_silent(); });
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
      .background = background_,
      .metrics = metrics_,
      .extensions = extensions_,
      .log = log_,
  });
  plugins_ = std::make_unique<PluginHost>(std::move(chosen_), *around_);
  plugins_->configure();
  plugins_->install();
  plugins_->recover();
  plugins_->start();
  follow_log();
  plugins_->start_services();
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
  name_servers_->begin();
}

void Broker::log_what_is_there() const {
  std::string names;
  for (const auto& name : plugins_->plugins()) names += (names.empty() ? "" : ", ") + name;
  log_.info("plugins are up", {{"plugins", names}});
  if (extensions_.store() == nullptr)
    log_.warn("this broker keeps no messages: no plugin is a message store",
              {{"remedy", "enable one in the configuration file; --list-plugins shows which are there"}});
}

void Broker::stop() {
  metrics_timer_.reset();
  silence_timer_.reset();
  // First of all, so that clients turn to others while this one still answers.
  if (name_servers_) name_servers_->take_leave();
  if (server_) {
    server_->take_no_more();
    // Answers still go out while plugins finish what they have begun.
    std::thread answers([this] { server_->drain(config_.drain_timeout); });
    if (plugins_) plugins_->drain();
    answers.join();
    server_.reset();
  }
  finish_following();
  if (plugins_) plugins_->stop();
  own_jobs_->close();
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
  if (config_.metrics_file.empty()) return;
  metrics_timer_ = own_jobs_->timers().every(config_.metrics_interval, [this] { write_metrics(); });
}

// On own_jobs_. A disk that stays full is told once.
void Broker::write_metrics() {
  if (config_.metrics_file.empty()) return;
  const auto why = write_metrics_file(config_.metrics_file, metrics_.text());
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
