// Names as values that cannot hold anything else: whoever has a TopicName has one that is safe in a log line,
// a route and a file's path. They come from the wire, from disk and from files of Apache's only through
// parse().
//
//   auto topic = TopicName::parse(header.topic);
//   if (!topic) return refuse(connection, request, topic.error());
//
// Any thread; they are values.
#pragma once

#include "kernel/api/refusal.h"

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::api {

// What a kind of name may look like. Apache's rules for topics and groups: letters, digits, % | _ -
struct TopicRule {
  static constexpr std::string_view what = "topic";
  static constexpr std::size_t longest = 127;  // a record has one signed byte for its length
};
struct GroupRule {
  static constexpr std::string_view what = "group";
  static constexpr std::size_t longest = 255;
};

// Why `text` is no name of that kind, as a sentence with the value and what would be right. Empty: it is one.
std::string why_no_name(std::string_view what, std::string_view text, std::size_t longest);

template <class Rule>
class Name {
 public:
  static boost::system::result<Name, Refusal> parse(std::string_view text) {
    if (std::string why = why_no_name(Rule::what, text, Rule::longest); !why.empty())
      return Refusal{.code = remoting::ResponseCode::system_error, .text = std::move(why)};
    return Name(std::string(text));
  }

  const std::string& str() const { return text_; }
  std::string_view view() const { return text_; }
  operator std::string_view() const { return text_; }  // NOLINT(google-explicit-constructor): it is that text

  auto operator<=>(const Name&) const = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

using TopicName = Name<TopicRule>;
using GroupName = Name<GroupRule>;

// For maps keyed by name that are asked with a view: no string is made for a look-up.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct NameEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace gantry::api
