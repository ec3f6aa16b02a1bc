#include "remoting/message_batch.h"

#include "remoting/byte_order.h"
#include "remoting/message_properties.h"

#include <limits>
#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::remoting {
namespace {

using boost::system::result;
using Defect = BatchError::Defect;

constexpr std::size_t kFlagAt = 12;
constexpr std::size_t kBodyLengthAt = 16;
constexpr std::size_t kBodyAt = 20;
constexpr std::size_t kEmptyItem = kBodyAt + 2;

}  // namespace

std::optional<BatchItem> BatchWalker::next() {
  if (error_ || position_ == body_.size()) return std::nullopt;
  const std::string_view rest = body_.substr(position_);
  const auto left = static_cast<std::int64_t>(rest.size());
  constexpr auto kLeast = static_cast<std::int64_t>(kEmptyItem);
  if (left < kLeast) return fail(Defect::cut_off, position_, kLeast, left);

  const std::int64_t size = load_i32(rest.data());
  if (size < kLeast) return fail(Defect::size, position_, size, kLeast);
  if (size > left) return fail(Defect::cut_off, position_, size, left);

  const std::int64_t body = load_i32(rest.data() + kBodyLengthAt);
  const std::int64_t room = size - kLeast;
  if (body < 0 || body > room) return fail(Defect::body_length, position_ + kBodyLengthAt, body, room);
  const std::size_t properties_at = kBodyAt + static_cast<std::size_t>(body);
  const std::int64_t properties = load_i16(rest.data() + properties_at);
  if (properties < 0 || properties > room - body)
    return fail(Defect::properties_length, position_ + properties_at, properties, room - body);
  if (properties != room - body) return fail(Defect::size, position_, size, kLeast + body + properties);

  position_ += static_cast<std::size_t>(size);
  return BatchItem{.flag = load_i32(rest.data() + kFlagAt),
                   .body = rest.substr(kBodyAt, static_cast<std::size_t>(body)),
                   .properties = rest.substr(properties_at + 2, static_cast<std::size_t>(properties))};
}

std::optional<BatchItem> BatchWalker::fail(Defect defect, std::size_t at, std::int64_t value,
                                           std::int64_t bound) {
  error_ = BatchError{defect, at, value, bound};
  return std::nullopt;
}

result<void, BatchError> append_batch_item(std::string& batch, const BatchItem& item) {
  const auto too_large = [](Defect defect, std::size_t size, std::size_t most) {
    return BatchError{defect, BatchError::kNowhere, static_cast<std::int64_t>(size),
                      static_cast<std::int64_t>(most)};
  };
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  const std::size_t size = kEmptyItem + item.body.size() + item.properties.size();
  if (item.properties.size() > kMaxPropertiesSize)
    return too_large(Defect::properties_length, item.properties.size(), kMaxPropertiesSize);
  if (size > kMost) return too_large(Defect::size, size, kMost);

  append_i32(batch, static_cast<std::int32_t>(size));
  append_i32(batch, 0);
  append_i32(batch, 0);
  append_i32(batch, item.flag);
  append_i32(batch, static_cast<std::int32_t>(item.body.size()));
  batch.append(item.body);
  append_i16(batch, static_cast<std::int16_t>(item.properties.size()));
  batch.append(item.properties);
  return {};
}

std::string BatchError::str() const {
  const bool encoding = at == kNowhere;
  const std::string place = encoding ? "" : " at byte " + std::to_string(at);
  const std::string is = std::to_string(value) + place + ": ";
  const std::string right = std::to_string(bound);
  const std::string fits = encoding ? "at most " + right : "0 to " + right + " would fit";
  switch (defect) {
    case Defect::size:
      return "batch: item size " + is + (encoding ? fits : "its parts add up to " + right);
    case Defect::body_length:
      return "batch: body length " + is + fits;
    case Defect::properties_length:
      return "batch: properties length " + is + fits;
    case Defect::cut_off:
      return "batch: item of size " + is + "only " + right + " bytes are there";
  }
  return {};
}

void throw_exception_from_error(const BatchError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
