#include "daemon/listener_config.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace gantry::daemon {
namespace {

using options::Complaint;
using remoting::ClientCertificate;
using remoting::TlsMode;
using tcp = boost::asio::ip::tcp;

std::uint64_t usable_memory() {
  const auto pages = static_cast<std::uint64_t>(std::max(sysconf(_SC_PHYS_PAGES), 0L));
  auto bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  // Inside a container this is the container's own limit; "max" and a missing file leave the machine's.
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  if (std::uint64_t limit = 0; limit_file >> limit) bytes = std::min(bytes, limit);
  return bytes;
}

remoting::ServerTlsOptions tls_options(const ListenerConfig& config) {
  return {config.tls_mode, config.tls_certificate, config.tls_key, config.tls_client_ca,
          config.tls_client_auth};
}

// All addresses that the name stands for, as for localhost.
std::vector<tcp::endpoint> resolved(const options::HostPort& where) {
  boost::asio::io_context context(1);
  boost::system::error_code error;
  const auto found = tcp::resolver(context).resolve(
      where.host, std::to_string(where.port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) {
    throw std::runtime_error("listen is " + where.str() + ", but " + where.host +
                             " is no address of this machine (" + error.message() +
                             "); set it to one, or to 0.0.0.0 for all");
  }
  return {found.begin(), found.end()};
}

}  // namespace

ByteSize default_memory_in_flight() {
  const auto mib = usable_memory() / 4 >> 20;
  // Never below the longest frame of the defaults, or the defaults would contradict each other.
  return ByteSize::mib(std::clamp<std::uint64_t>(mib, 16, 1024));
}

std::vector<Complaint> complaints_of(const ListenerConfig& config) {
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

std::string unusable_files(const ListenerConfig& config) {
  if (config.tls_mode == remoting::TlsMode::off) return {};
  const auto loaded = remoting::ServerTls::load(tls_options(config));
  return loaded ? std::string() : loaded.error().text;
}

remoting::ServerOptions server_options(const ListenerConfig& config, const options::HostPort& listen) {
  remoting::ServerOptions options;
  options.listen = resolved(listen);
  options.limits.frame = config.max_frame_size;
  options.limits.outbox = config.outbox_limit;
  options.limits.unanswered = config.unanswered_limit;
  options.limits.idle = config.idle_timeout;
  options.limits.frame_time = config.frame_timeout;
  options.limits.write_time = config.write_timeout;
  options.limits.handshake = config.handshake_timeout;
  options.max_connections = config.max_connections;
  options.memory_in_flight = config.memory_in_flight;
  options.tls = tls_options(config);
  return options;
}

}  // namespace gantry::daemon
