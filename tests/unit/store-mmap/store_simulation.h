// One life story of a store, made up by a seed: bursts and reads, time passing, files that fill up and
// expire, a disk that fails, fills up and is slow, stops, kills and power cuts, also in the middle of
// recovery. After each start and at the end a StoreModel judges what is there.
//
//   StoreSimulation(seed).run();   // throws a Violation
//
// The same seed makes the same story, to the byte.
#pragma once

#include "kernel/api/testing/manual_jobs.h"
#include "logging/capturing_logger.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/store-mmap/seeded_random.h"
#include "tests/unit/store-mmap/simulated_file_system.h"
#include "tests/unit/store-mmap/simulated_lanes.h"
#include "tests/unit/store-mmap/store_model.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

// What may happen. Each story draws from it which of these it has.
struct StorySettings {
  int most_lives = 4;
  int most_steps = 18;  // in one life
  bool faults = true;   // a disk that fails, fills up, is slow
  std::optional<Flush> flush{};
};

class StoreSimulation {
 public:
  explicit StoreSimulation(std::uint64_t seed, const StorySettings& settings = {});
  ~StoreSimulation();

  void run();

  // What happened, a line for each step; for the report of a failure.
  const std::vector<std::string>& story() const { return story_; }
  const StoreModel& model() const { return model_; }

 private:
  class Burst;

  static StoreConfig draw_config(SeededRandom& random, const StorySettings& settings);

  // Starts and ends
  void start();
  bool try_to_start();
  void start_again(Crash crash);
  void end(Crash crash);
  void stop_cleanly();
  void cut_power();
  void power_went();

  // Steps
  void live();
  void step();
  void disturb();
  void append(bool wait);
  void read_somewhere();
  void let_time_pass();
  void jump_ahead();
  void fail_a_call();
  void fill_up();
  void make_well();
  void recover_again();

  // Looks
  bool well() const { return !failing_ && disk_.powered(); }
  void let_all_run();
  Contents read_all(bool strict = false);
  void read_queue(const QueueName& queue, SeenQueue& into, bool strict);
  void look_at_everything();
  void look_up(const Contents& contents);
  void look_up_keys(const Contents& contents);
  void look_up_places(const Contents& contents);
  void look_up_times(const QueueName& name, const SeenQueue& queue);
  void compare_with_log(const Contents& contents);
  void notice_retention();
  void takes_messages_again();

  template <class T, class Ask>
  T wait_for(const Ask& ask);
  std::int64_t now() const;
  std::int64_t date_ms() const;
  void tell(std::string line) { story_.push_back(std::move(line)); }

  SeededRandom random_;
  const StorySettings settings_;
  const StoreConfig config_;
  api::testing::ManualClock clock_;
  logging::CapturingLogger log_;
  SimulatedFileSystem disk_;
  std::unique_ptr<SimulatedLanes> lanes_;
  std::unique_ptr<Store> store_;
  StoreModel model_;
  std::vector<std::string> story_;
  bool failing_ = false;   // calls fail, or the disk is full
  bool forced_ = false;    // files may have gone because the disk was full
  std::string overheard_;  // a violation that a burst was told
  std::int64_t log_first_ = 0;
};

}  // namespace gantry::store
