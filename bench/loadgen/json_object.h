// A JSON object, written member by member; values come ready-made. For the reports that programs read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::bench {

class JsonObject {
 public:
  JsonObject& add(std::string_view name, const std::string& value);
  JsonObject& add(std::string_view name, std::uint64_t value);
  JsonObject& add(std::string_view name, double value);  // six digits
  // Any bytes: what is not printable ASCII is escaped. Complaints quote what a server sent, which may be
  // anything.
  JsonObject& add_text(std::string_view name, std::string_view value);

  std::string done() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace gantry::bench
