// A configuration with an option of each kind, for tests.
#pragma once

#include "options/schema.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gantry::options {

enum class Colour : std::uint8_t { red, green, blue };
inline constexpr std::array<std::pair<std::string_view, Colour>, 3> kColours{
    {{"red", Colour::red}, {"green", Colour::green}, {"blue", Colour::blue}}};

struct SampleConfig {
  HostPort listen{"0.0.0.0", 9876};
  bool ordered = false;
  int threads = 4;
  std::uint64_t most = 100;
  std::chrono::milliseconds expiry = std::chrono::seconds(120);
  std::chrono::hours keep{72};
  ByteSize frame = ByteSize::mib(16);
  Colour colour = Colour::red;
  std::string title = "sample";
  std::filesystem::path data_dir = "/var/lib/sample";
  std::vector<std::string> peers;
  std::string token;

  bool operator==(const SampleConfig&) const = default;
};

inline Schema<SampleConfig> sample_schema() {
  using namespace std::chrono_literals;
  using C = SampleConfig;
  Schema<C> schema;
  schema.option("listen", &C::listen).help("Address to listen on.").apache(Alias::port("listenPort"));
  schema.option("ordered", &C::ordered)
      .help("Keeps order.")
      .apache("orderMessageEnable")
      .changeable_by_wire();
  schema.option("threads", &C::threads).range(1, 64).help("Threads.").changeable();
  schema.option("most", &C::most).help("Most of them.").changeable_by_wire();
  schema.option("expiry", &C::expiry)
      .range(1s, 24h)
      .help("Silence before removal.")
      .apache(Alias::units("maxIdleSeconds", 1s))
      .changeable_by_wire();
  schema.option("keep", &C::keep).help("How long files stay.").apache(Alias::units("fileReservedTime", 1h));
  schema.option("frame", &C::frame)
      .range(ByteSize::kib(1), ByteSize::gib(1))
      .help("Longest frame.")
      .apache(Alias::bytes("maxFrameSize"))
      .changeable_by_wire();
  schema.option("colour", &C::colour, kColours)
      .help("Colour | of the roof.")
      .apache(Alias::choice("roof.mode", {{"rot", "red"}, {"gruen", "green"}, {"blau", "blue"}}))
      .changeable_by_wire();
  schema.option("title", &C::title).help("Title.");
  schema.option("data_dir", &C::data_dir)
      .not_empty()
      .help("Where data lives.")
      .computed_default("/var/lib/sample, or so")
      .apache("storePath");
  schema.option("peers", &C::peers).help("Other ones.").apache(Alias::semicolons("peerAddr"));
  schema.option("token", &C::token).secret().help("Shared secret.").apache("sharedToken");
  schema.without_effect({"workerThreads", "threads: see threads", "8"});
  schema.without_effect({"homeDir", "there is no installation directory", std::nullopt, true});
  schema.check_whole([](const C& c) {
    std::vector<Complaint> found;
    if (c.ordered && c.threads > 32)
      found.push_back(
          {"threads", "must be at most 32 when ordered is true; lower it or write ordered = false"});
    return found;
  });
  return schema;
}

}  // namespace gantry::options
