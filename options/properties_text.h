// Text in the format of java.util.Properties, which Apache's configuration files and configuration requests
// are written in: "key=value", "key: value", "key value"; # and ! comments; a backslash at the end of a line
// goes on in the next; \t \n \r \f, \uXXXX, and a backslash before anything else keeps that character.
//
// Bytes outside escapes are taken as they are (Java takes them for ISO-8859-1, its own files are ASCII);
// \uXXXX becomes UTF-8, half of a surrogate pair U+FFFD.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::options {

struct Property {
  std::string key;
  std::string value;  // spaces at its end belong to it, as in Java
  int line = 1;       // where the key begins; both from 1
  int column = 1;
};

// A \u without four hexadecimal digits: all that this format can get wrong.
struct PropertiesMistake {
  int line = 1;
  int column = 1;
};

struct PropertiesText {
  std::vector<Property> properties;  // in their order, repeated keys too
  std::vector<PropertiesMistake> mistakes;
};

PropertiesText parse_properties(std::string_view text);

// "key=value\n", escaped so that parse_properties() and Java's Properties.load() read the same back. ASCII
// only; bytes that are not UTF-8 become U+FFFD.
void append_property(std::string& out, std::string_view key, std::string_view value);

}  // namespace gantry::options
