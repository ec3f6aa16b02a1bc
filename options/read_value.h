// From what stands in a source to a checked Value, or a sentence on what would be right. Internal to
// options/.
#pragma once

#include "options/option.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::options {

// A TOML value that no option takes, such as a date; as it is called in messages.
struct OtherToml {
  std::string what;
};

// A value as it was found.
struct Raw {
  std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, OtherToml> value;
  bool typed = false;  // TOML tells text from numbers; flags and properties do not
};

// What is wrong and what would be right: `not a duration; write e.g. "120s", "2m"`.
struct BadValue {
  std::string text;
};

using ReadValue = boost::system::result<Value, BadValue>;

ReadValue read_value(const Option& option, const Raw& raw);

// A value under one of the option's Apache names. `current` is what the alias changes a part of.
ReadValue read_alias(const Option& option, const Alias& alias, std::string_view text, const Value& current);

// The other way: a value as Apache's files write it.
std::string alias_text(const Alias& alias, const Value& value);

// "broker_expiry = \"5 parsecs\": <bad>", the value shortened, and masked when it is secret.
std::string value_sentence(const Option& option, std::string_view key, const Raw& raw, const BadValue& bad);

// "1s to 1d", "off, permissive or enforcing"; empty when every value of the kind is accepted.
std::string accepted_words(const Option& option);

// "seconds", for whole numbers of them.
std::string unit_words(std::chrono::nanoseconds unit);

}  // namespace gantry::options
