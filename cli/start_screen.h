// What `gantry up` shows once it serves.
#pragma once

#include "kernel/api/message_store.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gantry::cli {

struct StartScreen {
  std::string version;
  std::string name_server;            // host:port for clients on other machines
  std::string name_server_from_here;  // for those on this one
  std::string broker;                 // where clients are told that it is
  std::uint16_t second_port = 0;      // of the broker; 0: it has none
  std::filesystem::path data_dir;
  api::Durability durability;
  std::vector<std::string> plugins;
};

std::string start_screen(const StartScreen& facts);

}  // namespace gantry::cli
