#include "options/report.h"

#include <algorithm>
#include <tuple>

namespace gantry::options {
namespace {

std::vector<Finding> in_order(std::vector<Finding> findings) {
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.place.source, a.place.line, a.place.column, a.text) <
           std::tie(b.place.source, b.place.line, b.place.column, b.text);
  });
  return findings;
}

}  // namespace

std::string Place::without_column() const {
  return line == 0 ? source : source + ":" + std::to_string(line);
}

std::string Place::str() const {
  return column == 0 ? without_column() : without_column() + ":" + std::to_string(column);
}

std::string Finding::str() const {
  const auto where = place.str();
  return where.empty() ? text : where + ": " + text;
}

bool Report::blames(std::string_view option) const {
  return std::any_of(mistakes.begin(), mistakes.end(), [&](const Finding& f) { return f.option == option; });
}

std::string Report::str() const {
  std::string out;
  for (const auto& finding : in_order(mistakes)) (out += finding.str()) += '\n';
  for (const auto& finding : in_order(warnings)) ((out += "warning: ") += finding.str()) += '\n';
  return out;
}

const Place* Origins::find(const std::string& option) const {
  const auto found = places_.find(option);
  return found == places_.end() ? nullptr : &found->second;
}

std::string Origins::of(const std::string& option) const {
  const auto* place = find(option);
  return place ? place->without_column() : "default";
}

std::string full_name(std::string_view table, std::string_view option) {
  std::string name(table);
  if (!name.empty()) name += '.';
  return name += option;
}

}  // namespace gantry::options
