#include "cli/start_screen.h"

#include <string_view>

namespace gantry::cli {
namespace {

constexpr std::size_t kColumn = 18;

void line(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  ((out += "  ") += name).append(kColumn - name.size(), ' ');
  (out += text) += '\n';
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) (out += out.empty() ? "" : ", ") += name;
  return out;
}

}  // namespace

std::string start_screen(const StartScreen& facts) {
  std::string out = "gantry " + facts.version + " is up; Ctrl-C stops it\n\n";
  const bool is_same = facts.name_server == facts.name_server_from_here;
  line(out, "clients connect",
       "namesrvAddr=" + facts.name_server +
           (is_same ? "" : ", or " + facts.name_server_from_here + " on this machine"));
  line(out, "broker",
       facts.broker +
           (facts.second_port == 0 ? "" : ", and " + std::to_string(facts.second_port) + " for old clients"));
  line(out, "data directory", facts.data_dir.string());
  line(out, "plugins", joined(facts.plugins));
  if (!facts.durability.acknowledged.empty())
    line(out, "durability", "a message is acknowledged " + facts.durability.acknowledged);
  if (!facts.durability.power_cut.empty()) line(out, "a power cut", "can cost " + facts.durability.power_cut);
  return out + "\n";
}

}  // namespace gantry::cli
