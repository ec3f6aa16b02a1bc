// Shows that the simulation would find these bugs if they were ours: each one is switched on, and a story
// that it spoils must come within so many seeds.
#include "plugins/store-mmap/planted.h"
#include "tests/unit/store-mmap/store_simulation.h"

#include <exception>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

constexpr std::uint64_t kSeeds = 2000;

struct Bug {
  Planted which = Planted::none;
  std::string name;
};

std::string name_of(const testing::TestParamInfo<Bug>& bug) {
  return bug.param.name;
}

void PrintTo(const Bug& bug, std::ostream* out) {
  *out << bug.name;
}

class PlantedBug : public testing::TestWithParam<Bug> {
 protected:
  PlantedBug() { planted_bug = GetParam().which; }
  ~PlantedBug() override { planted_bug = Planted::none; }

  // What came of it; empty: nothing.
  static std::string told_by(std::uint64_t seed) {
    try {
      StoreSimulation(seed).run();
      return {};
    } catch (const std::exception& violation) {
      return violation.what();
    }
  }
};

TEST_P(PlantedBug, is_found) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (const std::string violation = told_by(seed); !violation.empty()) {
      RecordProperty("seeds", std::to_string(seed));
      RecordProperty("violation", violation);
      return;
    }
  }
  ADD_FAILURE() << kSeeds << " stories went well with it";
}

#define GANTRY_BUG(name) \
  Bug {                  \
    Planted::name, #name \
  }
INSTANTIATE_TEST_SUITE_P(
    Store, PlantedBug,
    testing::Values(GANTRY_BUG(sync_skipped), GANTRY_BUG(told_before_sync), GANTRY_BUG(failed_sync_retried),
                    GANTRY_BUG(rolled_file_not_synced), GANTRY_BUG(name_not_synced),
                    GANTRY_BUG(failed_write_told_stored), GANTRY_BUG(shown_before_synced),
                    GANTRY_BUG(shown_before_committed), GANTRY_BUG(flushed_before_committed),
                    GANTRY_BUG(queue_offset_repeated), GANTRY_BUG(wrong_file_on_roll),
                    GANTRY_BUG(blank_not_written), GANTRY_BUG(failed_write_not_undone),
                    GANTRY_BUG(crc_ignored), GANTRY_BUG(tail_not_zeroed), GANTRY_BUG(recovered_not_synced),
                    GANTRY_BUG(queue_tail_kept), GANTRY_BUG(next_offset_one_less),
                    GANTRY_BUG(recovery_starts_late), GANTRY_BUG(checkpoint_ahead_of_queues),
                    GANTRY_BUG(checkpoint_ahead_of_log), GANTRY_BUG(index_entry_off_by_one),
                    GANTRY_BUG(removes_one_file_too_many), GANTRY_BUG(queue_first_not_moved)),
    name_of);
#undef GANTRY_BUG

}  // namespace
}  // namespace gantry::store
