#include "tests/fuzz/store_targets.h"

#include "logging/utf8.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/message_keys.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::fuzz {
namespace {

using namespace store;
using Directory = std::map<std::string, std::string>;

// Three queues and two keys a message; some files each of the log, the queues and the index.
Directory made(bool closed) {
  OpenedStore opened(small_files());
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    opened.append({{.topic = i % 3 == 0 ? "orders" : "T",
                    .queue = i % 3 == 2 ? 1 : 0,
                    .body = "body of " + n + std::string(static_cast<std::size_t>(i % 7) * 80, '.'),
                    .properties = "KEYS\x01key" + n + " all\x02TAGS\x01tag"}});
    if (i == 40) opened.let_time_pass(std::chrono::seconds(30));  // the checkpoint is written
  }
  if (closed) {
    opened.close();
  } else {
    opened.kill();
  }
  return opened.everything();
}

const Directory& sound(bool closed) {
  static const Directory both[] = {made(false), made(true)};
  return both[closed ? 1 : 0];
}

std::string& chosen_file(Directory& files, Choices& choices) {
  return std::next(files.begin(), static_cast<std::ptrdiff_t>(choices.byte() % files.size()))->second;
}

void overwrite(std::string& file, std::size_t at, std::string_view bytes) {
  const std::size_t fit = std::min(bytes.size(), file.size() - std::min(at, file.size()));
  file.replace(std::min(at, file.size()), fit, bytes.substr(0, fit));
}

void damage(Directory& files, Choices& choices) {
  std::string& file = chosen_file(files, choices);
  switch (choices.byte() % 8) {
    case 0: {
      const std::size_t at = choices.below(file.size());
      if (!file.empty()) file[at] = static_cast<char>(file[at] ^ static_cast<char>(choices.byte()));
      return;
    }
    case 1: {
      const std::size_t at = choices.below(file.size());
      return overwrite(file, at, choices.bytes(4));
    }
    case 2: {
      const std::size_t at = choices.below(file.size());
      return overwrite(file, at, choices.bytes(choices.byte()));
    }
    case 3: {
      const std::size_t at = choices.below(file.size());
      return overwrite(file, at, std::string(choices.byte() * 16, '\0'));
    }
    case 4:
      return file.resize(choices.below(file.size() + 1));
    case 5: {  // old bytes at another place
      const std::string& from = chosen_file(files, choices);
      const std::size_t first = choices.below(from.size());
      const std::size_t at = choices.below(file.size());
      return overwrite(file, at, from.substr(first, choices.byte() * 8));
    }
    case 6:
      return file.swap(chosen_file(files, choices));
    default:
      std::erase_if(files, [&](const auto& one) { return &one.second == &file; });
  }
}

class Opened {
 public:
  Opened(const StoreConfig& config, const Directory& files) : store_(config, files) {}

  // False: it refused.
  bool opens() {
    try {
      store_.open();
      return true;
    } catch (const std::exception& why) {
      promise(why.what()[0] != '\0' && logging::is_utf8(why.what()), "a refusal is a sentence");
      store_.lanes->stop();
      store_.store.reset();
      return false;
    }
  }
  void close() { store_.close(); }

  // Reads whatever can be read, and says how much of it there is.
  std::size_t read_all() {
    std::size_t count = 0;
    log_.clear();
    for (const std::string& topic : store_.store->topics())
      for (const api::QueueId id : store_.store->queues(topic)) count += read_queue(topic, id);
    for (const char* key : {"all", "key7", "key50"}) look_up(key);
    return count;
  }

  // With what the store logged, when it is broken.
  void promise(bool holds, std::string_view text) const {
    if (!holds) {
      for (const auto& line : store_.log.lines()) {
        std::fprintf(stderr, "%s", line.message.c_str());
        for (const auto& [name, value] : line.fields)
          std::fprintf(stderr, "; %s %s", name.c_str(), value.c_str());
        std::fputc('\n', stderr);
      }
    }
    require(holds, text);
  }

  // A message that is appended is there, whatever was damaged before it came.
  std::optional<api::Appended> append(const std::string& body) {
    const auto told = store_.append({{.topic = "T", .queue = 1, .body = body}});
    promise(told->stored.has_value(), "who sends is told");
    if (!told->why().empty()) return std::nullopt;
    return told->outcomes.at(0);
  }
  void expect(const api::Appended& appended, std::string_view body) {
    const auto outcome = store_.read({.topic = "T",
                                      .queue = api::QueueId{1},
                                      .from = appended.queue_offset,
                                      .most_messages = 1,
                                      .filter = nullptr});
    promise(outcome.has_value(), outcome ? "" : outcome.error().text);
    promise(outcome->count == 1,
            "what was stored can be read: " + std::to_string(appended.queue_offset.value) + " of " +
                std::to_string(outcome->first.value) + " to " + std::to_string(outcome->end.value));
    remoting::RecordWalker walker(outcome->messages.at(0).bytes);
    const auto record = walker.next();
    promise(record && record->body() == body && record->physical_offset() == appended.at.value,
            "what was stored is what is read");
  }

 private:
  std::size_t read_queue(const std::string& topic, api::QueueId id) {
    std::size_t count = 0;
    const auto range = store_.store->range(topic, id);
    if (!range) return 0;
    promise(range->first <= range->end, "a queue ends behind its beginning");
    for (api::QueueOffset at = range->first; at < range->end;) {
      const auto outcome = store_.read({.topic = topic, .queue = id, .from = at, .filter = nullptr});
      if (!outcome) {
        promise(logging::is_utf8(outcome.error().text), "why it cannot be read is a sentence");
        at = at + 1;
        continue;
      }
      for (const auto& slice : outcome->messages) {
        remoting::RecordWalker walker(slice.bytes);
        while (const auto record = walker.next()) {
          has_in_log(record->physical_offset(), record->bytes());
          ++count;
        }
      }
      if (outcome->next <= at) break;
      at = outcome->next;
    }
    return count;
  }

  void look_up(const char* key) {
    using Answer = api::Result<std::vector<api::StoredMessage>>;
    const auto found = store_.wait_for<Answer>(
        [&](auto done) { store_.store->find_by_key({.topic = "T", .key = key, .most = 100}, done); });
    if (!found) return promise(logging::is_utf8(found.error().text), "why it is not found is a sentence");
    for (const auto& message : *found) {
      has_in_log(message.at.value, message.bytes.bytes);
      promise(has_key(message.record, key) && message.record.topic() == "T", "it has the key asked for");
    }
  }

  void has_in_log(std::int64_t at, std::string_view record) {
    if (log_.empty()) read_log();
    const auto behind = log_.upper_bound(at);
    promise(behind != log_.begin(), "the log has a file for each message");
    const auto& [start, file] = *std::prev(behind);
    const auto place = static_cast<std::size_t>(at - start);
    promise(place < file.size() && std::string_view(file).substr(place, record.size()) == record,
            "the log has the message where it says to be");
  }

  // By the names that its files have: their length is whatever the damage left.
  void read_log() {
    for (const auto& path : store_.disk.all_files()) {
      const auto start = parse_log_file_name(path.filename().string());
      if (start && path.parent_path() == "data/store/commitlog") log_[*start] = store_.disk.text(path);
    }
  }

  OpenedStore store_;
  std::map<std::int64_t, std::string> log_;  // what its files hold now, by where they begin
};

}  // namespace

void fuzz_store_directory(std::span<const char> input) {
  Choices choices(input);
  const std::size_t how = choices.byte();
  StoreConfig config = small_files();
  config.on_damage = (how & 2) != 0 ? OnDamage::cut : OnDamage::stop;
  Directory files = sound((how & 1) != 0);
  for (int i = 0; i < 8 && !choices.empty() && !files.empty(); ++i) damage(files, choices);

  Opened opened(config, files);
  if (!opened.opens()) return;
  const std::size_t before = opened.read_all();
  const auto one = opened.append("one");
  const auto two = opened.append("two");
  opened.promise(one && two, "a store that is open takes messages");
  opened.expect(*one, "one");
  opened.expect(*two, "two");
  opened.promise(opened.read_all() == before + 2, "what was there stays");
  opened.close();
  opened.promise(opened.opens(), "what was closed opens");
  opened.expect(*one, "one");
  opened.expect(*two, "two");
  opened.close();
}

}  // namespace gantry::fuzz
