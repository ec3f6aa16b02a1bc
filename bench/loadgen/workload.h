// What is asked of a server, and how a right answer is known from a wrong one.
//
// A new kind of load is one class here and one subcommand: it builds its frames once, the generator sends
// them in random order, or in turn.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gantry::bench {

// Thread: one generator thread; each has its own, so a checker may remember what it saw.
class AnswerChecker {
 public:
  virtual ~AnswerChecker() = default;

  // Called for each answer with code 0. What is wrong with it, or nullopt. `frame` is the index of the
  // frame that was asked. On the path of every answer: as cheap as the doubt allows.
  virtual std::optional<std::string> complaint(std::size_t frame, const ReceivedFrame& answer) = 0;

  // Whether the server may send this request of its own; it is passed over then.
  virtual bool expects(const ReceivedFrame&) { return false; }

  // Messages that the answers so far stand for; 0 where answers are what is counted.
  virtual std::uint64_t messages() const { return 0; }
};

// Thread: all; unchanging once built.
class Workload {
 public:
  virtual ~Workload() = default;

  virtual std::string description() const = 0;
  virtual std::span<const Frame> frames() const = 0;  // at least one
  virtual bool in_order() const { return false; }     // one after the other, and again; else at random
  // Asked on each connection before the first frame; the answers must have code 0.
  virtual std::vector<Command> greeting() const { return {}; }
  virtual std::unique_ptr<AnswerChecker> checker() const = 0;
};

}  // namespace gantry::bench
