// The version of one of the broker's tables, as it goes to name servers and slaves: it changes with each
// change of the table, and two tables with the same version are the same.
#pragma once

#include <compare>
#include <cstdint>

namespace gantry::api {

struct TableVersion {
  std::int64_t changed_at = 0;  // ms since 1970; Apache's "timestamp"
  std::int64_t counter = 0;

  bool operator==(const TableVersion&) const = default;
};

}  // namespace gantry::api
