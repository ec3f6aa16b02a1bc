// A fuzzer's input as a row of decisions, for targets that make their own bytes out of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace gantry::fuzz {

// Numbers from the input, one behind the other; zeros behind its end.
class Choices {
 public:
  explicit Choices(std::span<const char> input) : rest_(input) {}
  bool empty() const { return rest_.empty(); }
  std::size_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<unsigned char>(rest_.front());
    rest_ = rest_.subspan(1);
    return first;
  }
  std::size_t below(std::size_t count) {
    const std::size_t number = byte() | byte() << 8;
    return count == 0 ? 0 : number % count;
  }
  std::string bytes(std::size_t count) {
    std::string taken(count, '\0');
    for (char& one : taken) one = static_cast<char>(byte());
    return taken;
  }

 private:
  std::span<const char> rest_;
};

}  // namespace gantry::fuzz
