#include "plugins/store-mmap/gathered_entries.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

QueueEntry entry(std::int64_t n) {
  return {.at = {n * 100}, .size = 7, .tags_code = n};
}

std::size_t in_use(const EntryPool& pool) {
  return pool.bytes_in_use() / sizeof(EntryPiece);
}

TEST(EntryPool, counts_what_is_in_use_and_gives_it_out_again) {
  EntryPool pool;
  EntryPiece* first = pool.take();
  EntryPiece* second = pool.take();
  EXPECT_NE(first, second);
  EXPECT_EQ(in_use(pool), 2U);
  pool.give(std::vector{first});
  EXPECT_EQ(in_use(pool), 1U);
  EXPECT_EQ(pool.take(), first);
}

TEST(GatheredEntries, take_one_piece_for_few_entries_wherever_they_begin) {
  EntryPool pool;
  GatheredEntries gathered;
  gathered.start_at(1'000'005);
  for (std::int64_t n = 0; n < 5; ++n) gathered.push(pool, entry(n));
  EXPECT_EQ(in_use(pool), 1U);
  EXPECT_EQ(QueueEntry::decode(gathered.at(1'000'009)), entry(4));
}

TEST(GatheredEntries, give_up_the_last_piece_when_all_is_written) {
  EntryPool pool;
  GatheredEntries gathered;
  gathered.push(pool, entry(0));
  std::vector<EntryPiece*> freed;
  gathered.drop_before(1, freed);
  EXPECT_EQ(freed.size(), 1U);
  EXPECT_TRUE(gathered.empty());
  EXPECT_EQ(gathered.end(), 1);
}

TEST(GatheredEntries, go_on_in_the_middle_of_a_piece_after_a_great_many_were_written) {
  EntryPool pool;
  GatheredEntries gathered;
  for (std::int64_t n = 0; n < 16'005; ++n) gathered.push(pool, entry(n));
  std::vector<EntryPiece*> freed;
  gathered.drop_before(16'005, freed);
  gathered.push(pool, entry(16'005));
  EXPECT_EQ(QueueEntry::decode(gathered.at(16'005)), entry(16'005));
}

RC_GTEST_PROP(GatheredEntries, are_what_a_plain_row_would_be, ()) {
  EntryPool pool;
  GatheredEntries gathered;
  std::map<std::int64_t, QueueEntry> row;
  std::int64_t end = *rc::gen::inRange<std::int64_t>(0, 100);
  gathered.start_at(end);
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(0, 200)));
  for (const auto& [what, size] : steps) {
    std::vector<EntryPiece*> freed;
    if (what < 2) {
      for (int i = 0; i < size; ++i) {
        gathered.push(pool, entry(end));
        row[end] = entry(end);
        ++end;
      }
    } else if (what == 2) {
      gathered.drop_before(gathered.first() + size, freed);
      std::erase_if(row, [&](const auto& at) { return at.first < gathered.first(); });
    } else {
      gathered.drop_from(end - size, freed);
      end = std::max(end - size, gathered.first());
      std::erase_if(row, [&](const auto& at) { return at.first >= end; });
    }
    pool.give(freed);
    RC_ASSERT(gathered.end() == end);
    RC_ASSERT(gathered.end() - gathered.first() == std::ssize(row));
    for (const auto& [at, expected] : row) RC_ASSERT(QueueEntry::decode(gathered.at(at)) == expected);
    std::vector<EntryPiece*> held;
    if (!row.empty()) gathered.pieces(gathered.first(), gathered.end(), held);
    RC_ASSERT(in_use(pool) == held.size());
  }
}

}  // namespace
}  // namespace gantry::store
