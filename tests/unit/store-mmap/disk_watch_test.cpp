#include "plugins/store-mmap/disk_watch.h"

#include "tests/unit/store-mmap/simulated_lanes.h"

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Disks of which nothing is asked but how full they are.
class Disks final : public FileSystem {
 public:
  std::map<std::string, int> percent;  // of a directory's disk; none: it cannot be asked

  IoResult<Space> space(const Path& directory) override {
    const auto found = percent.find(directory.string());
    if (found == percent.end()) return IoError{EIO, "cannot look at " + directory.string()};
    return Space{.used = found->second, .available = 100 - found->second};
  }
  IoResult<std::unique_ptr<File>> open(const Path&, Open) override { return nothing(); }
  IoResult<std::vector<Entry>> list(const Path&) override { return nothing(); }
  IoResult<bool> exists(const Path&) override { return nothing(); }
  IoResult<void> make_directories(const Path&) override { return nothing(); }
  IoResult<void> rename(const Path&, const Path&) override { return nothing(); }
  IoResult<void> remove(const Path&) override { return nothing(); }
  IoResult<void> remove_directory(const Path&) override { return nothing(); }
  IoResult<void> sync_directory(const Path&) override { return nothing(); }
  IoResult<std::unique_ptr<Disk>> disk_of(const Path&) override { return nothing(); }
  IoResult<std::unique_ptr<File>> lock(const Path&) override { return nothing(); }
  IoResult<std::unique_ptr<File>> lock_for_reading(const Path&) override { return nothing(); }

 private:
  static IoError nothing() {
    ADD_FAILURE() << "nobody should ask this";
    return {ENOSYS, ""};
  }
};

struct Watched {
  explicit Watched(RetentionSettings retention = {},
                   std::vector<std::filesystem::path> directories = {"/log"})
      : watch(disks, lanes, {std::move(directories), "/queues", std::move(retention)},
              [this](const DiskChange& change) { told.push_back(change); }) {
    disks.percent = {{"/log", 50}, {"/log2", 50}, {"/queues", 50}};
  }
  // What is said when the log's disk is as full as that.
  std::string said_at(int percent) {
    told.clear();
    disks.percent["/log"] = percent;
    watch.look();
    return told.empty() ? "" : told.back().sentence;
  }

  api::testing::ManualClock clock;
  SimulatedLanes lanes{1, clock};
  Disks disks;
  std::vector<DiskChange> told;
  DiskWatch watch;
};

TEST(DiskWatch, says_nothing_of_a_disk_with_room) {
  Watched some;
  some.watch.start();
  EXPECT_TRUE(some.lanes.run_for(1min));
  EXPECT_THAT(some.told, IsEmpty());
  EXPECT_EQ(some.watch.state().level, DiskLevel::fine);
  EXPECT_EQ(some.watch.state().percent, 50);
}

TEST(DiskWatch, knows_of_a_full_disk_before_the_first_send_and_looks_again_every_ten_seconds) {
  Watched some;
  some.disks.percent["/log"] = 95;
  some.watch.start();
  ASSERT_EQ(some.told.size(), 1u);
  EXPECT_EQ(some.told[0].state.level, DiskLevel::refuse);
  some.disks.percent["/log"] = 50;
  EXPECT_TRUE(some.lanes.run_for(9s));
  EXPECT_EQ(some.told.size(), 1u);
  EXPECT_TRUE(some.lanes.run_for(1s));
  ASSERT_EQ(some.told.size(), 2u);
  EXPECT_EQ(some.told[1].state.level, DiskLevel::fine);
  EXPECT_EQ(some.told[1].before, DiskLevel::refuse);
  EXPECT_TRUE(some.lanes.run_for(1min));
  EXPECT_EQ(some.told.size(), 2u);
}

TEST(DiskWatch, tells_an_operator_what_happens_and_what_would_help) {
  Watched some;
  EXPECT_EQ(some.said_at(76),
            "the disk of /log is 76 % full, above disk_warn_percent = 75: files of the log older than "
            "retention_age go at any hour.");
  EXPECT_EQ(
      some.said_at(86),
      "the disk of /log is 86 % full, above disk_force_percent = 85. The oldest files of the log go now "
      "whatever their age (force_clean); sends are refused above 90 %. Free space on that disk, or lower "
      "retention_age.");
  EXPECT_EQ(some.said_at(92),
            "the disk of /log is 92 % full, above disk_refuse_percent = 90: sends are refused, reads go on. "
            "The oldest files of the log go now whatever their age (force_clean). Sends are taken again by "
            "themselves at 89 %. Free space on that disk, or lower retention_age.");
  EXPECT_EQ(some.told.back().cause, "the disk of /log is 92 % full");
  EXPECT_EQ(some.said_at(60),
            "the disk of /log is 60 % full: files of the log go by retention_age, at retention_hours. Sends "
            "are taken again.");
}

TEST(DiskWatch, says_so_when_nothing_may_be_forced) {
  Watched some({.force = false});
  EXPECT_EQ(some.said_at(92),
            "the disk of /log is 92 % full, above disk_refuse_percent = 90: sends are refused, reads go on. "
            "Files of the log younger than retention_age stay, because force_clean is off. Sends are taken "
            "again by themselves at 89 %. Free space on that disk, or lower retention_age or switch "
            "force_clean on.");
}

TEST(DiskWatch, does_not_refuse_and_take_sends_by_turns_at_the_bound) {
  Watched some;
  EXPECT_THAT(some.said_at(91), HasSubstr("refused"));
  EXPECT_EQ(some.said_at(90), "");
  EXPECT_EQ(some.said_at(91), "");
  EXPECT_THAT(some.said_at(89), HasSubstr("Sends are taken again."));
  EXPECT_EQ(some.said_at(90), "");
}

TEST(DiskWatch, counts_the_directory_of_the_log_that_has_most_room) {
  Watched some({}, {"/log", "/log2"});
  EXPECT_EQ(some.said_at(99), "");
  EXPECT_THAT(some.watch.state().full, ElementsAre("/log"));
  some.disks.percent["/log2"] = 95;
  EXPECT_THAT(some.said_at(99), HasSubstr("the disk of /log2 is 95 % full"));
  EXPECT_THAT(some.watch.state().full, ElementsAre("/log", "/log2"));
}

TEST(DiskWatch, counts_the_disk_of_the_queues_besides) {
  Watched some;
  some.disks.percent["/queues"] = 91;
  EXPECT_THAT(some.said_at(50), HasSubstr("the disk of /queues is 91 % full"));
  EXPECT_EQ(some.watch.state().level, DiskLevel::refuse);
  EXPECT_THAT(some.watch.state().full, IsEmpty());
}

TEST(DiskWatch, goes_by_what_it_knew_when_a_disk_cannot_be_asked) {
  Watched some;
  some.said_at(92);
  some.told.clear();
  some.disks.percent.erase("/log");
  some.watch.look();
  some.watch.look();
  ASSERT_EQ(some.told.size(), 1u);
  EXPECT_FALSE(some.told[0].measured);
  EXPECT_EQ(some.told[0].state.level, DiskLevel::refuse);
  EXPECT_EQ(some.told[0].sentence,
            "cannot tell how full a disk of the store is: cannot look at /log. Until it can, the store goes "
            "by what was known before.");
  EXPECT_THAT(some.watch.state().full, ElementsAre("/log"));
  EXPECT_THAT(some.said_at(92), HasSubstr("sends are refused"));
  EXPECT_TRUE(some.told.back().measured);
}

TEST(DiskWatch, sees_one_disk_fill_while_another_one_cannot_be_asked) {
  Watched some;
  some.disks.percent.erase("/queues");
  EXPECT_THAT(some.said_at(95), HasSubstr("the disk of /log is 95 % full"));
  EXPECT_EQ(some.watch.state().level, DiskLevel::refuse);
}

}  // namespace
}  // namespace gantry::store
