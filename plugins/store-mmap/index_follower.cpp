#include "plugins/store-mmap/index_follower.h"

#include "plugins/store-mmap/message_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gantry::store {
namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 20;
// More hits than are wanted are looked at: other keys may share a hash.
constexpr std::size_t kMostLookedAt = 1024;

}  // namespace

bool IndexFollower::follow() {
  while (position_ < log_.end()) {
    std::optional<IoError> failed;
    auto next = log_.walk(position_, kAtOnce, [&](std::span<const api::LogEntry> entries) {
      if (auto added = index_.add(entries); !added) failed = added.error();
    });
    if (!next) failed = IoError{0, next.error().text};
    if (failed) {
      if (!std::exchange(failing_, true)) trouble_(*failed);
      return false;
    }
    failing_ = false;
    if (*next <= position_) return false;
    position_ = *next;
    index_.followed_to(position_);
  }
  return true;
}

IoResult<void> IndexFollower::sync() {
  auto synced = index_.sync();
  if (!synced) return synced.error();
  const std::lock_guard lock(mutex_);
  durable_ = *synced;
  return {};
}

IoResult<void> IndexFollower::close() {
  if (auto synced = sync(); !synced) return synced;
  return index_.close();
}

void IndexFollower::drop_before(api::LogOffset log_first) {
  if (auto dropped = index_.drop_before(log_first); !dropped) trouble_(dropped.error());
}

IndexPosition IndexFollower::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

void IndexFollower::find(const api::KeyQuery& query,
                         std::function<void(api::Result<std::vector<api::StoredMessage>>)> done) {
  lanes_.post(Lane::index, [this, topic = std::string(query.topic), key = std::string(query.key),
                            most = query.most, from = query.from, to = query.to, done = std::move(done)] {
    follow();
    done(look_up(topic, key, most, from, to));
  });
}

api::Result<std::vector<api::StoredMessage>> IndexFollower::look_up(const std::string& topic,
                                                                    const std::string& key, std::size_t most,
                                                                    std::int64_t from, std::int64_t to) {
  auto hits = index_.find(topic, key, kMostLookedAt, from, to);
  if (!hits) return api::Refusal{.text = hits.error().text};
  std::vector<api::StoredMessage> found;
  for (const api::LogOffset at : *hits) {
    if (found.size() >= most) break;
    auto message = log_.message(at);
    if (!message) {
      if (message.error().code == remoting::ResponseCode::query_not_found) continue;  // retention took it
      return message.error();
    }
    const auto& record = message->record;
    if (record.topic() != topic || record.store_timestamp() < from || record.store_timestamp() > to) continue;
    if (has_key(record, key)) found.push_back(std::move(*message));
  }
  return found;
}

}  // namespace gantry::store
