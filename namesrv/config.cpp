#include "namesrv/config.h"

#include "options/wire.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gantry::namesrv {
namespace {

using namespace std::chrono_literals;
using options::Alias;
using options::Complaint;
using remoting::ClientCertificate;
using remoting::TlsMode;
using Config = NamesrvConfig;
using Schema = options::Schema<Config>;

constexpr std::array<std::pair<std::string_view, TlsMode>, 3> kTlsModes{
    {{"off", TlsMode::off}, {"permissive", TlsMode::permissive}, {"enforcing", TlsMode::enforcing}}};

constexpr std::array<std::pair<std::string_view, ClientCertificate>, 3> kClientAuth{
    {{"none", ClientCertificate::none},
     {"optional", ClientCertificate::optional},
     {"require", ClientCertificate::require}}};

constexpr std::array<std::pair<std::string_view, logging::Format>, 2> kLogFormats{
    {{"human", logging::Format::human}, {"json", logging::Format::json}}};

void declare_service(Schema& schema) {
  schema.option("listen", &Config::listen)
      .help("Address and port that brokers and clients connect to. Port 0 takes a free one.")
      .apache(Alias::port("listenPort"));
  schema.option("io_threads", &Config::io_threads)
      .range(0, 1024)
      .help("Threads that serve connections. 0: as many as the machine has cores.");
  schema.option("data_dir", &Config::data_dir)
      .not_empty()
      .computed_default("~/.gantry/namesrv")
      .help("Directory that this server keeps its files in; one server to a directory.");
  schema.option("kv_config_path", &Config::kv_config_path)
      .help("File that the KV config is kept in. Empty: kvConfig.json in data_dir.")
      .apache("kvConfigPath");
  schema.option("kv_log_interval", &Config::kv_log_interval)
      .range(1s, 24h)
      .help("How often the whole KV config is logged.");
  schema.option("order_message_enable", &Config::order_message_enable)
      .changeable_by_wire()
      .help("Adds the order config of a topic, kept in the KV config, to its route.")
      .apache("orderMessageEnable");
  schema.option("broker_expiry", &Config::broker_expiry)
      .range(1s, 24h)
      .changeable_by_wire()
      .help("Silence after which a broker is taken out of all routes. Brokers report every 30s.");
  schema.option("scan_interval", &Config::scan_interval)
      .range(100ms, 1h)
      .changeable_by_wire()
      .help("How often silent brokers are looked for.");
}

void declare_limits(Schema& schema) {
  schema.option("idle_timeout", &Config::idle_timeout)
      .range(1s, 24h)
      .changeable_by_wire()
      .help("A connection without a byte in either direction for this long is closed.")
      .apache(Alias::units("serverChannelMaxIdleTimeSeconds", 1s));
  schema.option("frame_timeout", &Config::frame_timeout)
      .range(100ms, 1h)
      .help("A request that has begun must arrive whole within this, plus a second for each 64KiB.");
  schema.option("write_timeout", &Config::write_timeout)
      .range(100ms, 1h)
      .help("A client must take an answer within this, plus a second for each 64KiB.");
  schema.option("handshake_timeout", &Config::handshake_timeout)
      .range(100ms, 1h)
      .help("A TLS handshake must be done within this.");
  schema.option("drain_timeout", &Config::drain_timeout)
      .range(0s, 1h)
      .help("Longest time that a stop waits for answers still owed.");
  schema.option("max_connections", &Config::max_connections)
      .range(1, 10'000'000)
      .help("Connections at a time; one more is closed as soon as it is accepted.");
  schema.option("max_frame_size", &Config::max_frame_size)
      .range(ByteSize::kib(64), ByteSize::gib(1))
      .help("Longest request; a longer one closes its connection.");
  schema.option("outbox_limit", &Config::outbox_limit)
      .range(ByteSize::kib(64), ByteSize::gib(1))
      .help("Answers that may wait for one slow client; past this nothing more is read from it.");
  schema.option("unanswered_limit", &Config::unanswered_limit)
      .range(1, 1'000'000)
      .help("Requests of one connection that may wait for their answers; past this nothing more is read.");
  schema.option("memory_in_flight", &Config::memory_in_flight)
      .range(ByteSize::mib(1), ByteSize::gib(1024))
      .computed_default("a quarter of the memory, at most 1GiB")
      .help("Half-received requests and unsent answers of all connections together.");
}

void declare_tls(Schema& schema) {
  // Apache reads these from a file of its own and tells none of them to clients.
  schema.option("tls_mode", &Config::tls_mode, kTlsModes)
      .help("off: TLS clients are closed; permissive: both are served; enforcing: plain clients are closed.")
      .apache(Alias::choice("tls.server.mode",
                            {{"disabled", "off"}, {"permissive", "permissive"}, {"enforcing", "enforcing"}})
                  .not_told());
  schema.option("tls_certificate", &Config::tls_certificate)
      .help("PEM file with the server's certificate chain; read again when it changes.")
      .apache(Alias::same("tls.server.certPath").not_told());
  schema.option("tls_key", &Config::tls_key)
      .help("PEM file with the certificate's private key, unencrypted.")
      .apache(Alias::same("tls.server.keyPath").not_told());
  schema.option("tls_client_ca", &Config::tls_client_ca)
      .help("PEM file with the authorities that sign the clients' certificates.")
      .apache(Alias::same("tls.server.trustCertPath").not_told());
  schema.option("tls_client_auth", &Config::tls_client_auth, kClientAuth)
      .help("Whether a TLS client must show a certificate of tls_client_ca.")
      .apache(Alias::same("tls.server.need.client.auth").not_told());
}

void declare_log(Schema& schema) {
  schema.option("log_level", &Config::log_level, logging::kLevelNames)
      .changeable_by_wire()
      .help("Lines below this level are not written.");
  schema.option("log_format", &Config::log_format, kLogFormats)
      .help("human: a line to read; json: an object a line, for machines.");
  schema.option("log_file", &Config::log_file).help("File that is logged to. Empty: standard error.");
  schema.option("log_file_size", &Config::log_file_size)
      .range(ByteSize::kib(64), ByteSize::gib(64))
      .help("The log file is renamed and begun anew before it grows past this.");
  schema.option("log_files_kept", &Config::log_files_kept)
      .range(1, 10'000)
      .help("Renamed log files that are kept.");
}

// The rest of NamesrvConfig, NettyServerConfig and TlsSystemConfig of Apache 4.9. Clients are told what
// Apache tells them.
void declare_without_effect(Schema& schema) {
  const auto told = [&](std::string name, std::string value, std::string why) {
    schema.without_effect({std::move(name), std::move(why), std::move(value)});
  };
  const auto refused = [&](std::string name, std::optional<std::string> value, std::string why) {
    schema.without_effect({std::move(name), std::move(why), std::move(value), true});
  };
  const auto untold = [&](std::string name, std::string why) {
    schema.without_effect({std::move(name), std::move(why), std::nullopt});
  };
  refused("rocketmqHome", "", "there is no installation directory");
  refused("configStorePath", "", "changes by wire are kept in data_dir");
  refused("configBlackList", std::nullopt, "what may change by wire is a fixed list");
  told("productEnvName", "center", "it belongs to clusterTest");
  told("clusterTest", "false", "routes are never asked from another environment");

  const std::string threads = "requests are served by the I/O threads: see io_threads";
  told("serverWorkerThreads", "8", threads);
  told("serverCallbackExecutorThreads", "0", threads);
  told("serverSelectorThreads", "3", threads);
  const std::string pressure = "a connection that is too fast is read more slowly: see unanswered_limit";
  told("serverOnewaySemaphoreValue", "256", pressure);
  told("serverAsyncSemaphoreValue", "64", pressure);
  const std::string buffers = "the system sizes socket buffers";
  told("serverSocketSndBufSize", "0", buffers);
  told("serverSocketRcvBufSize", "0", buffers);
  const std::string outbox = "see outbox_limit";
  told("writeBufferHighWaterMark", "0", outbox);
  told("writeBufferLowWaterMark", "0", outbox);
  told("serverSocketBacklog", "1024", "it is always 1024");
  told("serverPooledByteBufAllocatorEnable", "true", "there is no Netty here");
  told("useEpollNativeSelector", "false", "epoll is always used");

  untold("tls.test.mode.enable", "there is no built-in certificate: see tls_certificate");
  untold("tls.config.file", "write its keys into this file");
  untold("tls.enable", "it is for clients; see tls_mode");
  untold("tls.server.keyPassword", "the key file must not be encrypted");
  untold("tls.server.authClient", "clients' certificates are always verified: see tls_client_auth");
  for (const std::string name : {"keyPath", "keyPassword", "certPath", "authServer", "trustCertPath"})
    untold("tls.client." + name, "a name server connects to nobody");
}

std::vector<Complaint> check_whole(const Config& config) {
  std::vector<Complaint> found;
  const auto complain = [&](std::string option, std::string text) {
    found.push_back({std::move(option), std::move(text)});
  };
  const bool tls = config.tls_mode != TlsMode::off;
  const bool has_certificate = !config.tls_certificate.empty();
  if (tls && !has_certificate)
    complain("tls_certificate", R"(is needed for TLS; set it, or write tls_mode = "off")");
  if (tls && config.tls_key.empty())
    complain("tls_key", R"(is needed for TLS; set it, or write tls_mode = "off")");
  if (!tls && has_certificate)
    complain("tls_certificate",
             R"(is set but tls_mode is "off"; write tls_mode = "enforcing" or "permissive", or take it out)");
  if (config.tls_client_auth != ClientCertificate::none && !tls)
    complain("tls_client_auth", R"(needs TLS; set tls_mode, or write tls_client_auth = "none")");
  if (config.tls_client_auth != ClientCertificate::none && config.tls_client_ca.empty())
    complain("tls_client_ca", R"(is needed to verify clients; set it, or write tls_client_auth = "none")");
  if (config.max_frame_size > config.memory_in_flight)
    complain("max_frame_size", "must be at most memory_in_flight, " + config.memory_in_flight.str() +
                                   "; lower it or raise memory_in_flight");
  return found;
}

std::uint64_t usable_memory() {
  const auto pages = static_cast<std::uint64_t>(std::max(sysconf(_SC_PHYS_PAGES), 0L));
  auto bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  // Inside a container this is the container's own limit; "max" and a missing file leave the machine's.
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  if (std::uint64_t limit = 0; limit_file >> limit) bytes = std::min(bytes, limit);
  return bytes;
}

}  // namespace

std::filesystem::path default_data_dir() {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return "/var/lib/gantry/namesrv";
  return std::filesystem::path(home) / ".gantry" / "namesrv";
}

ByteSize default_memory_in_flight() {
  const auto mib = usable_memory() / 4 >> 20;
  // Never below the longest frame of the defaults, or the defaults would contradict each other.
  return ByteSize::mib(std::clamp<std::uint64_t>(mib, 16, 1024));
}

Schema namesrv_schema() {
  Schema schema;
  declare_service(schema);
  declare_limits(schema);
  declare_tls(schema);
  declare_log(schema);
  declare_without_effect(schema);
  schema.check_whole(check_whole);
  return schema;
}

std::filesystem::path kv_config_file(const Config& config) {
  return config.kv_config_path.empty() ? config.data_dir / "kvConfig.json" : config.kv_config_path;
}

std::string config_for_clients(const Schema& schema, const Config& config) {
  return options::to_properties(schema, config, {{"kvConfigPath", kv_config_file(config).string()}});
}

}  // namespace gantry::namesrv
