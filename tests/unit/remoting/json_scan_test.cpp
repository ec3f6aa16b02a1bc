#include "remoting/json_scan.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting::json_scan {
namespace {

// Mostly what is looked for, and what differs from it in one bit.
rc::Gen<std::string> texts() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::element('"', '\\', '\'', 'x', '\x1f', ' '), rc::gen::arbitrary<char>(),
                     rc::gen::element('#', '!', ']', '[', '\xa2', '\xdc')));
}

std::size_t first_of(std::string_view text, auto wanted) {
  return static_cast<std::size_t>(std::ranges::find_if(text, wanted) - text.begin());
}

RC_GTEST_PROP(JsonScan, finds_the_first_byte_to_escape, ()) {
  const std::string text = *texts();
  const char* const end = text.data() + text.size();
  const auto found = static_cast<std::size_t>(find_to_escape(text.data(), end) - text.data());
  RC_ASSERT(found == first_of(text, [](char c) { return c == '"' || c == '\\' || is_control(c); }));
}

RC_GTEST_PROP(JsonScan, finds_the_end_of_a_string_in_single_quotes, ()) {
  const std::string text = *texts();
  const char* const end = text.data() + text.size();
  const auto found = static_cast<std::size_t>(find_single_quote_or_escape(text.data(), end) - text.data());
  RC_ASSERT(found == first_of(text, [](char c) { return c == '\'' || c == '\\'; }));
}

TEST(JsonScan, finds_what_it_looks_for_at_any_place_of_any_length) {
  for (std::size_t size = 0; size < 40; ++size)
    for (std::size_t at = 0; at <= size; ++at) {
      std::string text(size, 'x');
      if (at < size) text[at] = '"';
      EXPECT_EQ(find_to_escape(text.data(), text.data() + size) - text.data(),
                static_cast<std::ptrdiff_t>(at))
          << "of " << size;
    }
}

RC_GTEST_PROP(JsonScan, marks_a_block_alike_by_words_and_by_vectors, ()) {
  std::array<char, kBlock> block{};
  const std::string text = *texts();
  text.copy(block.data(), block.size());
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < kBlock; ++i)
    expected |= std::uint64_t{block[i] == '"' || block[i] == '\\'} << i;
  RC_ASSERT(quotes_and_escapes(block.data()) == expected);
  RC_ASSERT(quotes_and_escapes_by_words(block.data()) == expected);
}

std::vector<std::size_t> all_marks(std::string_view text, std::size_t step) {
  std::vector<std::size_t> found;
  Marks marks;
  const char* const end = text.data() + text.size();
  for (const char* at = marks.next(text.data(), end); at != end;) {
    found.push_back(static_cast<std::size_t>(at - text.data()));
    at = marks.next(at + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(step), end - at), end);
  }
  return found;
}

TEST(JsonScan, goes_from_mark_to_mark_across_blocks) {
  for (const std::size_t gap : {1, 7, 62, 63, 64, 65, 127, 128, 200}) {
    std::string text;
    std::vector<std::size_t> expected;
    for (int i = 0; i < 9; ++i) {
      text.append(gap - 1, 'x');
      expected.push_back(text.size());
      text += i % 2 == 0 ? '"' : '\\';
    }
    EXPECT_EQ(all_marks(text, 1), expected) << "every " << gap;
    text.append(gap, 'x');
    EXPECT_EQ(all_marks(text, 1), expected) << "every " << gap << ", and none at the end";
  }
}

RC_GTEST_PROP(JsonScan, passes_over_what_its_caller_skips, ()) {
  const std::string text = *rc::gen::scale(5.0, texts());
  const auto step = *rc::gen::inRange<std::size_t>(1, 150);
  std::vector<std::size_t> expected;
  for (std::size_t at = text.find_first_of("\"\\"); at != std::string::npos;
       at = text.find_first_of("\"\\", at + step))
    expected.push_back(at);
  RC_ASSERT(all_marks(text, step) == expected);
}

}  // namespace
}  // namespace gantry::remoting::json_scan
