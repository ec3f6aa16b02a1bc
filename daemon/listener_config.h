// What can be configured of a listener and its connections, the same for every program that has one: limits,
// times, TLS. A program's own configuration derives from ListenerConfig and declares these options among its
// own:
//
//   struct NamesrvConfig : daemon::ListenerConfig { ... };
//   declare_listener_options(schema);
//   schema.check_whole([](const NamesrvConfig& config) { return complaints_of(config); });
#pragma once

#include "options/schema.h"
#include "remoting/byte_size.h"
#include "remoting/server.h"
#include "remoting/tls.h"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::daemon {

// A quarter of the memory that this process may use (the machine's, or its control group's), at most 1 GiB.
ByteSize default_memory_in_flight();

// The member initialisers are the defaults.
struct ListenerConfig {
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(120);
  std::chrono::milliseconds frame_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);

  std::size_t max_connections = 20'000;
  ByteSize max_frame_size = ByteSize::mib(16);
  ByteSize outbox_limit = ByteSize::mib(1);
  std::size_t unanswered_limit = 1024;
  ByteSize memory_in_flight = default_memory_in_flight();

  remoting::TlsMode tls_mode = remoting::TlsMode::off;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::filesystem::path tls_client_ca;
  remoting::ClientCertificate tls_client_auth = remoting::ClientCertificate::none;

  bool operator==(const ListenerConfig&) const = default;
};

// What does not go together in it. Pure.
std::vector<options::Complaint> complaints_of(const ListenerConfig& config);

// Files that it names and that cannot be used, without using them: certificates, keys. Empty: none.
std::string unusable_files(const ListenerConfig& config);

// Everything that a server takes. The address to listen on is looked up: throws std::runtime_error with a
// sentence when it is none of this machine's.
remoting::ServerOptions server_options(const ListenerConfig& config, const options::HostPort& listen);

inline constexpr std::array<std::pair<std::string_view, remoting::TlsMode>, 3> kTlsModes{
    {{"off", remoting::TlsMode::off},
     {"permissive", remoting::TlsMode::permissive},
     {"enforcing", remoting::TlsMode::enforcing}}};

inline constexpr std::array<std::pair<std::string_view, remoting::ClientCertificate>, 3> kClientAuth{
    {{"none", remoting::ClientCertificate::none},
     {"optional", remoting::ClientCertificate::optional},
     {"require", remoting::ClientCertificate::require}}};

template <std::derived_from<ListenerConfig> Config>
void declare_limit_options(options::Schema<Config>& schema) {
  using namespace std::chrono_literals;
  schema.option("idle_timeout", &Config::idle_timeout)
      .range(1s, 24h)
      .changeable_by_wire()
      .help(
          "A connection without a byte in either direction for this long is closed, unless it waits for an "
          "answer.")
      .apache(options::Alias::units("serverChannelMaxIdleTimeSeconds", 1s));
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
      .help("Half-received requests and unsent answers of all connections together, beside 8KiB for each.");
}

template <std::derived_from<ListenerConfig> Config>
void declare_tls_options(options::Schema<Config>& schema) {
  using options::Alias;
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

template <std::derived_from<ListenerConfig> Config>
void declare_listener_options(options::Schema<Config>& schema) {
  declare_limit_options(schema);
  declare_tls_options(schema);
}

}  // namespace gantry::daemon
