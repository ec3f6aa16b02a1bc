#include "options/describe_json.h"

#include "options/describe.h"
#include "options/duration.h"

#include <variant>

namespace gantry::options {
namespace {

using remoting::JsonWriter;

// As TOML has it: numbers and booleans bare, the rest as text.
struct JsonValue {
  JsonWriter& out;

  void operator()(bool v) const { out.boolean(v); }
  void operator()(std::int64_t v) const { out.number(v); }
  void operator()(const std::vector<std::string>& v) const {
    out.begin_array();
    for (const auto& text : v) out.string(text);
    out.end_array();
  }
  template <class Other>
  void operator()(const Other& v) const {
    out.string(plain_text(v));
  }
};

void write(const Value& value, JsonWriter& out) {
  std::visit(JsonValue{out}, value);
}

void write_default(const OptionSet& set, const Option& option, JsonWriter& out) {
  if (option.secret || !option.default_words.empty()) return;
  out.key("default");
  write(set.default_of(option), out);
}

void write_choices(std::string_view key, const Option& option, JsonWriter& out) {
  if (option.kind != Kind::choice) return;
  out.key(key).begin_array();
  for (const auto& choice : option.choices) out.string(choice);
  out.end_array();
}

std::string_view changes_word(const Option& option) {
  return option.changeable ? "while running" : "by restart";
}

std::string_view json_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::text_list:
      return "array";
    default:
      return "string";
  }
}

std::string_view pattern_of(Kind kind) {
  switch (kind) {
    case Kind::duration:
      return "^[0-9]+ ?(ns|us|ms|s|m|h|d)$";
    case Kind::size:
      return "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)?$";
    case Kind::host_port:
      return "^.+:[0-9]{1,5}$";
    default:
      return {};
  }
}

void write_property(const OptionSet& set, const Option& option, JsonWriter& out) {
  out.key(option.name).begin_object();
  // JSON Schema has no ranges for durations and sizes: what is taken stands in the text.
  out.key("description").string(option.help + " Takes: " + type_words(option) + ".");
  out.key("type").string(json_type(option.kind));
  if (option.kind == Kind::integer) {
    if (option.at_least) write(*option.at_least, out.key("minimum"));
    if (option.at_most) write(*option.at_most, out.key("maximum"));
  }
  if (option.kind == Kind::text_list)
    out.key("items").begin_object().key("type").string("string").end_object();
  if (const auto pattern = pattern_of(option.kind); !pattern.empty()) out.key("pattern").string(pattern);
  if (!option.may_be_empty && json_type(option.kind) == "string") out.key("minLength").number(1);
  write_choices("enum", option, out);
  write_default(set, option, out);
  out.end_object();
}

}  // namespace

void describe_json(const OptionSet& set, JsonWriter& out) {
  out.begin_array();
  for (const auto& option : set.options()) {
    out.begin_object();
    out.key("name").string(option.name);
    out.key("kind").string(option.kind == Kind::choice ? "choice" : kind_words(option.kind));
    out.key("help").string(option.help);
    write_default(set, option, out);
    if (!option.default_words.empty()) out.key("default_words").string(option.default_words);
    if (option.at_least) write(*option.at_least, out.key("at_least"));
    if (option.at_most) write(*option.at_most, out.key("at_most"));
    write_choices("choices", option, out);
    out.key("changes").string(changes_word(option));
    if (option.secret) out.key("secret").boolean(true);
    out.end_object();
  }
  out.end_array();
}

void describe_properties(const OptionSet& set, JsonWriter& out) {
  for (const auto& option : set.options()) write_property(set, option, out);
}

std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  const auto new_line = [&] { (out += '\n').append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      out += c;
      if (c == '\\') out += json[++i];
      if (c == '"') in_text = false;
    } else if (c == '{' || c == '[') {
      out += c;
      const char next = json[i + 1];
      if (next == '}' || next == ']') {
        out += json[++i];
        continue;
      }
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else {
      out += c;
      if (c == ':') out += ' ';
      in_text = c == '"';
    }
  }
  return out += '\n';
}

}  // namespace gantry::options
