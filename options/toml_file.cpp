#include "options/quote.h"
#include "options/source_file.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <toml++/toml.h>

namespace gantry::options {
namespace {

// More broken lines than this are no configuration; each costs another pass over the file.
constexpr int kMostBrokenLines = 50;

// The text as lines that can be emptied without moving the others.
class Lines {
 public:
  explicit Lines(std::string& text) : text_(text) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text_.find('\n', begin)) != std::string::npos; begin = end + 1)
      spans_.push_back({begin, end - begin});
    spans_.push_back({begin, text_.size() - begin});
  }

  std::size_t count() const { return spans_.size(); }

  // Without the blanks around it. Lines count from 1; one that does not exist is empty.
  std::string_view operator[](std::size_t line) const {
    if (line == 0 || line > spans_.size()) return {};
    const std::string_view text(text_.data() + spans_[line - 1].begin, spans_[line - 1].length);
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
  }

  int first_column(std::size_t line) const {
    return static_cast<int>((*this)[line].data() - (text_.data() + spans_[line - 1].begin)) + 1;
  }

  void blank_out(std::size_t line) {
    const auto [begin, length] = spans_[line - 1];
    std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(begin), length, ' ');
  }

 private:
  struct Span {
    std::size_t begin, length;
  };
  std::string& text_;
  std::vector<Span> spans_;
};

std::string_view before_equals(std::string_view line) {
  auto key = line.substr(0, std::min(line.find('='), line.size()));
  while (key.ends_with(' ') || key.ends_with('\t')) key.remove_suffix(1);
  return key;
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// The line above that sets the same key in the same table; 0 when it is written in some other way.
std::size_t first_setting_of(std::string_view key, const Lines& lines, std::size_t below) {
  for (std::size_t line = below - 1; line > 0 && !lines[line].starts_with('['); --line)
    if (before_equals(lines[line]) == key && lines[line] != key) return line;
  return 0;
}

// The value of a line `key = value` that lacks nothing but its quotes.
std::optional<std::string> unquoted_value(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || !is_bare_key(before_equals(line))) return std::nullopt;
  auto value = line.substr(equals + 1);
  value = value.substr(0, value.find('#'));
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  if (value.empty() || value.find_first_of("\"'[]{},=") != std::string_view::npos) return std::nullopt;
  return std::string(value);
}

Finding explained(const toml::parse_error& error, const Lines& lines, const std::string& source) {
  const auto at = error.source().begin;
  const auto line = lines[at.line];
  Finding finding{{source, static_cast<int>(at.line), static_cast<int>(at.column)}, {}, {}};
  const auto key = std::string(before_equals(line));
  if (error.description().find("cannot redefine") != std::string_view::npos && !line.empty()) {
    finding.place.column = lines.first_column(at.line);
    const auto first = first_setting_of(key, lines, at.line);
    finding.text = shortened(key) +
                   (first == 0 ? ": is there twice; keep one"
                               : ": was set in line " + std::to_string(first) + "; keep one of the two");
  } else if (const auto value = unquoted_value(line)) {
    finding.text =
        key + " = " + shortened(*value) +
        ": not TOML; text, durations, sizes and addresses stand in quotes: " + in_quotes(shortened(*value));
  } else {
    finding.text = "not TOML: " + escaped(error.description());
  }
  return finding;
}

// Empties what cannot be read. Under a broken table header nobody can say whose keys follow, so they go too.
bool blank_out_from(std::size_t line, Lines& lines) {
  if (lines[line].empty()) return false;
  const bool is_header = lines[line].starts_with('[');
  do {
    lines.blank_out(line++);
  } while (is_header && line <= lines.count() && !lines[line].starts_with('['));
  return true;
}

std::optional<toml::table> parse_what_can_be(std::string& text, const std::string& source, Report& report) {
  Lines lines(text);
  for (int broken = 0; broken < kMostBrokenLines; ++broken) {
    try {  // toml++ as Debian builds it has no other way to report
      return toml::parse(std::string_view(text), std::string_view(source));
    } catch (const toml::parse_error& error) {
      report.mistakes.push_back(explained(error, lines, source));
      if (!blank_out_from(error.source().begin.line, lines)) break;
    }
  }
  return std::nullopt;
}

Place place_of(const toml::source_region& region, const std::string& source) {
  return {source, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

Raw list_of(const toml::array& array) {
  std::vector<std::string> texts;
  for (const auto& element : array) {
    const auto* text = element.as_string();
    if (text == nullptr) return {OtherToml{"[...]"}, true};
    texts.push_back(text->get());
  }
  return {std::move(texts), true};
}

Raw raw_of(const toml::node& node) {
  if (const auto* v = node.as_boolean()) return {v->get(), true};
  if (const auto* v = node.as_integer()) return {v->get(), true};
  if (const auto* v = node.as_floating_point()) return {v->get(), true};
  if (const auto* v = node.as_string()) return {v->get(), true};
  if (const auto* v = node.as_array()) return list_of(*v);
  return {OtherToml{"a date or time"}, true};
}

std::string table_key(std::string_view key) {
  return is_bare_key(key) ? std::string(key) : in_quotes(key);
}

void flatten(const toml::table& table, const std::string& name, const std::string& source, SourceFile& out) {
  for (auto&& [key, node] : table) {
    const auto key_at = place_of(key.source(), source);
    if (const auto* inner = node.as_table()) {
      const auto inner_name = full_name(name, table_key(key.str()));
      out.tables.push_back({inner_name, key_at});
      flatten(*inner, inner_name, source, out);
    } else {
      out.entries.push_back(
          {name, std::string(key.str()), raw_of(node), key_at, place_of(node.source(), source)});
    }
  }
}

}  // namespace

SourceFile parse_toml(std::string text, const std::string& source, Report& report) {
  SourceFile file;
  const auto table = parse_what_can_be(text, source, report);
  if (!table) return file;
  flatten(*table, "", source, file);
  std::sort(file.entries.begin(), file.entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.key_at.line, a.key_at.column) < std::tie(b.key_at.line, b.key_at.column);
  });
  // Of [a.b] alone the tables a and a.b may have one place: the outer one first.
  std::sort(file.tables.begin(), file.tables.end(), [](const Table& a, const Table& b) {
    return std::tie(a.at.line, a.at.column, a.name) < std::tie(b.at.line, b.at.column, b.name);
  });
  return file;
}

}  // namespace gantry::options
