// A value of an option, whatever the type of the struct's member that holds it.
#pragma once

#include "options/host_port.h"
#include "remoting/byte_size.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gantry::options {

// What an option takes. `choice`, `text` and `path` are all strings as a Value.
enum class Kind : std::uint8_t { boolean, integer, duration, size, host_port, choice, text, path, text_list };

// "duration", "true or false", "host:port": for reference pages and --help.
std::string_view kind_words(Kind kind);

using Value = std::variant<bool, std::int64_t, std::chrono::nanoseconds, ByteSize, HostPort, std::string,
                           std::vector<std::string>>;

// As it is written behind a flag and in a properties file: 2m, 16MiB, a,b.
std::string plain_text(const Value& value);

// As it is written in TOML: "2m", "16MiB", ["a", "b"], 20000, true.
std::string toml_text(const Value& value);

}  // namespace gantry::options
