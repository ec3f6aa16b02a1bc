#include "cli/start_screen.h"

#include <gtest/gtest.h>

namespace gantry::cli {
namespace {

StartScreen facts() {
  return {.version = "0.1.0",
          .name_server = "10.0.0.7:9876",
          .name_server_from_here = "127.0.0.1:9876",
          .broker = "10.0.0.7:10911",
          .second_port = 10909,
          .data_dir = "/data/up",
          .durability = {"once it is on the disk", "no message that was acknowledged"},
          .plugins = {"store-mmap", "schedule"}};
}

TEST(StartScreen, says_where_clients_connect_where_the_data_is_and_what_a_power_cut_can_cost) {
  EXPECT_EQ(start_screen(facts()),
            "gantry 0.1.0 is up; Ctrl-C stops it\n"
            "\n"
            "  clients connect   namesrvAddr=10.0.0.7:9876, or 127.0.0.1:9876 on this machine\n"
            "  broker            10.0.0.7:10911, and 10909 for old clients\n"
            "  data directory    /data/up\n"
            "  plugins           store-mmap, schedule\n"
            "  durability        a message is acknowledged once it is on the disk\n"
            "  a power cut       can cost no message that was acknowledged\n"
            "\n");
}

TEST(StartScreen, names_an_address_once_that_is_the_same_for_all) {
  auto local = facts();
  local.name_server = local.name_server_from_here;
  EXPECT_NE(start_screen(local).find("  clients connect   namesrvAddr=127.0.0.1:9876\n"), std::string::npos);
}

TEST(StartScreen, leaves_out_what_a_store_does_not_say) {
  auto silent = facts();
  silent.durability = {};
  EXPECT_EQ(start_screen(silent).find("power cut"), std::string::npos);
}

}  // namespace
}  // namespace gantry::cli
