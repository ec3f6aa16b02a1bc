// Changes to a running configuration, one option at a time, each only if it was declared changeable().
//
// Thread: any; these are pure functions on a copy, which the caller makes and swaps in.
#pragma once

#include "options/schema.h"

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::options {

// For the log: values as TOML has them, a secret's as ***.
struct Change {
  std::string option;
  std::string from;
  std::string to;
};

// Why it was not done, and what would be right.
struct RefusedChange {
  std::string text;
};
[[noreturn]] void throw_exception_from_error(const RefusedChange& refused,
                                             const boost::source_location& where);

// `text` as behind a flag. After a refusal `config` must be thrown away.
boost::system::result<Change, RefusedChange> change_option(const OptionSet& set, void* config,
                                                           std::string_view name, std::string_view text);

// What `fresh` has different from `running`, in the order of the declarations: what can be taken over now,
// and what waits for a restart.
struct Differences {
  std::vector<Change> changeable;
  std::vector<Change> by_restart;
};
Differences differences(const OptionSet& set, const void* running, const void* fresh);

// Puts the changeable values of `fresh` into `config`. Refused when they do not go together with the values
// that stay.
boost::system::result<void, RefusedChange> take_changeable(const OptionSet& set, void* config,
                                                           const void* fresh);

}  // namespace gantry::options
