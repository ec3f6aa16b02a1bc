// What was found when a configuration was read: every mistake and every warning, each a sentence that begins
// with where it stands.
//
//   namesrv.toml:14:1: broker_expiri: unknown option; nearest is broker_expiry
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::options {

struct Place {
  std::string source;  // a file as it was named, "flag --listen", or empty: nowhere in particular
  int line = 0;        // 0: the source as a whole
  int column = 0;

  std::string str() const;             // "namesrv.toml:14:1"
  std::string without_column() const;  // "namesrv.toml:14"
};

struct Finding {
  Place place;
  std::string option;  // its full name; empty when it is about none
  std::string text;

  std::string str() const;
};

struct Report {
  std::vector<Finding> mistakes;  // any one: the configuration must not be used
  std::vector<Finding> warnings;  // the rest is used as it is

  bool ok() const { return mistakes.empty(); }
  bool blames(std::string_view option) const;

  // All sentences, one a line, in the order of their places; warnings begin with "warning: ".
  std::string str() const;
};

// Where each value came from, by the option's full name; "default" for those that nobody set.
class Origins {
 public:
  void set(std::string option, Place place) { places_[std::move(option)] = std::move(place); }

  // nullptr: the default.
  const Place* find(const std::string& option) const;
  std::string of(const std::string& option) const;

 private:
  std::map<std::string, Place> places_;
};

// "plugins.ha" and "mode": "plugins.ha.mode". The top level has an empty table.
std::string full_name(std::string_view table, std::string_view option);

}  // namespace gantry::options
