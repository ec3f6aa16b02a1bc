// The bytes of a log file, put together record by record.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "remoting/message_record.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

class SomeLogFile {
 public:
  explicit SomeLogFile(std::int64_t file_size, api::LogOffset start = {})
      : start(start), bytes(static_cast<std::size_t>(file_size), '\0') {}

  // Its place. What the record says of itself can be set; its physical offset is its place.
  api::LogOffset add(std::string_view body, remoting::MessageRecord record = {}) {
    return add_as(body, end, record);
  }
  // With another physical offset than its place.
  api::LogOffset add_moved(std::string_view body, std::int64_t physical_offset) {
    remoting::MessageRecord record;
    record.physical_offset = physical_offset;
    return put(body, record);
  }
  // One that is so large in all.
  api::LogOffset add_of_size(std::int64_t size) {
    return add(std::string(static_cast<std::size_t>(size) - 91 - kTopic.size() - kProperties.size(), 'b'));
  }
  void add_blank() {
    const std::int64_t rest = file_size() - end;
    remoting::store_i32(at(end), static_cast<std::int32_t>(rest));
    remoting::store_i32(at(end) + 4, remoting::record_layout::kBlankMagic);
    places.push_back(start + end);
    end = file_size();
  }

  std::int64_t file_size() const { return static_cast<std::int64_t>(bytes.size()); }
  char* at(std::int64_t place) { return bytes.data() + place; }
  char* at(api::LogOffset place) { return at(place - start); }
  void zero(std::int64_t from, std::int64_t to) { std::fill(at(from), at(to), '\0'); }

  static constexpr std::string_view kTopic = "orders";
  static constexpr std::string_view kProperties = "KEYS\1a";  // so that no record ends in zeros

  const api::LogOffset start;
  std::string bytes;
  std::int64_t end = 0;                // in the file
  std::vector<api::LogOffset> places;  // of all that was added

 private:
  api::LogOffset add_as(std::string_view body, std::int64_t place, remoting::MessageRecord record) {
    record.physical_offset = (start + place).value;
    return put(body, record);
  }
  api::LogOffset put(std::string_view body, remoting::MessageRecord record) {
    record.body = body;
    if (record.topic.empty()) record.topic = kTopic;
    if (record.properties.empty()) record.properties = kProperties;
    const auto room = std::span(at(end), static_cast<std::size_t>(file_size() - end));
    const auto size = remoting::encode_to(room, record).value();
    const api::LogOffset place = start + end;
    places.push_back(place);
    end += static_cast<std::int64_t>(size.total());
    return place;
  }
};

}  // namespace gantry::store
