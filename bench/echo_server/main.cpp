// gantry-echo-server: our remoting server with nothing behind it, to measure what it costs by itself.
//
// Answers each request, whatever its code, with the request's own body.
#include "bench/loadgen/socket.h"
#include "logging/spdlog_logger.h"
#include "remoting/connection.h"
#include "remoting/io_thread.h"
#include "remoting/outbox.h"
#include "remoting/server.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <signal.h>
#include <string>

#include <CLI/CLI.hpp>

namespace gantry::bench {
namespace {

class Echo final : public remoting::RequestSink {
 public:
  void on_requests(remoting::Connection& connection, const remoting::Burst& burst) override {
    for (const remoting::Request& request : burst.requests) {
      // As a handler would choose: what is small enough to be copied needs no pin.
      const bool copied = request.body.size() < remoting::Outbox::kCopyBelow;
      const std::array<remoting::Slice, 1> body{{{request.body, copied ? nullptr : burst.pin}}};
      connection.answer(request, {.body = body});
    }
  }
};

boost::asio::ip::tcp::endpoint to_asio(const sockaddr_in& endpoint) {
  return {boost::asio::ip::address_v4(ntohl(endpoint.sin_addr.s_addr)), ntohs(endpoint.sin_port)};
}

int main_program(int argc, char** argv) {
  std::string listen = "127.0.0.1:9878";
  std::size_t io_threads = 1;
  CLI::App app("Answers every request with its own body, through Gantry's remoting server.",
               "gantry-echo-server");
  app.add_option("--listen", listen, "Address to listen on, numbers only")->capture_default_str();
  app.add_option("--io-threads", io_threads, "I/O threads; 0: one for each core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  // Before any thread starts, so that all of them leave the signals to sigwait().
  sigset_t end_signals;
  sigemptyset(&end_signals);
  sigaddset(&end_signals, SIGINT);
  sigaddset(&end_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end_signals, nullptr);

  const auto log = logging::SpdlogLogger::open({.program = "echo-server"}).value();
  remoting::IoThreads threads(io_threads);
  Echo echo;
  remoting::ServerOptions options;
  options.listen = {to_asio(parse_endpoint(listen))};
  remoting::Server server(threads, echo, options, *log);
  threads.start();
  server.start();
  std::printf("gantry-echo-server ready on %s\n", listen.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&end_signals, &signal);
  server.drain(std::chrono::seconds(5));
  return 0;
}

}  // namespace
}  // namespace gantry::bench

int main(int argc, char** argv) {
  try {
    return gantry::bench::main_program(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gantry-echo-server: %s\n", e.what());
    return 1;
  }
}
