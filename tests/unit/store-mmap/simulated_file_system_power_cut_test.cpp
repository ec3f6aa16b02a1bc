#include "tests/unit/store-mmap/simulated_file_system.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using Open = FileSystem::Open;

TEST(SimulatedFileSystem, never_loses_what_was_synced_with_its_name) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('a') + page_of('b')).value();
    file->sync().value();
    EXPECT_TRUE(disk.files.durable("data/log", 0, 2 * kPage));
    disk.files.power_cut();
    EXPECT_EQ(disk.files.text("data/log"), page_of('a') + page_of('b')) << "seed " << seed;
  }
}

TEST(SimulatedFileSystem, loses_any_of_the_pages_that_were_not_synced) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('a') + page_of('b')).value();
    file->sync().value();
    file->write(0, page_of('c') + page_of('d')).value();
    EXPECT_FALSE(disk.files.durable("data/log", 0, 1));
    EXPECT_EQ(disk.files.on_disk("data/log"), page_of('a') + page_of('b'));
    disk.files.power_cut();
    const std::string text = disk.files.text("data/log");
    return std::pair(filler(text.substr(0, kPage)), filler(text.substr(kPage)));
  });
  for (const char first : {'a', 'c', '?'}) {
    for (const char second : {'b', 'd', '?'}) EXPECT_TRUE(left.contains({first, second})) << first << second;
  }
  EXPECT_EQ(left.size(), 9U);
}

TEST(SimulatedFileSystem, tears_a_page_between_sectors_only) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('a')).value();
    file->sync().value();
    file->write(0, page_of('b')).value();
    disk.files.power_cut();
    const std::string text = disk.files.text("data/log");
    std::string sectors;
    for (std::size_t at = 0; at < kPage; at += kSector) sectors += filler(text.substr(at, kSector));
    return sectors;
  });
  EXPECT_THAT(left, testing::Contains(testing::MatchesRegex("b+a+"))) << "its front arrived";
  EXPECT_THAT(left, testing::Contains(testing::MatchesRegex(".*ab.*"))) << "something behind a gap";
  EXPECT_THAT(left, testing::Each(testing::MatchesRegex("[ab]+")));
}

TEST(SimulatedFileSystem, leaves_a_page_as_any_of_its_writes_had_it) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    for (const char fill : {'a', 'b', 'c'}) file->write(0, page_of(fill)).value();
    file->resize(kPage).value();
    disk.files.power_cut();
    const std::string text = disk.files.text("data/log");
    return text.empty() ? '-' : filler(text);
  });
  EXPECT_THAT(left, testing::IsSupersetOf({'-', '\0', 'a', 'b', 'c'}));
}

TEST(SimulatedFileSystem, gives_zeros_for_lost_pages_of_allocated_space) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->allocate(3 * kPage).value();
    file->sync().value();
    file->write(kPage, page_of('a')).value();
    disk.files.power_cut();
    const std::string text = disk.files.text("data/log");
    EXPECT_EQ(text.size(), 3 * kPage);
    EXPECT_EQ(disk.files.space("data").value().used, static_cast<std::int64_t>(3 * kPage));
    EXPECT_EQ(filler(text.substr(2 * kPage)), '\0');
    return filler(text.substr(kPage, kPage));
  });
  EXPECT_THAT(left, ElementsAre('\0', '?', 'a'));
}

TEST(SimulatedFileSystem, loses_a_length_and_its_blocks_that_were_not_synced) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->allocate(kPage).value();
    file->sync().value();
    file->allocate(2 * kPage).value();
    file->allocate(3 * kPage).value();
    disk.files.power_cut();
    const auto size = disk.files.text("data/log").size();
    const auto used = static_cast<std::size_t>(disk.files.space("data").value().used);
    return std::pair(size / kPage, used / kPage);
  });
  EXPECT_THAT(left, ElementsAre(std::pair(1, 1), std::pair(2, 1), std::pair(3, 1), std::pair(3, 3)));
}

TEST(SimulatedFileSystem, may_bring_back_what_was_cut_off_or_zeroed_but_not_synced) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('a') + page_of('b')).value();
    file->sync().value();
    file->zero(0, kPage).value();
    file->resize(kPage).value();
    EXPECT_EQ(disk.files.text("data/log"), page_of('\0'));
    disk.files.power_cut();
    const std::string text = disk.files.text("data/log");
    return std::pair(filler(text.substr(0, kPage)), text.size() > kPage ? filler(text.substr(kPage)) : '-');
  });
  EXPECT_TRUE(left.contains({'a', 'b'}));
  EXPECT_TRUE(left.contains({'a', '-'}));
  EXPECT_TRUE(left.contains({'\0', '-'}));
  EXPECT_TRUE(left.contains({'\0', 'b'}));
}

TEST(SimulatedFileSystem, loses_names_that_were_not_synced_in_any_combination) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    disk.durable_file("data/old")->sync().value();
    disk.files.remove("data/old").value();
    disk.created("data/new")->sync().value();
    EXPECT_FALSE(disk.files.name_durable("data/new"));
    disk.files.power_cut();
    return std::pair(disk.files.has("data/old"), disk.files.has("data/new"));
  });
  EXPECT_EQ(left.size(), 4U);
}

TEST(SimulatedFileSystem, keeps_nothing_of_a_directory_whose_own_name_was_lost) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    disk.files.make_directories("data/queues/T").value();
    disk.created("data/queues/T/0");
    disk.files.sync_directory("data/queues/T").value();
    disk.files.sync_directory("data/queues").value();
    disk.files.power_cut();
    return std::pair(disk.files.has("data/queues"), disk.files.has("data/queues/T/0"));
  });
  EXPECT_THAT(left, ElementsAre(std::pair(false, false), std::pair(true, true)));
}

TEST(SimulatedFileSystem, loses_its_power_in_the_middle_of_a_call_and_stays_off) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    disk.files.lose_power_after(1);
    EXPECT_TRUE(file->write(0, "ab"));
    EXPECT_TRUE(file->size()) << "changes nothing, so it does not count";
    EXPECT_FALSE(file->write(2, "cd"));
    EXPECT_FALSE(disk.files.powered());
    EXPECT_FALSE(disk.files.list("data"));
    EXPECT_FALSE(file->sync());
    disk.files.power_cut();
    EXPECT_TRUE(disk.files.powered());
    EXPECT_TRUE(disk.files.list("data"));
    return disk.files.text("data/log");
  });
  EXPECT_THAT(left, testing::IsSupersetOf(
                        {std::string(), std::string("ab"), std::string("abc"), std::string("abcd")}));
}

TEST(SimulatedFileSystem, closes_what_was_open_when_the_process_ends_but_keeps_mappings_readable) {
  for (const bool power : {false, true}) {
    SomeDisk disk(1);
    const auto file = disk.durable_file("data/log");
    file->write(0, "abc").value();
    file->sync().value();
    const auto mapping = file->map().value();
    const auto lock = disk.files.lock("data/lock").value();
    EXPECT_EQ(disk.files.lock("data/lock").error().number, EAGAIN);
    if (power) disk.files.power_cut();
    disk.files.kill();
    EXPECT_EQ(file->write(0, "x").error().number, EBADF);
    EXPECT_EQ(file->sync().error().number, EBADF);
    EXPECT_EQ(mapping->bytes(), "abc");
    EXPECT_TRUE(mapping->bring_in(0, 3));
    EXPECT_EQ(disk.files.text("data/log"), "abc");
    EXPECT_TRUE(disk.files.lock("data/lock"));
  }
}

TEST(SimulatedFileSystem, does_the_same_again_from_the_same_seed) {
  const auto story = [](std::uint64_t seed) {
    SomeDisk disk(seed);
    for (int file = 0; file < 4; ++file)
      disk.created("data/" + std::to_string(file))->write(0, page_of('a') + page_of('b')).value();
    disk.files.power_cut();
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& file : disk.files.all_files()) all.emplace_back(file.string(), disk.files.text(file));
    return all;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(story(seed), story(seed));
  EXPECT_GT(outcomes(story).size(), 20U);
}

TEST(SimulatedFileSystem, has_after_a_power_cut_only_sectors_that_it_had_since_the_last_sync) {
  constexpr std::size_t kSectors = 64;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeDisk disk(seed);
    SeededRandom random(seed);
    auto file = disk.durable_file("data/log");
    file->allocate(kSectors * kSector).value();
    file->sync().value();
    std::vector<std::set<char>> had(kSectors, {'\0'});
    std::vector<char> cached(kSectors, '\0');
    for (int step = 0; step < 60; ++step) {
      const auto from = static_cast<std::size_t>(random.below(kSectors));
      const auto to =
          from + 1 + static_cast<std::size_t>(random.below(std::min<std::size_t>(kSectors - from, 12)));
      const auto choice = random.below(12);
      if (choice < 8) {
        const char fill = choice == 0 ? '\0' : static_cast<char>('a' + random.below(26));
        if (choice == 0)
          file->zero(static_cast<std::int64_t>(from * kSector), static_cast<std::int64_t>(to * kSector))
              .value();
        else
          file->write(static_cast<std::int64_t>(from * kSector), std::string((to - from) * kSector, fill))
              .value();
        for (auto sector = from; sector < to; ++sector) had[sector].insert(cached[sector] = fill);
      } else if (choice < 10) {
        file->sync().value();
        for (std::size_t sector = 0; sector < kSectors; ++sector) had[sector] = {cached[sector]};
      } else {
        if (choice == 10) disk.files.power_cut();
        disk.files.kill();
        file = disk.files.open("data/log", Open::write).value();
        const std::string text = disk.files.text("data/log");
        ASSERT_EQ(text.size(), kSectors * kSector);
        for (std::size_t sector = 0; sector < kSectors; ++sector) {
          const char now = filler(text.substr(sector * kSector, kSector));
          ASSERT_TRUE(had[sector].contains(now))
              << "seed " << seed << " step " << step << " sector " << sector;
          cached[sector] = now;
          if (choice == 10) had[sector] = {now};
        }
      }
    }
  }
}

}  // namespace
}  // namespace gantry::store
