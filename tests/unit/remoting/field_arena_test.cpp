#include "remoting/field_arena.h"

#include "tests/unit/remoting/heap_count.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

std::span<const Field> add_header(FieldArena& arena, std::size_t fields, std::string_view name) {
  arena.begin();
  for (std::size_t i = 0; i < fields; ++i) EXPECT_TRUE(arena.add(name, "v"));
  return arena.finish();
}

TEST(FieldArena, a_header_without_fields_has_an_empty_span) {
  FieldArena arena;
  arena.begin();
  EXPECT_TRUE(arena.finish().empty());
}

TEST(FieldArena, spans_stay_while_more_headers_are_added) {
  FieldArena arena;
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g"};
  std::vector<std::span<const Field>> spans;
  for (const std::string& name : names) spans.push_back(add_header(arena, 100, name));
  for (std::size_t i = 0; i < names.size(); ++i) {
    ASSERT_EQ(spans[i].size(), 100U);
    for (const Field& field : spans[i]) EXPECT_EQ(field.name, names[i]);
  }
}

TEST(FieldArena, holds_the_largest_header_wherever_it_begins) {
  for (std::size_t before : {0, 1, 255, 256, 257}) {
    FieldArena arena;
    for (std::size_t i = 0; i < before; ++i) add_header(arena, 1, "small");
    const auto large = add_header(arena, FieldArena::kMaxFieldsPerHeader, "large");
    ASSERT_EQ(large.size(), FieldArena::kMaxFieldsPerHeader);
    EXPECT_EQ(large.front().name, "large");
    EXPECT_EQ(large.back().name, "large");
  }
}

TEST(FieldArena, refuses_one_field_more_than_the_limit) {
  for (std::size_t before : {0, 7}) {
    FieldArena arena;
    add_header(arena, before, "before");
    arena.begin();
    for (std::size_t i = 0; i < FieldArena::kMaxFieldsPerHeader; ++i) EXPECT_TRUE(arena.add("n", "v"));
    EXPECT_FALSE(arena.add("n", "one too many"));
    EXPECT_EQ(arena.finish().size(), FieldArena::kMaxFieldsPerHeader);
  }
}

TEST(FieldArena, forgets_a_header_that_was_not_finished) {
  FieldArena arena;
  arena.begin();
  EXPECT_TRUE(arena.add("cut", "v"));
  const auto whole = add_header(arena, 1, "whole");
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].name, "whole");
}

TEST(FieldArena, keeps_its_memory_for_the_next_burst) {
  if (!heap_is_counted()) GTEST_SKIP() << "allocations are not counted in this build";
  FieldArena arena;
  const auto burst = [&arena] {
    for (int i = 0; i < 100; ++i) add_header(arena, 13, "n");
    arena.clear();
  };
  const auto before = heap_allocations();
  burst();
  const auto after_first = heap_allocations();
  EXPECT_GT(after_first, before);
  burst();
  EXPECT_EQ(heap_allocations(), after_first);
}

TEST(FieldArena, gives_back_what_an_unusual_burst_took) {
  if (!heap_is_counted()) GTEST_SKIP() << "allocations are not counted in this build";
  FieldArena arena;
  const auto burst = [&arena](std::size_t fields) {
    for (std::size_t i = 0; i < fields / 256; ++i) add_header(arena, 256, "n");
    arena.clear();
  };
  burst(FieldArena::kKeptFields);
  const auto kept = heap_allocations();
  burst(FieldArena::kKeptFields);
  EXPECT_EQ(heap_allocations(), kept);
  burst(4 * FieldArena::kKeptFields);
  const auto grown = heap_allocations();
  burst(4 * FieldArena::kKeptFields);
  EXPECT_GT(heap_allocations(), grown);
}

}  // namespace
}  // namespace gantry::remoting
