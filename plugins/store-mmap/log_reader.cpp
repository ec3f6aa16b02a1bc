#include "plugins/store-mmap/log_reader.h"

#include "remoting/message_record_view.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {
namespace {

using remoting::DecodedRecord;
namespace layout = remoting::record_layout;

constexpr std::size_t kSmallestRecord = 91;

bool record_magic(std::int32_t magic) {
  return magic == static_cast<std::int32_t>(remoting::RecordVersion::v1) ||
         magic == static_cast<std::int32_t>(remoting::RecordVersion::v2);
}

std::string wrong_blank(std::size_t size, std::size_t rest) {
  return "a blank of " + std::to_string(size) + " bytes is there, and its file has " + std::to_string(rest) +
         " left";
}

std::string cut_short(std::size_t size) {
  return "a message of " + std::to_string(size) +
         " bytes should begin there, and the log ends before it does";
}

}  // namespace

api::Refusal unreadable(api::LogOffset at, const std::string& why) {
  return {remoting::ResponseCode::system_error,
          "the log cannot be read at " + std::to_string(at.value) + ": " + why};
}

api::Result<LogReader::Visit::Moved> LogReader::Visit::move_to(api::LogOffset at, Wait wait) {
  if (file_ && at >= file_->start() && at < file_->end()) return Moved::there;
  if (auto failed_there = failed()) return *failed_there;  // the next mapping would not tell
  auto file = reader_.files_.holding(at);
  if (!file) {
    if (at < reader_.first()) return Moved::gone;
    return unreadable(at, "no file holds that place, the log ends at " + std::to_string(reader_.end().value));
  }
  auto mapping = reader_.files_.mapped(file);
  if (!mapping) {
    if (wait == Wait::no) return Moved::would_wait;
    auto mapped = reader_.files_.map(file);
    // Retention takes a file out of the row, and then from the disk; maybe after it was found in the row.
    if (!mapped && at < reader_.first()) return Moved::gone;
    if (!mapped) return unreadable(at, mapped.error().text);
    mapping = std::move(*mapped);
  }
  file_ = std::move(file);
  mapping_ = std::move(mapping);
  return Moved::there;
}

bool LogReader::Visit::all_resident(api::LogOffset from, api::LogOffset to) {
  const auto moved = move_to(from, Wait::no);
  if (!moved || *moved != Moved::there || to > file_->end()) return false;
  if (!mapping_->resident(from - file_->start(), static_cast<std::size_t>(to - from))) return false;
  resident_from_ = from;
  resident_to_ = to;
  return true;
}

api::Result<LogReader::Found> LogReader::Visit::bytes(api::LogOffset at, std::size_t size, Wait wait) {
  auto moved = move_to(at, wait);
  if (!moved) return moved.error();
  if (*moved == Moved::gone) return Found{Found::What::gone, {}};
  if (*moved == Moved::would_wait) return Found{Found::What::would_wait, {}};
  const auto end = at + static_cast<std::int64_t>(size);
  if (end > file_->end())
    return unreadable(at, std::to_string(size) + " bytes do not fit " + file_->path().string());
  const std::int64_t in_file = at - file_->start();
  const bool known =
      reader_.positions_.written.load(std::memory_order_relaxed) - at.value <= kSurelyResident ||
      (at >= resident_from_ && end <= resident_to_);
  if (!known && !mapping_->resident(in_file, size)) {
    if (wait == Wait::no) return Found{Found::What::would_wait, {}};
    if (auto in = mapping_->bring_in(in_file, size); !in) return unreadable(at, in.error().text);
  }
  return Found{Found::What::bytes, mapping_->bytes(in_file, size)};
}

std::optional<api::Refusal> LogReader::Visit::failed() const {
  if (!mapping_ || !mapping_->failed()) return std::nullopt;
  return unreadable(file_->start(), "the disk failed to bring in a part of " + file_->path().string());
}

api::Result<LogReader::Found> LogReader::Visit::record(api::LogOffset at, std::size_t size, Wait wait) {
  auto found = bytes(at, size, wait);
  if (!found || found->what != Found::What::bytes) return found;
  const char* head = found->bytes.data();
  if (size < kSmallestRecord ||
      remoting::load_i32(head + layout::kTotalSize) != static_cast<std::int32_t>(size) ||
      !record_magic(remoting::load_i32(head + layout::kMagic)) ||
      remoting::load_i64(head + layout::kPhysicalOffset) != at.value) {
    if (auto failed_now = failed()) return *failed_now;
    return unreadable(at, "no message of " + std::to_string(size) + " bytes begins there, in " +
                              file_->path().string() + "; gantry store check tells more");
  }
  return found;
}

api::Result<api::StoredMessage> LogReader::message(api::LogOffset at) {
  const auto none = [at] {
    return api::Refusal{remoting::ResponseCode::query_not_found,
                        "no message begins at " + std::to_string(at.value) + " of the log"};
  };
  if (at < first() || at >= end()) return none();
  Visit visit(*this);
  auto head = visit.bytes(at, layout::kBlankSize, Wait::yes);
  if (!head) return head.error();
  if (head->what != Found::What::bytes) return none();
  const std::int32_t size = remoting::load_i32(head->bytes.data());
  if (size < static_cast<std::int32_t>(kSmallestRecord) ||
      !record_magic(remoting::load_i32(head->bytes.data() + 4)) || at + size > end())
    return none();
  auto found = visit.bytes(at, static_cast<std::size_t>(size), Wait::yes);
  if (!found || found->what != Found::What::bytes) return none();
  const DecodedRecord decoded = remoting::decode_record(found->bytes, remoting::BodyCrc::checked);
  if (auto failed = visit.failed()) return *failed;
  // Bytes that merely look like a record have another place written in them.
  if (remoting::load_i64(found->bytes.data() + layout::kPhysicalOffset) != at.value) return none();
  if (decoded.outcome != DecodedRecord::Outcome::record)
    return unreadable(at, "the message there is damaged: " + decoded.error.str());
  return api::StoredMessage{at, {found->bytes, visit.pin()}, decoded.record};
}

api::Result<std::int64_t> LogReader::stored_at(api::LogOffset at) {
  Visit visit(*this);
  auto head = visit.bytes(at, layout::kSysFlag + 4, Wait::yes);
  if (!head) return head.error();
  if (head->what != Found::What::bytes) return unreadable(at, "it was removed");
  const remoting::SysFlag flag(remoting::load_i32(head->bytes.data() + layout::kSysFlag));
  const std::size_t place = layout::store_timestamp(flag);
  auto found = visit.bytes(at, place + 8, Wait::yes);
  if (!found) return found.error();
  const std::int64_t stored = remoting::load_i64(found->bytes.data() + place);
  if (auto failed = visit.failed()) return *failed;
  return stored;
}

api::Result<api::LogOffset> LogReader::walk(api::LogOffset from, std::size_t most,
                                            const std::function<void(std::span<const api::LogEntry>)>& each) {
  const api::LogOffset stop = end();
  api::LogOffset at = from;
  std::vector<api::LogEntry> entries;
  Visit visit(*this);
  while (entries.empty()) {
    at = std::max(at, first());
    if (at >= stop) break;
    const auto file = files_.holding(at);
    if (!file && at < first()) continue;  // retention took it: the log begins further on
    if (!file) break;
    const auto left = static_cast<std::size_t>(std::min(stop, file->end()) - at);
    auto found = visit.bytes(at, std::min(left, most), Wait::yes);
    if (!found) return found.error();
    if (found->what != Found::What::bytes) continue;  // the same, a moment later
    DecodedRecord decoded = remoting::decode_record(found->bytes);
    if (decoded.outcome == DecodedRecord::Outcome::needs_more && decoded.size <= left) {
      found = visit.bytes(at, decoded.size, Wait::yes);  // one record larger than `most`
      if (!found) return found.error();
      decoded = remoting::decode_record(found->bytes);
    }
    std::string_view rest = found->bytes;
    for (; decoded.outcome == DecodedRecord::Outcome::record; decoded = remoting::decode_record(rest)) {
      entries.push_back({at, static_cast<std::uint32_t>(decoded.size), decoded.record});
      at = at + static_cast<std::int64_t>(decoded.size);
      rest.remove_prefix(decoded.size);
    }
    if (auto failed = visit.failed()) return *failed;
    if (decoded.outcome == DecodedRecord::Outcome::blank) {
      const auto rest = static_cast<std::size_t>(file->end() - at);
      if (decoded.size == rest) {
        at = file->end();
      } else if (entries.empty()) {
        return unreadable(at, wrong_blank(decoded.size, rest));
      }
    }
    if (decoded.outcome == DecodedRecord::Outcome::damaged && entries.empty())
      return unreadable(at, decoded.error.str());
    if (decoded.outcome == DecodedRecord::Outcome::needs_more && entries.empty())
      return unreadable(at, cut_short(decoded.size));
  }
  each(entries);
  return at;
}

api::Result<remoting::Slice> LogReader::raw(api::LogOffset from, std::size_t most) {
  if (from < first() || from > end())
    return unreadable(from,
                      "the log has " + std::to_string(first().value) + " to " + std::to_string(end().value));
  if (from == end()) return remoting::Slice{};
  const auto file = files_.holding(from);
  if (!file) return unreadable(from, "it was removed");
  const auto left = static_cast<std::size_t>(std::min(end(), file->end()) - from);
  Visit visit(*this);
  auto found = visit.bytes(from, std::min(left, most), Wait::yes);
  if (!found) return found.error();
  if (found->what != Found::What::bytes) return unreadable(from, "it was removed");
  std::size_t whole = 0;
  while (whole < found->bytes.size()) {
    const DecodedRecord decoded = remoting::decode_record(found->bytes.substr(whole));
    const api::LogOffset at = from + static_cast<std::int64_t>(whole);
    const auto rest = static_cast<std::size_t>(file->end() - at);
    std::string damage;
    if (decoded.outcome == DecodedRecord::Outcome::damaged) damage = decoded.error.str();
    if (decoded.outcome == DecodedRecord::Outcome::blank && decoded.size != rest)
      damage = wrong_blank(decoded.size, rest);
    if (damage.empty() && decoded.size > left - whole) damage = cut_short(decoded.size);
    // What is whole before it comes first; who goes on there is told.
    if (!damage.empty() && whole == 0) return unreadable(at, damage);
    if (!damage.empty()) break;
    if (whole == 0 && decoded.size > found->bytes.size()) {
      found = visit.bytes(from, decoded.size, Wait::yes);  // one record larger than `most`
      if (!found) return found.error();
      continue;
    }
    if (decoded.outcome == DecodedRecord::Outcome::needs_more || whole + decoded.size > found->bytes.size())
      break;
    whole += decoded.size;
  }
  if (auto failed = visit.failed()) return *failed;
  return remoting::Slice{found->bytes.substr(0, whole), visit.pin()};
}

}  // namespace gantry::store
