#include "plugins/store-mmap/growing_index.h"

#include "tests/unit/store-mmap/index_image.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kStoredAt = 1'600'000'000'000;
constexpr auto kBlock = static_cast<std::int32_t>(GrowingIndex::kBlockEntries);

class Growing : public testing::Test {
 protected:
  std::shared_ptr<IndexFile> file(const IndexGeometry& geometry) {
    auto file = std::make_shared<IndexFile>(disk_.durable_file(kPath), "file", geometry);
    file->file().resize(geometry.size()).value();
    return file;
  }
  static std::vector<IndexKey> keys(std::int32_t from, std::int32_t to) {
    std::vector<IndexKey> all;
    for (std::int32_t i = from; i < to; ++i) all.push_back({i % 1000, {10 * i}, kStoredAt + i});
    return all;
  }
  static void put_all(GrowingIndex& index, std::span<const IndexKey> keys) {
    while (!keys.empty()) keys = keys.subspan(index.put(keys).value());
  }
  static std::vector<api::LogOffset> found(const GrowingIndex& index, std::int32_t hash) {
    IndexSearch search(hash, 1000, 0, kEver);
    index.search(search).value();
    return search.take();
  }
  static std::vector<api::LogOffset> naive(std::int32_t hash, std::int32_t from, std::int32_t to) {
    std::vector<api::LogOffset> all;
    for (std::int32_t i = to - 1; i >= from; --i) {
      if (i % 1000 == hash) all.push_back({10 * i});
    }
    return all;
  }
  std::int64_t calls() const { return disk_.files.counts().calls; }

  static constexpr const char* kPath = "data/file";
  SomeDisk disk_{1};
};

TEST_F(Growing, gathers_entries_and_writes_them_a_block_at_a_time) {
  auto index = GrowingIndex::begin(file({97, 3 * kBlock}), {});
  const std::int64_t before = calls();
  put_all(*index, keys(1, kBlock + 1));
  EXPECT_EQ(calls(), before);
  put_all(*index, keys(kBlock + 1, 2 * kBlock));
  EXPECT_EQ(calls(), before + 1);
  EXPECT_EQ(disk_.files.counts().written, std::int64_t{20} * kBlock);
}

TEST_F(Growing, finds_what_is_written_and_what_is_not) {
  auto index = GrowingIndex::begin(file({97, 3 * kBlock}), {});
  put_all(*index, keys(1, kBlock + 500));
  for (const std::int32_t hash : {0, 1, 499, 999}) {
    EXPECT_EQ(found(*index, hash), naive(hash, 1, kBlock + 500)) << hash;
  }
  index->write_entries().value();
  EXPECT_EQ(found(*index, 499), naive(499, 1, kBlock + 500));
}

TEST_F(Growing, takes_no_more_than_fit) {
  auto index = GrowingIndex::begin(file({97, 10}), {});
  EXPECT_EQ(index->put(keys(1, 100)).value(), 9u);
  EXPECT_TRUE(index->full());
}

TEST_F(Growing, is_seeded_with_where_the_file_before_it_ends) {
  const IndexHeader before{
      .begin_time = kStoredAt, .end_time = kStoredAt + 5000, .begin = {100}, .end = {900}, .count = 10};
  auto index = GrowingIndex::begin(file({97, 10}), before);
  const IndexHeader seeded = index->header();
  EXPECT_EQ(seeded.begin_time, kStoredAt + 5000);
  EXPECT_EQ(seeded.end, api::LogOffset{900});
  index->put(std::vector<IndexKey>{{1, {1000}, kStoredAt + 8000}}).value();
  index->write_everything().value();
  EXPECT_EQ(index->file()->read_entry(1).value().seconds, 3) << "counted from the file before";
  EXPECT_EQ(index->header().begin_time, kStoredAt + 8000);
  EXPECT_EQ(index->header().begin, api::LogOffset{1000});
}

TEST_F(Growing, reads_slots_only_when_it_takes_an_entry) {
  auto first = GrowingIndex::begin(file({97, 1000}), {});
  put_all(*first, keys(1, 300));
  first->write_everything().value();
  auto index = GrowingIndex::resume(first->file(), first->header());
  EXPECT_EQ(found(*index, 7), naive(7, 1, 300));
  const std::int64_t before = calls();
  put_all(*index, keys(300, 400));
  EXPECT_EQ(calls(), before + 1);
  EXPECT_EQ(found(*index, 7), naive(7, 1, 400));
  EXPECT_EQ(found(*index, 350), naive(350, 1, 400));
}

TEST_F(Growing, writes_nothing_that_is_there_already) {
  auto index = GrowingIndex::begin(file({97, 1000}), {});
  put_all(*index, keys(1, 300));
  index->write_everything().value();
  index->sync().value();
  const std::int64_t before = calls();
  index->write_entries().value();
  index->write_everything().value();
  index->sync().value();
  EXPECT_EQ(calls(), before);
}

TEST_F(Growing, keeps_what_cannot_be_written_and_tries_again) {
  auto index = GrowingIndex::begin(file({97, 3 * kBlock}), {});
  put_all(*index, keys(1, kBlock + 1));
  disk_.files.set_room(0);
  const auto refused = index->put(keys(kBlock + 1, kBlock + 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().number, ENOSPC);
  EXPECT_EQ(found(*index, 3), naive(3, 1, kBlock + 1));
  disk_.files.set_room(1 << 20);
  put_all(*index, keys(kBlock + 1, kBlock + 5));
  EXPECT_EQ(found(*index, 3), naive(3, 1, kBlock + 5));
}

class Rebuilding : public Growing {
 protected:
  static constexpr IndexGeometry kGeometry{97, 2 * kBlock};
  static constexpr api::LogOffset kNoCut{kEver};

  // A file with entries for keys(1, kCount) and nothing else that is right but its header.
  static constexpr std::int32_t kCount = kBlock + 500;
  std::shared_ptr<IndexFile> left_behind() {
    auto index = GrowingIndex::begin(file(kGeometry), {});
    put_all(*index, keys(1, kCount));
    index->write_entries().value();
    header_ = index->header();
    return index->file();
  }
  std::string damage(std::int32_t number, const IndexEntry& entry) {
    auto file = left_behind();
    std::string bytes(IndexEntry::kSize, '\0');
    entry.encode(bytes.data());
    file->write_entries(number, bytes).value();
    auto rebuilt = GrowingIndex::rebuild(file, header_, kCount, kNoCut).value();
    EXPECT_EQ(rebuilt.index, nullptr);
    return rebuilt.damage;
  }

  IndexHeader header_;
};

TEST_F(Rebuilding, makes_the_slots_again) {
  auto file = left_behind();
  const auto rebuilt = GrowingIndex::rebuild(file, header_, kCount, kNoCut).value();
  ASSERT_EQ(rebuilt.damage, "");
  EXPECT_EQ(rebuilt.index->header(), header_);
  put_all(*rebuilt.index, keys(kCount, kCount + 300));
  for (const std::int32_t hash : {0, 1, 499, 999}) {
    EXPECT_EQ(found(*rebuilt.index, hash), naive(hash, 1, kCount + 300)) << hash;
  }
}

TEST_F(Rebuilding, gives_the_file_that_would_have_been_written_without_a_crash) {
  auto file = left_behind();
  const auto rebuilt = GrowingIndex::rebuild(file, header_, 5000, kNoCut).value();
  put_all(*rebuilt.index, keys(5000, kCount));
  rebuilt.index->write_everything().value();
  const std::string after_crash = disk_.files.text(kPath);
  disk_.files.lose(kPath);
  auto index = GrowingIndex::begin(this->file(kGeometry), {});
  put_all(*index, keys(1, kCount));
  index->write_everything().value();
  EXPECT_TRUE(after_crash == disk_.files.text(kPath));
}

TEST_F(Rebuilding, makes_zeros_of_what_follows_and_keeps_the_length) {
  auto file = left_behind();
  GrowingIndex::rebuild(file, header_, 5000, kNoCut).value();
  const std::string text = disk_.files.text(kPath);
  const auto end = static_cast<std::size_t>(kGeometry.entry_at(5000));
  EXPECT_EQ(text.size(), static_cast<std::size_t>(kGeometry.size()));
  EXPECT_EQ(text.find_first_not_of('\0', end), std::string::npos);
  EXPECT_EQ(IndexEntry::decode(text.data() + end - IndexEntry::kSize).at, api::LogOffset{49'990});
}

TEST_F(Rebuilding, leaves_out_entries_behind_the_cut) {
  auto file = left_behind();
  const auto rebuilt = GrowingIndex::rebuild(file, header_, kCount, {20'000}).value();
  EXPECT_EQ(rebuilt.index->header().count, 2000);
  EXPECT_EQ(rebuilt.index->header().end, api::LogOffset{19'990});
  EXPECT_EQ(found(*rebuilt.index, 5), naive(5, 1, 2000));
}

// Otherwise what was stored in the rest of its last second would not be looked for in this file.
TEST_F(Rebuilding, takes_the_last_entrys_second_to_its_end) {
  auto file = left_behind();
  const auto rebuilt = GrowingIndex::rebuild(file, header_, 1502, kNoCut).value();
  EXPECT_EQ(rebuilt.index->header().end_time, kStoredAt + 1 + 1000 + 999)
      << "entry 1501 is 1.5 s after the first";
  const auto all = GrowingIndex::rebuild(left_behind(), header_, kCount, kNoCut).value();
  EXPECT_EQ(all.index->header().end_time, header_.end_time) << "the file's header knows it";
}

TEST_F(Rebuilding, sees_a_block_that_never_reached_the_disk) {
  EXPECT_EQ(damage(kBlock + 2, {}), "entry " + std::to_string(kBlock + 2) +
                                        " is about log offset 0, which is before the one in front of it");
}

TEST_F(Rebuilding, sees_an_entry_that_does_not_follow_from_those_before_it) {
  EXPECT_EQ(damage(1001, {1, {10'010}, 1, 900}), "entry 1001 names 900 as the one before it, and it is 971");
  EXPECT_THAT(damage(1001, {-1, {10'010}, 1, 904}), HasSubstr("negative"));
  EXPECT_THAT(damage(1001, {1, {10'010}, -1, 904}), HasSubstr("negative"));
  EXPECT_THAT(damage(1001, {1, {9'980}, 1, 904}), HasSubstr("is about log offset 9980"));
  EXPECT_THAT(damage(1, {1, {20}, 0, 0}), HasSubstr("entry 1 is about log offset 20"));
}

TEST_F(Rebuilding, changes_nothing_of_a_damaged_file) {
  auto file = left_behind();
  file->write_entries(1001, std::string(IndexEntry::kSize, '\x7f')).value();
  const std::string before = disk_.files.text(kPath);
  EXPECT_NE(GrowingIndex::rebuild(file, header_, kCount, kNoCut).value().damage, "");
  EXPECT_TRUE(disk_.files.text(kPath) == before);
}

}  // namespace
}  // namespace gantry::store
