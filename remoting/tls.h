// TLS for listeners and clients: what is configured, and the OpenSSL contexts made from it.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

// A listener tells a TLS client by its first byte.
enum class TlsMode : std::uint8_t {
  off,         // TLS clients are closed
  permissive,  // both are served
  enforcing,   // plain clients are closed
};

enum class ClientCertificate : std::uint8_t { none, optional, require };

struct ServerTlsOptions {
  TlsMode mode = TlsMode::off;
  std::filesystem::path certificate;  // PEM chain
  std::filesystem::path key;          // PEM
  std::filesystem::path client_ca;    // PEM; who signs the clients' certificates
  ClientCertificate client_certificate = ClientCertificate::none;
};

struct ClientTlsOptions {
  bool on = false;
  std::filesystem::path ca;           // PEM; empty: the server is not verified, as Apache's clients do it
  std::filesystem::path certificate;  // PEM chain of the client itself, for mutual TLS
  std::filesystem::path key;
};

// A sentence that names the file and what is wrong with it.
struct TlsError {
  std::string text;
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const TlsError& error, const boost::source_location& where);

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and 1.3 only.
boost::system::result<TlsContext, TlsError> make_tls_context(const ServerTlsOptions& options);
boost::system::result<TlsContext, TlsError> make_tls_context(const ClientTlsOptions& options);

// The listener's context, made anew when its files change, so that a renewed certificate needs no restart.
// Any thread.
class ServerTls {
 public:
  // Fails when the files cannot be used at start-up.
  static boost::system::result<std::unique_ptr<ServerTls>, TlsError> load(const ServerTlsOptions& options);

  TlsMode mode() const { return options_.mode; }
  TlsContext context() const;

  // Looks at the files' times. Unchanged: empty. Changed and good: the new context serves all connections
  // from now on. Changed and bad: the old one stays, and the error says why.
  enum class Reload : std::uint8_t { unchanged, done };
  boost::system::result<Reload, TlsError> reload_if_changed();

 private:
  explicit ServerTls(ServerTlsOptions options) : options_(std::move(options)) {}
  std::vector<std::filesystem::file_time_type> file_times() const;

  const ServerTlsOptions options_;
  mutable std::mutex mutex_;
  TlsContext context_;                                    // guarded by mutex_
  std::vector<std::filesystem::file_time_type> seen_at_;  // guarded by mutex_
};

}  // namespace gantry::remoting
