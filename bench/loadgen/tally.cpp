#include "bench/loadgen/tally.h"

namespace gantry::bench {

void Tally::merge(const Tally& other) {
  latency.merge(other.latency);
  for (const auto& [code, count] : other.answers_by_code) answers_by_code[code] += count;
  refused_answers += other.refused_answers;
  stray_frames += other.stray_frames;
  unanswered += other.unanswered;
  unsent += other.unsent;
  if (first_complaint.empty()) first_complaint = other.first_complaint;
  if (failure.empty()) failure = other.failure;
}

bool Tally::all_answers_right() const {
  const bool only_success = answers_by_code.size() == 1 && answers_by_code.begin()->first == 0;
  return only_success && refused_answers == 0 && stray_frames == 0 && unanswered == 0 && failure.empty();
}

}  // namespace gantry::bench
