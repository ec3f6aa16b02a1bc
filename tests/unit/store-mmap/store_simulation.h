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

#include <array>
#include <cerrno>
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
  bool cuts_while_starting = true;
  std::optional<Flush> flush{};
  bool log_in_story = false;  // what the store logs too; it takes time
};

// A call of the store that fails while it does that.
struct FailingCall {
  enum class While : std::uint8_t { appending, rolling, flushing, recovering, expiring, stopping };
  While doing = While::appending;
  std::int64_t nth = 0;
  int number = EIO;
  bool from_then_on = false;
};

class StoreSimulation {
 public:
  explicit StoreSimulation(std::uint64_t seed, const StorySettings& settings = {});
  ~StoreSimulation();

  void run();

  // Instead: a short life in which that call fails, and one after it. False: there were not so many calls.
  bool run_with(const FailingCall& call);

  // What happened, a line for each step; for the report of a failure.
  const std::vector<std::string>& story() const { return story_; }
  const StoreModel& model() const { return model_; }

 private:
  class Burst;

  static constexpr std::array<const char*, 3> kTopics{"A", "B", "C"};
  static constexpr std::array<const char*, 6> kKeys{"k1", "k2", "k3", "k4", "k5", "k6"};
  static constexpr std::int64_t kEver = std::int64_t{1} << 60;

  static StoreConfig draw_config(SeededRandom& random, const StorySettings& settings);

  void tell_story();

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
  void spend_life(FailingCall::While doing);

  // Looks
  bool well() const { return !failing_ && disk_.powered(); }
  void let_all_run();
  Contents read_all(bool strict = false);
  Contents read_queues(bool strict);
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
  void tell(std::string line);

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
  std::size_t heard_ = 0;   // lines of log_ that are in it
  bool failing_ = false;    // calls fail, or the disk is full
  bool disturbed_ = false;  // ... or did, since the store was started
  bool forced_ = false;     // files may have gone because the disk was full
  std::string overheard_;   // a violation that a burst was told
  std::int64_t log_first_ = 0;
};

}  // namespace gantry::store
