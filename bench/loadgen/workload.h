// What is asked of a server, and how a right answer is known from a wrong one.
//
// A new kind of load is one class here and one subcommand in main.cpp: it builds its frames once, the
// generator sends them in random order.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace gantry::bench {

// Thread: one generator thread; each has its own, so a checker may remember what it saw.
class AnswerChecker {
 public:
  virtual ~AnswerChecker() = default;

  // Called for each answer with code 0. What is wrong with it, or nullopt. `frame` is the index of the
  // frame that was asked. On the path of every answer: as cheap as the doubt allows.
  virtual std::optional<std::string> complaint(std::size_t frame, const ReceivedFrame& answer) = 0;
};

// Thread: all; unchanging once built.
class Workload {
 public:
  virtual ~Workload() = default;

  virtual std::string description() const = 0;
  virtual std::span<const Frame> frames() const = 0;  // at least one
  virtual std::unique_ptr<AnswerChecker> checker() const = 0;
};

}  // namespace gantry::bench
