// A log in memory, in files as a store has them: for tests of what copies a log, or receives one.
//
//   MemoryRawLog log;
//   context.with_raw_log(log);
//   log.add({{.body = "x", .topic = "orders"}});
#pragma once

#include "kernel/api/raw_log.h"
#include "remoting/message_record_view.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::api::testing {

// One thread: the test's. A slice's pin is a copy of its bytes.
class MemoryRawLog final : public RawLog {
 public:
  explicit MemoryRawLog(ByteSize file_size = ByteSize::mib(1))
      : file_size_(static_cast<std::int64_t>(file_size.bytes())) {}

  // As if a burst of messages had been stored: at the end, each with its place, in a new file where it does
  // not fit into the last one.
  void add(const std::vector<remoting::MessageRecord>& records) {
    for (const auto& record : records) {
      std::string bytes(remoting::encoded_size(record).value().total(), '\0');
      remoting::encode_to(bytes, record).value();
      if (static_cast<std::int64_t>(bytes.size()) + kBlank > file_size_)
        throw std::invalid_argument("a record is larger than a file of this log");
      if (room() < static_cast<std::int64_t>(bytes.size()) + kBlank) roll();
      remoting::stamp_physical_offset(bytes.data(), end().value);
      bytes_ += bytes;
    }
    tell();
  }

  // As retention does: what lies before `at` is gone.
  void remove_before(LogOffset at) {
    bytes_.erase(0, static_cast<std::size_t>(at - first_));
    first_ = at;
  }

  // The disk cannot be read, or whatever `why` says: until refuse({}).
  void refuse(std::optional<Refusal> why) { refusing_ = std::move(why); }

  std::string_view bytes() const { return bytes_; }  // from first() to end()

  LogOffset first() const override { return first_; }
  LogOffset end() const override { return first_ + static_cast<std::int64_t>(bytes_.size()); }

  Result<remoting::Slice> read(LogOffset from, ByteSize most) override {
    if (refusing_) return *refusing_;
    if (from < first_ || from > end()) return outside(from);
    const auto rest = std::string_view(bytes_).substr(static_cast<std::size_t>(from - first_));
    std::size_t whole = 0;
    while (whole < rest.size()) {
      const auto next = remoting::decode_record(rest.substr(whole));
      if (whole > 0 && whole + next.size > most.bytes()) break;
      whole += next.size;
      if (next.outcome == remoting::DecodedRecord::Outcome::blank) break;
    }
    const auto pin = std::make_shared<const std::string>(rest.substr(0, whole));
    return remoting::Slice{.bytes = *pin, .pin = pin};
  }

  void append(LogOffset at, std::string_view bytes, Completion<void> done) override {
    if (refusing_) return done.fail(*refusing_);
    if (at != end()) return done.fail(outside(at));
    bytes_ += bytes;
    tell();
    done.succeed();
  }

  std::shared_ptr<void> watch(std::function<void(LogOffset end)> told) override {
    auto added = std::make_shared<std::function<void(LogOffset)>>(std::move(told));
    watchers_.push_back(added);
    return added;
  }

  Result<void> truncate(LogOffset from) override {
    if (refusing_) return *refusing_;
    if (from < first_ || from > end()) return outside(from);
    bytes_.resize(static_cast<std::size_t>(from - first_));
    return {};
  }

 private:
  static constexpr auto kBlank = static_cast<std::int64_t>(remoting::record_layout::kBlankSize);

  std::int64_t room() const { return file_size_ - end().value % file_size_; }
  void roll() {
    std::string blank(static_cast<std::size_t>(room()), '\0');
    remoting::store_i32(blank.data(), static_cast<std::int32_t>(blank.size()));
    remoting::store_i32(blank.data() + 4, remoting::record_layout::kBlankMagic);
    bytes_ += blank;
  }
  Refusal outside(LogOffset at) const {
    return {.text = "the log has " + std::to_string(first_.value) + " to " + std::to_string(end().value) +
                    ", and " + std::to_string(at.value) + " was asked for"};
  }
  void tell() const {
    for (const auto& one : watchers_)
      if (const auto told = one.lock()) (*told)(end());
  }

  const std::int64_t file_size_;
  LogOffset first_;
  std::string bytes_;
  std::vector<std::weak_ptr<std::function<void(LogOffset)>>> watchers_;
  std::optional<Refusal> refusing_;
};

}  // namespace gantry::api::testing
