#include "options/describe.h"

#include "options/read_value.h"

#include <utility>

namespace gantry::options {
namespace {

std::string alias_words(const Alias& alias) {
  switch (alias.form) {
    case Alias::Form::units:
      return alias.name + " (whole numbers of " + unit_words(alias.unit) + ")";
    case Alias::Form::bytes:
      return alias.name + " (bytes)";
    case Alias::Form::port:
      return alias.name + " (the port)";
    case Alias::Form::semicolons:
      return alias.name + " (with ; between them)";
    case Alias::Form::items:
      return alias.name + " (bytes, " + std::to_string(alias.item_bytes) + " each" +
             (alias.items_up_to == 0
                  ? ")"
                  : "; up to " + std::to_string(alias.items_up_to) + " it is their number)");
    case Alias::Form::upgrade:
      return alias.name + " (true makes " + alias.words.front().first + " " + alias.words.front().second +
             ")";
    case Alias::Form::same:
      break;
  }
  std::string words;
  std::string_view previous;  // two of ours may be one of theirs: the first is what it means
  for (const auto& [theirs, ours] : alias.words)
    if (theirs != ours && std::exchange(previous, theirs) != theirs)
      words += (words.empty() ? "" : ", ") + theirs + " is " + ours;
  return words.empty() ? alias.name : alias.name + " (" + words + ")";
}

std::string change_words(const Option& option) {
  if (option.by_wire) return "while running, also by wire";
  return option.changeable ? "while running" : "by restart";
}

std::string aliases_words(const Option& option, std::string_view quote) {
  std::string out;
  for (const auto& alias : option.aliases) {
    out += out.empty() ? "" : ", ";
    const auto words = alias_words(alias);
    const auto name_end = alias.name.size();
    ((out += quote) += words.substr(0, name_end)) += quote;
    out += words.substr(name_end);
  }
  if (!option.apache_default) return out;
  const auto with_apache = option.apache_default_words.empty()
                               ? std::string(quote) + toml_text(*option.apache_default) + std::string(quote)
                               : option.apache_default_words;
  return out + (out.empty() ? "" : "; ") + "default with a file of Apache's: " + with_apache;
}

std::string why_words(const WithoutEffect& key) {
  if (key.otherwise.empty()) return key.why;
  std::string only;
  for (const auto& value : key.same_here) only += (only.empty() ? "`" : " or `") + value + "`";
  if (key.same_here == std::vector<std::string>{""}) only = "empty";
  return only + " is what happens here; any other value is refused: " + key.otherwise;
}

std::string in_cell(std::string_view text) {
  std::string out;
  for (const char c : text) (c == '|' ? out += '\\' : out) += c;
  return out;
}

}  // namespace

std::string type_words(const Option& option) {
  auto accepted = accepted_words(option);
  if (option.kind == Kind::choice) return accepted;
  const std::string kind(kind_words(option.kind));
  return accepted.empty() ? kind : kind + ", " + accepted;
}

std::string default_words(const OptionSet& set, const Option& option) {
  if (option.secret) return "none";
  return option.default_words.empty() ? toml_text(set.default_of(option)) : option.default_words;
}

std::string describe_text(const OptionSet& set) {
  std::string out;
  for (const auto& option : set.options()) {
    out += option.name + "  (default: " + default_words(set, option) + ")\n";
    out += "    " + option.help + "\n";
    out += "    " + type_words(option) + "; changes " + change_words(option) + "\n";
    if (!option.aliases.empty() || option.apache_default)
      out += "    Apache: " + aliases_words(option, "") + "\n";
  }
  return out;
}

std::string describe_markdown(const OptionSet& set) {
  std::string out =
      "| option | default | takes | changes | meaning | Apache's name |\n| --- | --- | --- | --- | --- | --- "
      "|\n";
  for (const auto& option : set.options()) {
    const auto words = default_words(set, option);
    const auto default_cell = option.default_words.empty() && !option.secret ? "`" + words + "`" : words;
    out += "| `" + option.name + "` | " + in_cell(default_cell) + " | " + in_cell(type_words(option)) +
           " | " + change_words(option) + " | " + in_cell(option.help) + " | " +
           in_cell(aliases_words(option, "`")) + " |\n";
  }
  if (set.without_effect().empty()) return out;
  out += "\n| Apache's key without effect here | why |\n| --- | --- |\n";
  for (const auto& key : set.without_effect())
    out += "| `" + key.name + "` | " + in_cell(why_words(key)) + " |\n";
  return out;
}

}  // namespace gantry::options
