#include "remoting/outbox.h"

#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

void add_frame(Outbox& to, std::string_view head, std::span<const Slice> body = {}) {
  to.add([&](std::string& out) { out += head; }, body);
}

Slice pinned(std::string text) {
  const auto kept = std::make_shared<std::string>(std::move(text));
  return {*kept, kept};
}

// Takes everything out in writes of at most `step` bytes and `pieces` pieces.
std::string sent_in_steps(Outbox& outbox, std::size_t step, std::size_t pieces) {
  std::string all;
  while (!outbox.empty()) {
    std::vector<iovec> room(pieces);
    std::string next;
    for (const auto& piece : std::span(room).first(outbox.gather(room)))
      next.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    if (next.empty()) return all + "<nothing gathered>";
    next.resize(std::min(next.size(), step));
    outbox.sent(next.size());
    all += next;
  }
  return all;
}

TEST(Outbox, copies_what_is_small_and_points_at_what_is_large) {
  const auto large = pinned(std::string(5000, 'L'));
  const Slice small{"small", nullptr};
  Outbox outbox;
  add_frame(outbox, "head1", {{small, large}});
  add_frame(outbox, "head2");
  std::array<iovec, 8> pieces;
  ASSERT_EQ(outbox.gather(pieces), 3u);
  EXPECT_EQ(pieces[1].iov_base, large.bytes.data());
  EXPECT_EQ(outbox.unsent(), 5u + 5u + 5000u + 5u);
}

TEST(Outbox, lets_go_of_a_pin_once_its_bytes_are_sent) {
  auto large = pinned(std::string(2000, 'L'));
  const std::weak_ptr<const void> pin = large.pin;
  Outbox outbox;
  add_frame(outbox, "head", {&large, 1});
  large = {};
  outbox.sent(2003);
  EXPECT_FALSE(pin.expired());
  outbox.sent(1);
  EXPECT_TRUE(pin.expired());
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, is_used_again_after_clear) {
  Outbox outbox;
  add_frame(outbox, "one");
  outbox.sent(3);
  outbox.clear();
  EXPECT_TRUE(outbox.empty());
  add_frame(outbox, "two");
  EXPECT_EQ(sent_in_steps(outbox, 100, 4), "two");
}

RC_GTEST_PROP(Outbox, sends_every_byte_once_and_in_order, ()) {
  Outbox outbox;
  Outbox other;
  std::string expected;
  std::string expected_of_other;
  const auto frames = *rc::gen::container<std::vector<std::vector<int>>>(
      rc::gen::container<std::vector<int>>(rc::gen::element(0, 1, 7, 1023, 1024, 1500, 3000)));
  char fill = 'a';
  for (const auto& sizes : frames) {
    const bool to_other = *rc::gen::arbitrary<bool>();
    std::vector<Slice> body;
    std::string text = "head" + std::to_string(sizes.size());
    const std::string head = text;
    for (const int size : sizes) {
      body.push_back(pinned(std::string(static_cast<std::size_t>(size), fill)));
      if (*rc::gen::arbitrary<bool>()) body.back() = pinned(std::string(body.back().bytes));
      text += body.back().bytes;
      fill = fill == 'z' ? 'a' : static_cast<char>(fill + 1);
    }
    add_frame(to_other ? other : outbox, head, body);
    (to_other ? expected_of_other : expected) += text;
  }
  // The other one is taken over when a part of it has been sent already.
  const auto already = *rc::gen::inRange<std::size_t>(0, expected_of_other.size() + 1);
  std::size_t left = already;
  while (left != 0) {
    std::array<iovec, 8> pieces;
    std::size_t gathered = 0;
    for (const auto& piece : std::span(pieces).first(other.gather(pieces))) gathered += piece.iov_len;
    const auto step = std::min(left, gathered);
    other.sent(step);
    left -= step;
  }
  outbox.take(std::move(other));
  expected += expected_of_other.substr(already);
  RC_ASSERT(outbox.unsent() == expected.size());
  const auto step = *rc::gen::inRange<std::size_t>(1, 4000);
  const auto pieces = *rc::gen::inRange<std::size_t>(2, 6);
  RC_ASSERT(sent_in_steps(outbox, step, pieces) == expected);
}

}  // namespace
}  // namespace gantry::remoting
