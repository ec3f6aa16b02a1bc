// Extension point: a language in which consumers say which messages they want. TAG is the kernel's own.
#pragma once

#include "kernel/api/refusal.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gantry::api {

// What the queue knows of a message without touching the log.
struct QueueEntry {
  std::int64_t tags_code = 0;
  std::uint32_t size = 0;
};

enum class Verdict : std::uint8_t { no, yes };

// One compiled expression. Thread: any number at once; it must not wait, and not keep what it is shown.
class Filter {
 public:
  virtual ~Filter() = default;

  // A first look: `no` only where the entry alone rules the message out. Both spans have the same length.
  virtual void judge_entries(std::span<const QueueEntry> entries, std::span<Verdict> verdicts) const {
    static_cast<void>(entries);
    for (Verdict& verdict : verdicts) verdict = Verdict::yes;
  }

  // The verdict. An exception lets all of them through: their consumer sees too much, and loses nothing.
  virtual void judge(std::span<const remoting::MessageRecordView> records,
                     std::span<Verdict> verdicts) const = 0;
};

struct FilterSource {
  std::string_view group;
  std::string_view topic;
  std::string_view expression;
};

// Thread: any number at once.
class FilterLanguage {
 public:
  virtual ~FilterLanguage() = default;

  // The expression type of a subscription: "SQL92".
  virtual std::string_view name() const = 0;

  // The error is for whoever wrote the expression: where it is wrong, and what would be right.
  virtual Result<std::shared_ptr<const Filter>> compile(const FilterSource& source) = 0;
};

}  // namespace gantry::api
