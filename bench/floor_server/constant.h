// What the floor server answers, always: built once, with nothing to fill in but the opaque.
#pragma once

#include "bench/loadgen/frame.h"

#include <cstddef>
#include <cstdint>

namespace gantry::bench {

enum class AnswerKind : std::uint8_t {
  echo,  // a body of noise
  send,  // what a broker says of a message that it took
  pull,  // records, as a broker hands them out
};

struct AnswerShape {
  AnswerKind kind = AnswerKind::echo;
  std::size_t body_bytes = 256;  // of the answer, or of each record
  std::size_t records = 32;
};

// Thread: all; unchanging once built.
class Constant {
 public:
  explicit Constant(const AnswerShape& shape);

  // An answer is in the encoding of what was asked.
  const Frame& in(Encoding encoding) const { return encoding == Encoding::json ? json_ : binary_; }

 private:
  Frame json_;
  Frame binary_;
};

}  // namespace gantry::bench
