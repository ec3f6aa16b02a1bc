// Messages as they lie in a log, for a test's calls of what takes views of them.
#pragma once

#include "remoting/message_record_view.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api::testing {

// Throws when a record is too large to be one. The views live as long as this object.
class EncodedRecords {
 public:
  explicit EncodedRecords(std::span<const remoting::MessageRecord> records) {
    for (const auto& record : records) {
      std::string& bytes = bytes_.emplace_back(remoting::encoded_size(record).value().total(), '\0');
      remoting::encode_to(bytes, record).value();
    }
    for (const std::string& bytes : bytes_) views_.push_back(remoting::decode_record(bytes).record);
  }
  EncodedRecords(const EncodedRecords&) = delete;
  EncodedRecords& operator=(const EncodedRecords&) = delete;

  std::span<const remoting::MessageRecordView> views() const { return views_; }

 private:
  std::vector<std::string> bytes_;
  std::vector<remoting::MessageRecordView> views_;
};

}  // namespace gantry::api::testing
