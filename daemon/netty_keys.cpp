#include "daemon/netty_keys.h"

#include <optional>
#include <string>
#include <utility>

namespace gantry::daemon {

void declare_netty_keys(options::OptionSet& set) {
  const auto told = [&](std::string name, std::string value, std::string why) {
    set.without_effect({std::move(name), std::move(why), std::move(value)});
  };
  const auto untold = [&](std::string name, std::string why) {
    set.without_effect({std::move(name), std::move(why), std::nullopt});
  };
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
    untold("tls.client." + name, "this server speaks TLS to nobody");
}

}  // namespace gantry::daemon
