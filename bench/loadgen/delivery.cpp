#include "bench/loadgen/delivery.h"

#include "bench/loadgen/ask.h"
#include "bench/loadgen/consumer.h"
#include "bench/loadgen/messages.h"
#include "bench/loadgen/topic_name.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

constexpr std::chrono::milliseconds kPatience = 10s;
constexpr std::string_view kGroup = "bench-delivery";
// The end of a sleep is not exact: the last part of the wait is spent looking at the clock.
constexpr std::chrono::nanoseconds kSpin = 200us;

std::uint64_t max_offset(const ReceivedFrame& answer) {
  const auto text = header_field(answer, "maxOffset");
  std::uint64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
    throw std::runtime_error("a pull's answer without maxOffset, code " + std::to_string(answer.code) + ": " +
                             std::string(answer.remark));
  return value;
}

void wait_until(TimePoint start) {
  const TimePoint now = Clock::now();
  if (start - now > kSpin) std::this_thread::sleep_for(start - now - kSpin);
  while (Clock::now() < start) {
  }
}

class Measurement {
 public:
  explicit Measurement(const DeliveryPlan& plan)
      : plan_(plan),
        body_(message_body(plan.body_bytes)),
        message_(
            Frame::build(send_command({.topics = 1, .queues = 1, .body_bytes = plan.body_bytes}, 0, 0, 1),
                         Encoding::json)),
        producer_(connect_to(plan.server)),
        consumer_(connect_to(plan.server)) {
    set_receive_timeout(producer_, kPatience);
    set_receive_timeout(consumer_, kPatience);
    send_message();
    accept_sent(next_answer(producer_, from_producer_));
    ask(consumer_, heartbeat("192.0.2.9@delivery", kGroup, topic_), from_consumer_);
    pull(0ms);
    offset_ = max_offset(next_answer(consumer_, from_consumer_));
  }

  DeliveryResult result() {
    const auto interval =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / plan_.rate));
    const TimePoint measure_from = Clock::now() + plan_.warmup;
    const TimePoint end = measure_from + plan_.duration;
    for (TimePoint due = Clock::now(); due < end; due += interval) {
      pull(15s);
      wait_until(due);
      one_message(due >= measure_from);
    }
    return std::move(result_);
  }

 private:
  void pull(std::chrono::milliseconds suspend) {
    std::string bytes;
    Frame::build(pull_command({.group = kGroup, .topic = topic_, .offset = offset_, .suspend = suspend}),
                 Encoding::json)
        .append_to(bytes, Frame::kFirstOpaque);
    send_all(consumer_, bytes);
  }

  void send_message() {
    std::string bytes;
    message_.append_to(bytes, Frame::kFirstOpaque + static_cast<std::uint32_t>(sent_++ % Frame::kOpaques));
    send_all(producer_, bytes);
  }

  void one_message(bool counts) {
    const TimePoint start = Clock::now();
    send_message();
    std::array<pollfd, 2> waited{{{producer_.fd(), POLLIN, 0}, {consumer_.fd(), POLLIN, 0}}};
    for (int answers = 0; answers < 2;) {
      const int ready = ::poll(waited.data(), waited.size(), static_cast<int>(kPatience.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) throw std::system_error(errno, std::generic_category(), "poll");
      if (ready == 0) throw std::runtime_error("a message was sent, and an answer did not come in 10 s");
      const TimePoint now = Clock::now();
      if (waited[0].revents != 0) {
        accept_sent(next_answer(producer_, from_producer_));
        if (counts) result_.send.record(now - start);
        waited[0].fd = -1;
        ++answers;
      }
      // What is there may be no answer, but word of other consumers: next_answer() goes on to wait then.
      if (waited[1].revents != 0) {
        accept_delivered(next_answer(consumer_, from_consumer_));
        if (counts) result_.delivery.record(Clock::now() - start);
        waited[1].fd = -1;
        ++answers;
      }
    }
  }

  static void accept_sent(const ReceivedFrame& answer) {
    if (answer.code != 0)
      throw std::runtime_error("a message was not taken, code " + std::to_string(answer.code) + ": " +
                               std::string(answer.remark));
  }

  void accept_delivered(const ReceivedFrame& answer) {
    const auto record = read_record(answer.body);
    if (answer.code != 0 || !record || record->size != answer.body.size() ||
        record->offset != static_cast<std::int64_t>(offset_) || record->body != body_)
      throw std::runtime_error("a waiting pull was not answered with the message at offset " +
                               std::to_string(offset_) + " and no other: code " +
                               std::to_string(answer.code) + ", a body of " +
                               std::to_string(answer.body.size()) + " bytes");
    ++offset_;
  }

  const DeliveryPlan& plan_;
  const std::string topic_ = topic_name(0);
  const std::string body_;
  const Frame message_;
  Socket producer_;
  Socket consumer_;
  std::string from_producer_;
  std::string from_consumer_;
  std::uint64_t sent_ = 0;
  std::uint64_t offset_ = 0;
  DeliveryResult result_;
};

}  // namespace

DeliveryResult measure_delivery(const DeliveryPlan& plan) {
  return Measurement(plan).result();
}

}  // namespace gantry::bench
