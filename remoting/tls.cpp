#include "remoting/tls.h"

#include <stdexcept>

#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace gantry::remoting {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using File = std::filesystem::path;

void restrict_protocol(ssl::context& context) {
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  // Renegotiation lets a client make the server work for free.
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
  // Idle connections are many: let OpenSSL drop its buffers between records.
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

TlsError unusable(std::string_view what, const File& file, const error_code& error) {
  return {"cannot use " + file.string() + " as " + std::string(what) + ": " + error.message()};
}

boost::system::result<void, TlsError> use_identity(ssl::context& context, const File& certificate,
                                                   const File& key) {
  error_code error;
  context.use_certificate_chain_file(certificate.string(), error);
  if (error) return unusable("TLS certificate", certificate, error);
  context.use_private_key_file(key.string(), ssl::context::pem, error);
  if (error) return unusable("TLS private key", key, error);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return TlsError{"TLS private key " + key.string() + " does not belong to certificate " +
                    certificate.string()};
  }
  return {};
}

}  // namespace

void throw_exception_from_error(const TlsError& error, const boost::source_location&) {
  throw std::runtime_error(error.text);
}

boost::system::result<TlsContext, TlsError> make_tls_context(const ServerTlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  restrict_protocol(*context);
  if (auto used = use_identity(*context, options.certificate, options.key); !used) return used.error();

  if (options.client_certificate == ClientCertificate::none) return context;
  error_code error;
  context->load_verify_file(options.client_ca.string(), error);
  if (error) return unusable("CA of client certificates", options.client_ca, error);
  ssl::verify_mode mode = ssl::verify_peer;
  if (options.client_certificate == ClientCertificate::require) mode |= ssl::verify_fail_if_no_peer_cert;
  context->set_verify_mode(mode);
  return context;
}

boost::system::result<TlsContext, TlsError> make_tls_context(const ClientTlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  restrict_protocol(*context);
  error_code error;
  if (!options.ca.empty()) {
    context->load_verify_file(options.ca.string(), error);
    if (error) return unusable("CA of the server's certificate", options.ca, error);
    context->set_verify_mode(ssl::verify_peer);
  }
  if (!options.certificate.empty())
    if (auto used = use_identity(*context, options.certificate, options.key); !used) return used.error();
  return context;
}

boost::system::result<std::unique_ptr<ServerTls>, TlsError> ServerTls::load(const ServerTlsOptions& options) {
  std::unique_ptr<ServerTls> tls(new ServerTls(options));
  if (options.mode == TlsMode::off) return tls;
  tls->seen_at_ = tls->file_times();
  auto context = make_tls_context(options);
  if (!context) return context.error();
  tls->context_ = *context;
  return tls;
}

TlsContext ServerTls::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

std::vector<std::filesystem::file_time_type> ServerTls::file_times() const {
  std::vector<std::filesystem::file_time_type> times;
  for (const auto* file : {&options_.certificate, &options_.key, &options_.client_ca}) {
    std::error_code missing;  // a file that is being replaced is looked at again later
    times.push_back(std::filesystem::last_write_time(*file, missing));
  }
  return times;
}

boost::system::result<ServerTls::Reload, TlsError> ServerTls::reload_if_changed() {
  if (options_.mode == TlsMode::off) return Reload::unchanged;
  const auto times = file_times();
  const std::lock_guard lock(mutex_);
  if (times == seen_at_) return Reload::unchanged;
  seen_at_ = times;
  auto context = make_tls_context(options_);
  if (!context) return context.error();
  context_ = *context;
  return Reload::done;
}

}  // namespace gantry::remoting
