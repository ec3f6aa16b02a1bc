#include "namesrv/name_server.h"

#include "namesrv/change_log.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace gantry::namesrv {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstScan = 5s;
constexpr std::chrono::milliseconds kFirstKvLog = 1min;

TimePoint real_now() {
  return std::chrono::steady_clock::now();
}

template <class Result>
auto value_or_throw(Result result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

}  // namespace

NameServer::NameServer(NamesrvConfig config, const options::Origins& origins, const access::Policy& policy,
                       logging::Logger& log)
    : policy_(policy),
      log_(log),
      remoting_log_(log.named("remoting")),
      schema_(namesrv_schema()),
      config_(files_, schema_, std::move(config), origins),
      threads_(config_.now()->io_threads),
      requests_(policy_, log_),
      scan_timer_(threads_.at(0).context()),
      kv_log_timer_(threads_.at(0).context()) {
  readers_.reserve(threads_.size());
  for (std::size_t i = 0; i < threads_.size(); ++i) readers_.emplace_back(routes_.published());
}

NameServer::~NameServer() {
  stop();
}

void NameServer::start() {
  const auto config = config_.now();
  if (const std::string why = daemon::unusable_files(*config); !why.empty()) throw std::runtime_error(why);
  const auto options = daemon::server_options(*config, config->listen);

  directory_.emplace(value_or_throw(
      disk::DataDirectory::open(config->data_dir, {.lock_file = "namesrv.lock", .what = "name server"})));
  const auto kv_file = kv_config_file(*config);
  auto entries = value_or_throw(load_kv_file(files_, kv_file));
  kv_.emplace(files_, kv_file, std::move(entries));
  disk_.emplace();
  serving_.emplace(Serving{routes_, readers_, brokers_, *kv_, config_, *disk_, real_now, log_});
  serving_->publish_order_configs();
  config_.at_change([this](const NamesrvConfig& changed) { apply(changed); });
  add_all_handlers(requests_, *serving_);

  server_.emplace(threads_, requests_, options, *remoting_log_);
  threads_.start();
  try {
    server_->start();
  } catch (const remoting::CannotListen& error) {
    throw remoting::CannotListen(std::string(error.what()) +
                                 "; stop what uses that address, or set listen to another");
  }
  arm_scan(std::min(kFirstScan, config->scan_interval));
  arm_kv_log(std::min(kFirstKvLog, config->kv_log_interval));
}

void NameServer::stop() {
  if (!server_) return;
  server_->drain(config_.now()->drain_timeout);
  disk_.reset();  // what it still does may want the server
  server_.reset();
  threads_.stop();
}

// On the disk thread.
void NameServer::apply(const NamesrvConfig& config) {
  serving_->publish_order_configs();
  server_->set_idle_timeout(config.idle_timeout);
  threads_.at(0).post([this] { arm_scan(config_.now()->scan_interval); });
  if (config_change_) config_change_(config);
}

void NameServer::arm_scan(std::chrono::milliseconds in) {
  scan_timer_.expires_after(in);
  scan_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    scan();
    arm_scan(config_.now()->scan_interval);
  });
}

void NameServer::arm_kv_log(std::chrono::milliseconds in) {
  kv_log_timer_.expires_after(in);
  kv_log_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    log_kv();
    arm_kv_log(config_.now()->kv_log_interval);
  });
}

void NameServer::scan() {
  remove_silent_brokers(*serving_);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    // Threads that nobody asks would keep old routes in memory.
    threads_.at(i).post([this, i] { readers_[i].refresh(); });
  }
}

void NameServer::log_kv() {
  const auto state = kv_->now();
  for (const auto& [name_space, table] : state->tables()) {
    for (const auto& [key, value] : table)
      log_.info("KV entry", {{"namespace", name_space}, {"key", key}, {"value", value}});
  }
}

}  // namespace gantry::namesrv
