// The body of a batch send: messages of one topic, which share all that the request's header says.
// Read where it lies; views point into the body and live as long as it. Any thread.
//
//   repeated:   i32 size   i32 0   i32 0   i32 flag   i32 + body   i16 + properties
//
// The two zeros are where a record has its magic number and CRC; readers ignore them. Apache ignores the
// size too; here it must be right, since every known client writes it so and 5.x brokers step by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

struct BatchItem {
  std::int32_t flag = 0;  // the application's own
  std::string_view body{};
  std::string_view properties{};

  bool operator==(const BatchItem&) const = default;
};

struct BatchError {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  enum class Defect {
    size,               // smaller than an empty item, or not what its parts add up to; encoding: too large
    body_length,        // negative or past the item's end
    properties_length,  // likewise; encoding: too large
    cut_off,            // the body ends inside an item
  };

  Defect defect{};
  std::size_t at = kNowhere;  // the byte of the batch body; kNowhere when encoding
  std::int64_t value = 0;     // what stands there
  std::int64_t bound = 0;     // what would be right: the least, the most or the only value

  std::string str() const;  // "batch: body length 70000 at byte 138: 0 to 45 would fit"
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const BatchError& error, const boost::source_location& where);

// Walks the items of a batch body; see RecordWalker. An empty body has none and no error.
class BatchWalker {
 public:
  explicit BatchWalker(std::string_view body) : body_(body) {}

  // nullopt at the end and, from then on, at the first defect.
  std::optional<BatchItem> next();
  const std::optional<BatchError>& error() const { return error_; }

 private:
  std::optional<BatchItem> fail(BatchError::Defect defect, std::size_t at, std::int64_t value,
                                std::int64_t bound);

  std::string_view body_;
  std::size_t position_ = 0;
  std::optional<BatchError> error_;
};

// Errors: properties longer than 32767 bytes, an item of 2 GiB or more; `batch` is then as it was.
boost::system::result<void, BatchError> append_batch_item(std::string& batch, const BatchItem& item);

}  // namespace gantry::remoting
