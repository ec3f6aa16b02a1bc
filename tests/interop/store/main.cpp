// gantry-store-tool: opens a store's directory for the cases that compare it with Apache's.
#include "tests/interop/store/filling.h"
#include "tests/interop/store/listing.h"

#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace {

using namespace gantry;

struct Options {
  std::string dir;
  std::uint64_t commit_log_file_size = 0;
  std::int64_t queue_file_entries = 0;
  std::int32_t index_slots = 0;
  std::int32_t index_entries = 0;
  int round = 0;
  std::string store_host;
  bool crash = false;
};

store::StoreConfig config_of(const Options& options) {
  store::StoreConfig config;
  config.commit_log_file_size = ByteSize(options.commit_log_file_size);
  config.queue_file_entries = options.queue_file_entries;
  config.index_slots = options.index_slots;
  config.index_entries = options.index_entries;
  config.max_message_size = ByteSize::kib(64);
  config.force_clean = false;  // the disk of a developer may be full
  config.disk_refuse_percent = 100;
  return config;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Opens a store's directory for the cases that compare it with Apache's");
  app.require_subcommand(1);
  app.add_option("--dir", options.dir)->required();
  app.add_option("--commit-log-file-size", options.commit_log_file_size, "bytes")->required();
  app.add_option("--queue-file-entries", options.queue_file_entries)->required();
  app.add_option("--index-slots", options.index_slots)->required();
  app.add_option("--index-entries", options.index_entries)->required();
  auto* list = app.add_subcommand("list", "Print everything, then answer the questions on stdin");
  auto* fill = app.add_subcommand("fill", "Append messages of many kinds");
  fill->add_option("--round", options.round)->required();
  fill->add_option("--store-host", options.store_host, "the broker's address that ids will name")->required();
  fill->add_flag("--crash", options.crash, "end without closing the store");
  CLI11_PARSE(app, argc, argv);
  try {
    interop::OpenStore store(config_of(options), options.dir);
    if (list->parsed()) {
      interop::list(store, std::cout);
      interop::answer(store, std::cin, std::cout);
    } else {
      interop::fill(store, options.round, remoting::HostAddress::parse(options.store_host).value());
      if (options.crash) ::_exit(0);
    }
    store.close();
    return 0;
  } catch (const std::exception& why) {
    std::cerr << "gantry-store-tool: " << why.what() << '\n';
    return 1;
  }
}
