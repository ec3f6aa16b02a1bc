#include "options/read_value.h"

#include "logging/utf8.h"
#include "options/duration.h"
#include "options/quote.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace gantry::options {
namespace {

using std::chrono::nanoseconds;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// Examples stand in quotes where they must be typed so.
std::string example(const Raw& raw, std::string_view text) {
  return raw.typed ? in_quotes(text) : std::string(text);
}

BadValue not_a(std::string_view what, const Raw& raw, std::string_view one, std::string_view other) {
  return {"not a " + std::string(what) + "; write e.g. " + example(raw, one) + ", " + example(raw, other)};
}

std::string listed(const std::vector<std::string>& words, const Raw& raw) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    (out += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") += example(raw, words[i]);
  return out;
}

// The text of a value that stands as text in every source; nullptr when TOML has something else there.
const std::string* text_of(const Raw& raw) {
  return std::get_if<std::string>(&raw.value);
}

ReadValue read_boolean(const Raw& raw) {
  if (const auto* v = std::get_if<bool>(&raw.value)) return Value(*v);
  if (const auto* text = text_of(raw); text && !raw.typed) {
    const auto word = lowered(trimmed(*text));
    if (word == "true" || word == "false") return Value(word == "true");
  }
  return BadValue{raw.typed ? "not a boolean; write true or false, without quotes"
                            : "not a boolean; write true or false"};
}

ReadValue read_integer(const Option& option, const Raw& raw) {
  if (const auto* v = std::get_if<std::int64_t>(&raw.value)) return Value(*v);
  const auto* text = text_of(raw);
  const auto number = text ? parse_integer(trimmed(*text)) : std::nullopt;
  if (number && !raw.typed) return Value(*number);
  if (number) return BadValue{"not a number; write it without quotes: " + std::to_string(*number)};
  return BadValue{"not a whole number; write one of " + accepted_words(option)};
}

ReadValue whole_steps(const Option& option, nanoseconds duration, const Raw& raw) {
  if (duration % option.step == nanoseconds(0)) return Value(duration);
  return BadValue{"finer than this option can be; write a multiple of " +
                  example(raw, duration_text(option.step))};
}

ReadValue read_duration(const Option& option, const Raw& raw) {
  const auto* text = text_of(raw);
  const auto duration = text ? parse_duration(trimmed(*text)) : std::nullopt;
  if (!duration) return not_a("duration", raw, "120s", "2m");
  return whole_steps(option, *duration, raw);
}

ReadValue read_size(const Raw& raw) {
  if (const auto* v = std::get_if<std::int64_t>(&raw.value); v && *v >= 0)
    return Value(ByteSize(static_cast<std::uint64_t>(*v)));
  const auto* text = text_of(raw);
  const auto size = text ? ByteSize::parse(trimmed(*text)) : std::nullopt;
  if (!size) return not_a("size", raw, "16MiB", "512KiB");
  return Value(*size);
}

ReadValue read_host_port(const Raw& raw) {
  const auto* text = text_of(raw);
  auto address = text ? HostPort::parse(trimmed(*text)) : std::nullopt;
  if (!address) return not_a("host:port", raw, "0.0.0.0:9876", "[::1]:9876");
  return Value(std::move(*address));
}

ReadValue read_choice(const Option& option, const Raw& raw) {
  const auto* text = text_of(raw);
  const auto word = text ? std::string(trimmed(*text)) : std::string();
  if (text && std::find(option.choices.begin(), option.choices.end(), word) != option.choices.end())
    return Value(word);
  return BadValue{"not one of the choices; write " + listed(option.choices, raw)};
}

ReadValue checked_text(const Option& option, std::string text) {
  if (text.empty() && !option.may_be_empty) return BadValue{"must not be empty"};
  if (!logging::is_utf8(text)) return BadValue{"not UTF-8; save the file as UTF-8"};
  if (text.find('\0') != std::string::npos) return BadValue{"has a zero byte in it"};
  return Value(std::move(text));
}

ReadValue read_text(const Option& option, const Raw& raw) {
  // Who types a name never means the blanks behind it.
  if (const auto* text = text_of(raw))
    return checked_text(option, std::string(raw.typed ? std::string_view(*text) : trimmed(*text)));
  return BadValue{"not text; write it in quotes"};
}

ReadValue read_path(const Option& option, const Raw& raw) {
  const auto* text = text_of(raw);
  if (!text) return BadValue{"not a path; write it in quotes"};
  std::string path(raw.typed ? std::string_view(*text) : trimmed(*text));
  if (has_control_character(path))
    return BadValue{"has a control character in it; in TOML a backslash is written \\\\"};
  // No shell stands between a file and us, and a directory called ~ is never what was meant.
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr) path.replace(0, 1, home);
  return checked_text(option, std::move(path));
}

ReadValue read_list(const Option& option, const Raw& raw) {
  std::vector<std::string> texts;
  if (const auto* list = std::get_if<std::vector<std::string>>(&raw.value)) {
    texts = *list;
  } else if (const auto* text = text_of(raw); text && !raw.typed) {
    std::string_view rest = *text;
    while (!trimmed(rest).empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      texts.emplace_back(trimmed(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  } else {
    return BadValue{R"(not a list of texts; write e.g. ["a", "b"])"};
  }
  if (texts.empty() && !option.may_be_empty) return BadValue{"must not be empty"};
  for (const auto& one : texts)
    if (auto checked = checked_text(option, one); !checked) return checked.error();
  return Value(std::move(texts));
}

ReadValue read_kind(const Option& option, const Raw& raw) {
  switch (option.kind) {
    case Kind::boolean:
      return read_boolean(raw);
    case Kind::integer:
      return read_integer(option, raw);
    case Kind::duration:
      return read_duration(option, raw);
    case Kind::size:
      return read_size(raw);
    case Kind::host_port:
      return read_host_port(raw);
    case Kind::choice:
      return read_choice(option, raw);
    case Kind::text:
      return read_text(option, raw);
    case Kind::path:
      return read_path(option, raw);
    case Kind::text_list:
      return read_list(option, raw);
  }
  return BadValue{"of no known kind"};
}

bool in_range(const Option& option, const Value& value) {
  return !(option.at_least && value < *option.at_least) && !(option.at_most && value > *option.at_most);
}

std::string count_of_units(nanoseconds duration, nanoseconds unit) {
  // Up, so that a short time does not become "never" or "at once".
  return std::to_string(duration / unit + (duration % unit == nanoseconds(0) ? 0 : 1));
}

ReadValue read_units(const Option& option, const Alias& alias, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number) return BadValue{"not a whole number of " + unit_words(alias.unit)};
  const auto most = option.at_most ? std::get<nanoseconds>(*option.at_most) : nanoseconds::max();
  const auto least = option.at_least ? std::get<nanoseconds>(*option.at_least) : nanoseconds(0);
  const bool fits = *number >= 0 && *number <= nanoseconds::max() / alias.unit;
  const auto duration = fits ? *number * alias.unit : nanoseconds(-1);
  if (duration >= least && duration <= most) return whole_steps(option, duration, {});
  return BadValue{"out of range; accepted is " + count_of_units(least, alias.unit) + " to " +
                  std::to_string(most / alias.unit) + " " + unit_words(alias.unit)};
}

ReadValue read_items(const Option& option, const Alias& alias, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 0) return BadValue{"not a whole number of bytes"};
  const bool counts_items = *number <= alias.items_up_to;
  const auto items =
      counts_items ? *number : *number / alias.item_bytes + (*number % alias.item_bytes == 0 ? 0 : 1);
  auto value = read_value(option, {items, true});
  if (value || counts_items) return value;
  const auto bytes = [&](const Value& bound) {
    return std::to_string(std::get<std::int64_t>(bound) * alias.item_bytes);
  };
  return BadValue{"out of range; accepted is " + bytes(*option.at_least) + " to " + bytes(*option.at_most) +
                  " bytes"};
}

ReadValue read_upgrade(const Alias& alias, std::string_view text, const Value& current) {
  const auto& [from, to] = alias.words.front();
  const auto word = lowered(text);
  if (word != "true" && word != "false") return BadValue{"not a boolean; write true or false"};
  return word == "true" && current == Value(from) ? Value(to) : current;
}

}  // namespace

ReadValue read_value(const Option& option, const Raw& raw) {
  auto value = read_kind(option, raw);
  if (value && !in_range(option, *value))
    return BadValue{"out of range; accepted is " + accepted_words(option)};
  return value;
}

ReadValue read_alias(const Option& option, const Alias& alias, std::string_view text, const Value& current) {
  switch (alias.form) {
    case Alias::Form::units:
      return read_units(option, alias, trimmed(text));
    case Alias::Form::bytes: {
      const auto number = parse_integer(trimmed(text));
      if (!number || *number < 0) return BadValue{"not a whole number of bytes"};
      return read_value(option, {*number, true});
    }
    case Alias::Form::port: {
      const auto port = parse_integer(trimmed(text));
      if (!port || *port < 0 || *port > 65535) return BadValue{"not a port; write one of 0 to 65535"};
      auto address = std::get<HostPort>(current);
      address.port = static_cast<std::uint16_t>(*port);
      return Value(std::move(address));
    }
    case Alias::Form::semicolons: {
      std::string with_commas(text);
      std::ranges::replace(with_commas, ';', ',');
      return read_value(option, {std::move(with_commas), false});
    }
    case Alias::Form::items:
      return read_items(option, alias, trimmed(text));
    case Alias::Form::upgrade:
      return read_upgrade(alias, trimmed(text), current);
    case Alias::Form::same:
      break;
  }
  if (alias.words.empty()) return read_value(option, {std::string(text), false});
  std::vector<std::string> words;
  for (const auto& [theirs, ours] : alias.words) {
    if (lowered(trimmed(text)) == lowered(theirs)) return Value(ours);
    if (std::find(words.begin(), words.end(), theirs) == words.end()) words.push_back(theirs);
  }
  return BadValue{"not one of the choices; write " + listed(words, {})};
}

std::string alias_text(const Alias& alias, const Value& value) {
  switch (alias.form) {
    case Alias::Form::units:
      return count_of_units(std::get<nanoseconds>(value), alias.unit);
    case Alias::Form::bytes:
      return std::to_string(std::get<ByteSize>(value).bytes());
    case Alias::Form::port:
      return std::to_string(std::get<HostPort>(value).port);
    case Alias::Form::semicolons: {
      std::string joined;
      for (const auto& one : std::get<std::vector<std::string>>(value))
        joined += (joined.empty() ? "" : ";") + one;
      return joined;
    }
    case Alias::Form::items:
      return std::to_string(std::get<std::int64_t>(value) * alias.item_bytes);
    case Alias::Form::upgrade:
      return plain_text(value) == alias.words.front().second ? "true" : "false";
    case Alias::Form::same:
      break;
  }
  auto text = plain_text(value);
  for (const auto& [theirs, ours] : alias.words)
    if (ours == text) return theirs;
  return text;
}

std::string value_sentence(const Option& option, std::string_view key, const Raw& raw, const BadValue& bad) {
  struct Shown {
    bool typed;
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const {
      char buffer[32];
      return {buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr};
    }
    std::string operator()(const std::string& v) const {
      return typed ? in_quotes(shortened(v)) : in_quotes_if_needed(v);
    }
    std::string operator()(const std::vector<std::string>& v) const { return shortened(toml_text(v)); }
    std::string operator()(const OtherToml& v) const { return v.what; }
  };
  const auto shown = option.secret ? "***" : std::visit(Shown{raw.typed}, raw.value);
  return std::string(key) + " = " + shown + ": " + bad.text;
}

std::string accepted_words(const Option& option) {
  if (option.kind == Kind::choice) return listed(option.choices, {});
  if (option.at_least && option.at_most)
    return plain_text(*option.at_least) + " to " + plain_text(*option.at_most);
  return "";
}

std::string unit_words(nanoseconds unit) {
  if (unit == std::chrono::milliseconds(1)) return "milliseconds";
  if (unit == std::chrono::seconds(1)) return "seconds";
  if (unit == std::chrono::minutes(1)) return "minutes";
  if (unit == std::chrono::hours(1)) return "hours";
  return duration_text(unit);
}

}  // namespace gantry::options
