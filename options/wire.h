// Configuration by requests from the network, as Apache's tools do it: reading it, and changing the few
// options that were declared changeable_by_wire(). Everything else is refused, and a request is done whole or
// not at all.
//
// Thread: any; these are pure functions. The caller owns the running configuration, swaps the new one in, and
// logs every change with who asked for it.
#pragma once

#include "options/schema.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::options {

// One value that a request changes, for the log. Values that stay what they were are not listed.
struct WireChange {
  std::string option;
  std::string key;  // as the request named it
  std::string from;
  std::string to;
};

struct WireRefusal {
  enum class Why : std::uint8_t {
    not_by_wire,  // an option that requests may not change, or a key that Apache refuses
    bad_value,    // or values that do not go together
    bad_text,     // not in the format of java.util.Properties
  };
  Why why;
  std::string key;
  std::string text;  // the whole sentence, for the answer's remark
};

struct WireOutcome {
  std::vector<WireChange> changes;
  std::vector<std::string> ignored;  // keys that are unknown or without effect: Apache ignores them, so do we
};

namespace untyped {
// Changes `config` piecemeal: on a refusal it must be thrown away.
boost::system::result<WireOutcome, WireRefusal> apply_wire_text(const OptionSet& set, void* config,
                                                                std::string_view properties);
std::string to_properties(const OptionSet& set, const void* config, std::map<std::string, std::string> more);
}  // namespace untyped

template <class Config>
struct WireUpdate : WireOutcome {
  Config config;  // the current one with the changes in it
};

// `properties` is the request's body, as it came. Keys may be Apache's names or ours.
template <class Config>
boost::system::result<WireUpdate<Config>, WireRefusal> read_wire_update(const Schema<Config>& schema,
                                                                        const Config& current,
                                                                        std::string_view properties) {
  Config changed = current;
  auto outcome = untyped::apply_wire_text(schema, &changed, properties);
  if (!outcome) return outcome.error();
  return WireUpdate<Config>{std::move(*outcome), std::move(changed)};
}

// The answer to a request for the configuration: "key=value" lines under Apache's names, sorted, with the
// keys without effect that were declared to be told. `more` adds to them or replaces them. Secrets are left
// out.
template <class Config>
std::string to_properties(const Schema<Config>& schema, const Config& config,
                          std::map<std::string, std::string> more = {}) {
  return untyped::to_properties(schema, &config, std::move(more));
}

}  // namespace gantry::options
