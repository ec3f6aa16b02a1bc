// What names from the wire must be like before they are taken into the tables or onto the disk. They are
// shown in logs, routes and tools, and clients cut routes apart as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::namesrv {

inline constexpr std::size_t kLongestName = 255;

// A retry topic is "%RETRY%" and a group's name.
inline constexpr std::size_t kLongestTopic = 7 + kLongestName;

// Why `value` cannot be what the field `field` holds, as a sentence with the value and what would be right.
// Empty: it can.
std::string why_no_name(std::string_view field, std::string_view value, std::size_t longest = kLongestName);
std::string why_no_topic(std::string_view field, std::string_view value);

// Of "host:port". The host is not looked up: brokers announce what their clients can reach.
std::string why_no_address(std::string_view field, std::string_view value);

}  // namespace gantry::namesrv
