#include "logging/capturing_logger.h"

#include "logging/line.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace gantry::logging {

struct CapturingLogger::Record {
  explicit Record(Level from_level) : from(from_level) {}

  const Level from;
  std::mutex mutex;
  std::condition_variable added;
  std::deque<CapturedLine> lines;  // guarded by mutex
};

std::string CapturedLine::field(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
  return found == fields.end() ? std::string() : found->second;
}

CapturingLogger::CapturingLogger(Level from) : record_(std::make_shared<Record>(from)) {
}

CapturingLogger::CapturingLogger(std::shared_ptr<Record> record, std::string part)
    : record_(std::move(record)), part_(std::move(part)) {
}

std::vector<CapturedLine> CapturingLogger::lines() const {
  const std::lock_guard lock(record_->mutex);
  return {record_->lines.begin(), record_->lines.end()};
}

std::size_t CapturingLogger::count(std::string_view message) const {
  const std::lock_guard lock(record_->mutex);
  return static_cast<std::size_t>(
      std::count_if(record_->lines.begin(), record_->lines.end(),
                    [&](const CapturedLine& line) { return line.message == message; }));
}

std::optional<CapturedLine> CapturingLogger::wait_for(const Wanted& wanted,
                                                      std::chrono::milliseconds at_most) const {
  std::unique_lock lock(record_->mutex);
  std::size_t seen = 0;
  std::optional<CapturedLine> found;
  record_->added.wait_for(lock, at_most, [&] {
    for (; !found && seen < record_->lines.size(); ++seen)
      if (wanted(record_->lines[seen])) found = record_->lines[seen];
    return found.has_value();
  });
  return found;
}

std::optional<CapturedLine> CapturingLogger::wait_for(std::string_view message,
                                                      std::chrono::milliseconds at_most) const {
  return wait_for([&](const CapturedLine& line) { return line.message == message; }, at_most);
}

bool CapturingLogger::enabled(Level level) const {
  return level >= record_->from;
}

std::unique_ptr<Logger> CapturingLogger::named(std::string_view part) const {
  std::string full = part_.empty() ? std::string(part) : part_ + "." + std::string(part);
  return std::unique_ptr<Logger>(new CapturingLogger(record_, std::move(full)));
}

void CapturingLogger::write(Level level, std::string_view message, std::span<const LogField> fields) {
  CapturedLine line{level, part_, std::string(message), {}};
  for (const auto& field : fields) {
    std::string value;
    append_value(value, field.value);
    line.fields.emplace_back(field.name, std::move(value));
  }
  const std::lock_guard lock(record_->mutex);
  record_->lines.push_back(std::move(line));
  record_->added.notify_all();
}

}  // namespace gantry::logging
