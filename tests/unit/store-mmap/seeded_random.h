// Random choices of a simulation: the same seed makes the same ones, on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace gantry::store {

class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  // [0, end)
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : engine_() % end; }
  // [least, most]
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
  }
  bool one_in(std::uint64_t times) { return below(times) == 0; }
  bool percent(std::uint64_t chance) { return below(100) < chance; }
  template <class Row>
  auto& pick(Row& row) {
    return row[static_cast<std::size_t>(below(row.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace gantry::store
