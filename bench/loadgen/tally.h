// What one generator thread saw; those of all threads are merged for the report.
#pragma once

#include "bench/loadgen/histogram.h"

#include <cstdint>
#include <map>
#include <string>

namespace gantry::bench {

struct Tally {
  // Of all requests whose start lies in the measured time, however late they were answered. A request
  // that was due but never sent, or never answered, counts with its age at the end.
  Histogram latency;

  // Of the whole run, warm-up included: a wrong answer is wrong whenever it comes.
  std::map<std::int32_t, std::uint64_t> answers_by_code;
  std::uint64_t refused_answers = 0;  // code 0, but not what was asked for
  std::uint64_t stray_frames = 0;     // answer nothing that was in flight
  std::uint64_t unanswered = 0;       // given up on at the end
  std::uint64_t unsent = 0;           // due in the measured time, but all windows were full until its end
  std::string first_complaint;        // about the first wrong answer
  std::string failure;                // why the thread ended early; empty: it did not

  void merge(const Tally& other);

  // Late is not wrong: `unsent` does not count here.
  bool all_answers_right() const;
};

}  // namespace gantry::bench
