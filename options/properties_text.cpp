#include "options/properties_text.h"

#include "logging/utf8.h"

#include <cstdio>
#include <optional>

namespace gantry::options {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

// Walks the text character by character, with continued lines already joined.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : text_(text) { skip_continuations(); }

  bool at_end() const { return at_ == text_.size(); }
  bool at_line_end() const { return at_end() || is_line_end(text_[at_]); }
  char peek() const { return text_[at_]; }
  int line() const { return line_; }
  int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  // Whether this line began with nothing but a backslash: then a # does not make it a comment.
  bool joined() const { return joined_; }

  // Not at a line's end.
  char take() {
    const char c = text_[at_++];
    // A backslash that is left here escapes the next character, which may be a backslash before a line's end.
    if (c != '\\') skip_continuations();
    return c;
  }

  // What stands behind a backslash.
  char take_escaped() {
    const char c = text_[at_++];
    skip_continuations();
    return c;
  }

  void skip_blanks() {
    while (!at_line_end() && is_blank(peek())) take();
  }

  // Without joining: a comment ends at its line's end whatever stands before it.
  void skip_natural_line() {
    while (!at_end() && !is_line_end(text_[at_])) ++at_;
    pass_line_end();
    joined_ = false;
    skip_continuations();
  }

 private:
  void pass_line_end() {
    if (at_ == text_.size()) return;
    at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
    ++line_;
    line_start_ = at_;
  }

  // A backslash right before a line's end, and the blanks that begin the next line, are not there.
  void skip_continuations() {
    while (at_ < text_.size() && text_[at_] == '\\' &&
           (at_ + 1 == text_.size() || is_line_end(text_[at_ + 1]))) {
      ++at_;
      joined_ = true;
      pass_line_end();
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  bool joined_ = false;
};

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(text) {}

  PropertiesText parse() {
    while (!lines_.at_end()) {
      lines_.skip_blanks();
      if (lines_.at_end()) break;
      if (lines_.at_line_end() || begins_comment())
        lines_.skip_natural_line();
      else
        read_property();
    }
    return std::move(out_);
  }

 private:
  bool begins_comment() const { return !lines_.joined() && (lines_.peek() == '#' || lines_.peek() == '!'); }

  void read_property() {
    Property property{.key = {}, .value = {}, .line = lines_.line(), .column = lines_.column()};
    while (!lines_.at_line_end() && !is_blank(lines_.peek()) && lines_.peek() != '=' && lines_.peek() != ':')
      take_into(property.key);
    end_pair(property.key);
    lines_.skip_blanks();
    if (!lines_.at_line_end() && (lines_.peek() == '=' || lines_.peek() == ':')) {
      lines_.take();
      lines_.skip_blanks();
    }
    while (!lines_.at_line_end()) take_into(property.value);
    end_pair(property.value);
    lines_.skip_natural_line();
    out_.properties.push_back(std::move(property));
  }

  void take_into(std::string& out) {
    const int line = lines_.line(), column = lines_.column();
    const char c = lines_.take();
    if (c != '\\') {
      append(out, c);
      return;
    }
    switch (const char escaped = lines_.take_escaped()) {
      case 't':
        append(out, '\t');
        return;
      case 'n':
        append(out, '\n');
        return;
      case 'r':
        append(out, '\r');
        return;
      case 'f':
        append(out, '\f');
        return;
      case 'u':
        if (const auto unit = take_unit())
          append_unit(out, *unit);
        else
          out_.mistakes.push_back({line, column});
        return;
      default:
        append(out, escaped);
    }
  }

  std::optional<char32_t> take_unit() {
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const auto digit = lines_.at_line_end() ? std::nullopt : hex_digit(lines_.peek());
      if (!digit) return std::nullopt;
      unit = unit << 4 | *digit;
      lines_.take();
    }
    return unit;
  }

  void append(std::string& out, char c) {
    end_pair(out);
    out += c;
  }

  // UTF-16: two units in a row may be one character.
  void append_unit(std::string& out, char32_t unit) {
    const bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
    if (high_ && is_low) {
      logging::append_utf8(out, 0x10000 + ((*high_ - 0xd800) << 10) + (unit - 0xdc00));
      high_.reset();
      return;
    }
    end_pair(out);
    if (unit >= 0xd800 && unit <= 0xdbff)
      high_ = unit;
    else
      logging::append_utf8(out, unit);
  }

  void end_pair(std::string& out) {
    if (high_) logging::append_utf8(out, *high_);
    high_.reset();
  }

  LogicalLines lines_;
  PropertiesText out_;
  std::optional<char32_t> high_;  // the first half of a surrogate pair, waiting for the second
};

void append_unit_escape(std::string& out, char32_t unit) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\u%04X", static_cast<unsigned>(unit));
  out += buffer;
}

void append_escaped(std::string& out, char32_t c, bool is_first, bool in_key) {
  const bool is_special = c == '\\' || (c == ' ' && (is_first || in_key)) ||
                          (in_key && (c == '=' || c == ':' || ((c == '#' || c == '!') && is_first)));
  if (is_special) {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == '\t' || c == '\n' || c == '\r' || c == '\f') {
    out += c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\f";
  } else if (c >= 0x10000) {
    append_unit_escape(out, 0xd800 + ((c - 0x10000) >> 10));
    append_unit_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
  } else if (c < 0x20 || c >= 0x7f) {
    append_unit_escape(out, c);
  } else {
    out += static_cast<char>(c);
  }
}

void append_side(std::string& out, std::string_view text, bool in_key) {
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto character = logging::first_character(text).value_or(logging::Utf8Character{0xfffd, 1});
    // A value that begins with = or : is read back right: only the first separator is skipped.
    append_escaped(out, character.code_point, is_first, in_key);
    text.remove_prefix(character.length);
  }
}

}  // namespace

PropertiesText parse_properties(std::string_view text) {
  return Parser(text).parse();
}

void append_property(std::string& out, std::string_view key, std::string_view value) {
  append_side(out, key, true);
  out += '=';
  append_side(out, value, false);
  out += '\n';
}

}  // namespace gantry::options
