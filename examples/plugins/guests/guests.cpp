// An AccessPolicy: who does not come from one of the given networks is a guest, and may read only.
#include "kernel/api/plugin.h"
#include "remoting/host_address.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace access = gantry::access;
namespace api = gantry::api;
namespace remoting = gantry::remoting;

struct GuestsConfig {
  std::vector<std::string> inside = {"127.0.0.0/8", "::1/128"};
};

// "10.1.0.0/16" or "fd00::/8".
struct Network {
  remoting::HostAddress first;
  unsigned bits = 0;  // that an address in it shares with `first`

  static std::optional<Network> parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string ip(text.substr(0, slash));
    const bool v6 = ip.find(':') != std::string::npos;
    const auto first = remoting::HostAddress::parse(v6 ? "[" + ip + "]:0" : ip + ":0");
    unsigned bits = 0;
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!first || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (bits > first->ip_bytes().size() * 8) return std::nullopt;
    return Network{*first, bits};
  }

  bool has(const remoting::HostAddress& address) const {
    if (address.is_v6() != first.is_v6()) return false;
    const std::string_view a = first.ip_bytes(), b = address.ip_bytes();
    const unsigned whole = bits / 8, left = bits % 8;
    if (a.substr(0, whole) != b.substr(0, whole)) return false;
    return left == 0 || (static_cast<unsigned char>(a[whole] ^ b[whole]) >> (8 - left)) == 0;
  }
};

class Guests final : public api::ConfiguredPlugin<GuestsConfig>, public api::AccessPolicy {
 public:
  static api::Descriptor describe() {
    return {.name = "guests", .version = "1.0.0", .summary = "Lets those from outside read, and no more."};
  }

  static api::Schema<GuestsConfig> options() {
    api::Schema<GuestsConfig> schema;
    schema.option("inside", &GuestsConfig::inside).help("The networks whose peers may do everything.");
    schema.check_whole([](const GuestsConfig& config) -> std::vector<api::Complaint> {
      std::vector<api::Complaint> all;
      for (const std::string& text : config.inside) {
        if (!Network::parse(text))
          all.push_back(
              {.option = "inside",
               .text = "has " + text + ", which is no network: 10.1.0.0/16 or fd00::/8 would be one"});
      }
      return all;
    });
    return schema;
  }

  void configure(api::PluginContext&) override {
    for (const std::string& text : config()->inside) inside_.push_back(*Network::parse(text));
  }
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  // For every request, on I/O threads, many at once: what it needs was prepared, and never changes.
  access::Decision decide(const remoting::Connection& from, access::Right needed,
                          const remoting::Request& /*request*/) const override {
    using access::Right;
    if (needed == Right::open || needed == Right::consume || needed == Right::inspect) return {};
    if (is_inside(from.peer())) return {};
    return {.allowed = false,
            .reason = std::string(from.peer()) +
                      " is a guest here, who may read only; this needs the right to " +
                      std::string(name_of(needed)) +
                      ", which those have who come from a network of the option inside"};
  }

 private:
  // A plugin that asks the broker for somebody names itself before that one: "http 192.0.2.1:50000".
  bool is_inside(std::string_view peer) const {
    const std::size_t blank = peer.rfind(' ');
    const auto address = remoting::HostAddress::parse(blank == peer.npos ? peer : peer.substr(blank + 1));
    if (!address) return false;
    const auto has = [from = address->unmapped()](const Network& one) { return one.has(from); };
    return std::ranges::any_of(inside_, has);
  }

  std::vector<Network> inside_;
};

}  // namespace

GANTRY_PLUGIN(Guests)
