#include "tests/interop/store/listing.h"

#include "remoting/compression.h"
#include "remoting/message_id.h"
#include "remoting/message_properties.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::interop {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr ByteSize kMostBody = ByteSize::mib(4);

std::string hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
  return out;
}

// As it is, but for what separates things in a listing and what is not printable ASCII.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < '\x7f' && c != '%' && c != ';' && c != '=') {
      out += c;
    } else {
      out += '%' + hex({&c, 1});
    }
  }
  return out;
}

std::string unplain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return out;
}

std::string host(const remoting::HostAddress& address) {
  return hex(address.ip_bytes()) + ':' + std::to_string(address.port());
}

std::string properties(std::string_view text) {
  std::map<std::string_view, std::string_view> sorted;
  for (const auto& [name, value] : remoting::PropertyRange(text)) sorted[name] = value;
  std::string out;
  for (const auto& [name, value] : sorted) out += plain(name) + '=' + plain(value) + ';';
  return out;
}

std::string body(const remoting::MessageRecordView& record) {
  if (!record.sys_flag().compressed()) return hex(record.body());
  const auto type = record.sys_flag().compression_type().value();
  return hex(remoting::decompress(type, record.body(), kMostBody).value());
}

remoting::MessageId id_of(const remoting::MessageRecordView& record) {
  return {.store_host = record.store_host(), .physical_offset = record.physical_offset()};
}

std::string described(const remoting::MessageRecordView& record) {
  std::ostringstream out;
  out << "message " << record.topic() << ' ' << record.queue_id() << ' ' << record.queue_offset()
      << " at=" << record.physical_offset() << " id=" << id_of(record).text().view()
      << " size=" << record.bytes().size() << " crc=" << record.body_crc()
      << " sysflag=" << record.sys_flag().bits() << " flag=" << record.flag()
      << " born=" << record.born_timestamp() << '@' << host(record.born_host())
      << " stored=" << record.store_timestamp() << '@' << host(record.store_host())
      << " reconsumed=" << record.reconsume_times() << " prepared=" << record.prepared_transaction_offset()
      << " properties=" << properties(record.properties()) << " body=" << body(record);
  return out.str();
}

// Messages with one tag, found as a broker finds them: by the code in the queue's entry, then by the word.
class TagFilter final : public api::Filter {
 public:
  explicit TagFilter(std::string tag) : tag_(std::move(tag)), code_(remoting::java_string_hash(tag_)) {}
  void judge_entries(std::span<const api::QueueEntry> entries,
                     std::span<api::Verdict> verdicts) const override {
    for (std::size_t i = 0; i < entries.size(); ++i)
      verdicts[i] = entries[i].tags_code == code_ ? api::Verdict::yes : api::Verdict::no;
  }
  void judge(std::span<const remoting::MessageRecordView> records,
             std::span<api::Verdict> verdicts) const override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto tags = remoting::find_property(records[i].properties(), "TAGS");
      verdicts[i] = tags == tag_ ? api::Verdict::yes : api::Verdict::no;
    }
  }

 private:
  const std::string tag_;
  const std::int64_t code_;
};

template <class Each>
void for_each(OpenStore& store, std::string_view topic, api::QueueId queue, const api::Filter* filter,
              const Each& each) {
  const auto range = store->range(topic, queue).value_or(api::MessageStore::Range{});
  for (api::QueueOffset at = range.first; at < range.end;) {
    const auto read = outcome_of<api::ReadOutcome>([&](auto done) {
      store->read({.topic = topic, .queue = queue, .from = at, .filter = filter}, std::move(done));
    });
    for (const remoting::Slice& slice : read.messages) {
      remoting::RecordWalker walker(slice.bytes);
      while (const auto record = walker.next()) each(*record);
      if (walker.error()) throw std::runtime_error(walker.error()->str());
    }
    if (read.next <= at)
      throw std::runtime_error(std::string(topic) + ": reading at " + std::to_string(at.value) +
                               " goes nowhere, with status " + std::to_string(static_cast<int>(read.status)));
    at = read.next;
  }
}

std::string with_tag(OpenStore& store, const std::string& topic, api::QueueId queue, const std::string& tag) {
  std::string out;
  const TagFilter filter(tag);
  for_each(store, topic, queue, &filter, [&](const remoting::MessageRecordView& record) {
    out += std::to_string(record.queue_offset()) + ' ';
  });
  return out;
}

std::string with_key(OpenStore& store, const api::KeyQuery& query) {
  const auto found = outcome_of<std::vector<api::StoredMessage>>(
      [&](auto done) { store->find_by_key(query, std::move(done)); });
  std::vector<std::string> ids;
  for (const auto& message : found) ids.emplace_back(id_of(message.record).text().view());
  std::sort(ids.begin(), ids.end());
  std::string out;
  for (const std::string& id : ids) out += id + ' ';
  return out;
}

std::string at_time(OpenStore& store, const std::string& topic, api::QueueId queue, std::int64_t ms) {
  const auto found = outcome_of<api::QueueOffset>(
      [&](auto done) { store->find_by_time(topic, queue, ms, std::move(done)); });
  return std::to_string(found.value);
}

std::string with_id(OpenStore& store, const std::string& id) {
  const api::LogOffset at{remoting::MessageId::parse(id).value().physical_offset};
  const auto found = outcome_of<api::StoredMessage>([&](auto done) { store->find(at, std::move(done)); });
  return described(found.record);
}

std::string answer_to(OpenStore& store, const std::string& question) {
  std::istringstream words(question);
  std::string kind, topic, word;
  words >> kind;
  if (kind == "id" && words >> word) return with_id(store, word);
  std::int32_t queue = 0;
  std::int64_t ms = 0;
  if (kind == "tag" && words >> topic >> queue >> word)
    return with_tag(store, topic, api::QueueId{queue}, unplain(word));
  if (kind == "time" && words >> topic >> queue >> ms) return at_time(store, topic, api::QueueId{queue}, ms);
  api::KeyQuery query;
  if (kind == "key" && words >> topic >> word >> query.most >> query.from >> query.to) {
    const std::string key = unplain(word);
    query.topic = topic;
    query.key = key;
    return with_key(store, query);
  }
  throw std::runtime_error("not a question: " + question);
}

}  // namespace

void list(OpenStore& store, std::ostream& out) {
  auto topics = store->topics();
  std::sort(topics.begin(), topics.end());
  for (const std::string& topic : topics) {
    auto queues = store->queues(topic);
    std::sort(queues.begin(), queues.end());
    for (const api::QueueId queue : queues) {
      const auto range = store->range(topic, queue);
      if (!range || range->end.value == 0)
        continue;  // Apache's broker does not tell it from one that is not there
      out << "queue " << topic << ' ' << number(queue) << ' ' << range->first.value << ' ' << range->end.value
          << '\n';
      for_each(store, topic, queue, nullptr,
               [&](const remoting::MessageRecordView& record) { out << described(record) << '\n'; });
    }
  }
}

void answer(OpenStore& store, std::istream& questions, std::ostream& out) {
  for (std::string question; std::getline(questions, question);)
    out << question << ": " << answer_to(store, question) << '\n';
}

}  // namespace gantry::interop
