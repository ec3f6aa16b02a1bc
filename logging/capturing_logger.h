// A Logger for tests: keeps every line as data, and lets a test wait for one instead of sleeping.
//
//   CapturingLogger log;
//   Server server(log, ...);
//   send_garbage(server);
//   ASSERT_TRUE(log.wait_for("connection closed"));
//   EXPECT_EQ(log.lines().back().field("peer"), "127.0.0.1:5123");
//
// Any thread. Children made by named() write to the same record, and may outlive this one.
#pragma once

#include "logging/logger.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::logging {

struct CapturedLine {
  Level level;
  std::string part;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // values as the human form writes them

  // Empty when the line has no such field.
  std::string field(std::string_view name) const;
};

class CapturingLogger final : public Logger {
 public:
  explicit CapturingLogger(Level from = Level::debug);

  std::vector<CapturedLine> lines() const;
  std::size_t count(std::string_view message) const;

  // The first line that fits, past or future; nullopt when none has come after `at_most`, which only a
  // failing test ever waits for.
  using Wanted = std::function<bool(const CapturedLine&)>;
  std::optional<CapturedLine> wait_for(const Wanted& wanted,
                                       std::chrono::milliseconds at_most = std::chrono::seconds(10)) const;
  std::optional<CapturedLine> wait_for(std::string_view message,
                                       std::chrono::milliseconds at_most = std::chrono::seconds(10)) const;

  bool enabled(Level level) const override;
  std::unique_ptr<Logger> named(std::string_view part) const override;

 private:
  struct Record;

  CapturingLogger(std::shared_ptr<Record> record, std::string part);
  void write(Level level, std::string_view message, std::span<const LogField> fields) override;

  std::shared_ptr<Record> record_;
  std::string part_;
};

}  // namespace gantry::logging
