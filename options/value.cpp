#include "options/value.h"

#include "options/duration.h"
#include "options/quote.h"

#include <array>

namespace gantry::options {
namespace {

struct PlainText {
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(std::chrono::nanoseconds v) const { return duration_text(v); }
  std::string operator()(ByteSize v) const { return v.str(); }
  std::string operator()(const HostPort& v) const { return v.str(); }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(const std::vector<std::string>& v) const {
    std::string out;
    for (const auto& text : v) (out += out.empty() ? "" : ",") += text;
    return out;
  }
};

std::string toml_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) (out += out.size() == 1 ? "" : ", ") += in_quotes(text);
  return out + "]";
}

}  // namespace

std::string_view kind_words(Kind kind) {
  static constexpr std::array<std::string_view, 9> kWords{"true or false", "whole number", "duration",
                                                          "size",          "host:port",    "one of",
                                                          "text",          "path",         "list of texts"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string plain_text(const Value& value) {
  return std::visit(PlainText{}, value);
}

std::string toml_text(const Value& value) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return toml_list(*texts);
  const bool bare = std::holds_alternative<bool>(value) || std::holds_alternative<std::int64_t>(value);
  return bare ? plain_text(value) : in_quotes(plain_text(value));
}

}  // namespace gantry::options
