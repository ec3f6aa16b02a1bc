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
// A question waits while the index catches up, but not while it is made again.
constexpr std::int64_t kFarBehind = std::int64_t{64} << 20;

}  // namespace

bool IndexFollower::follow() {
  while (position_ < log_.end()) {
    std::optional<IoError> failed;
    auto next = log_.walk(position_, kAtOnce, [&](std::span<const api::LogEntry> entries) {
      if (auto added = index_.add(entries); !added) failed = added.error();
    });
    if (!next) failed = IoError{0, next.error().text};
    if (failed) {
      if (!failing_) trouble_(*failed);
      failing_ = std::move(failed);
      return false;
    }
    failing_.reset();
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

void IndexFollower::find(const api::KeyQuery& query, Found done) {
  lanes_.post(Lane::read, [this, asked = query, topic = std::string(query.topic),
                           key = std::string(query.key), done = std::move(done)]() mutable {
    asked.topic = topic;
    asked.key = key;
    const std::int64_t behind = log_.end() - index_.position();
    if (behind <= 0) return done(look_up(asked));
    if (behind > kFarBehind) return done(not_there_yet("it is being made again"));
    find_after_following(std::move(topic), std::move(key), asked, std::move(done));
  });
}

void IndexFollower::find_after_following(std::string topic, std::string key, const api::KeyQuery& query,
                                         Found done) {
  lanes_.post(Lane::index, [this, asked = query, topic = std::move(topic), key = std::move(key),
                            done = std::move(done)]() mutable {
    asked.topic = topic;
    asked.key = key;
    if (!follow()) return done(not_there_yet(failing_ ? failing_->text : "the log ends"));
    done(look_up(asked));
  });
}

api::Refusal IndexFollower::not_there_yet(const std::string& why) const {
  return {remoting::ResponseCode::system_error,
          "the key index has the log up to " + std::to_string(index_.position().value) + " of " +
              std::to_string(log_.end().value) + " only: " + why + ". Ask again later"};
}

api::Result<std::vector<api::StoredMessage>> IndexFollower::look_up(const api::KeyQuery& query) {
  auto hits = index_.find(query.topic, query.key, kMostLookedAt, query.from, query.to);
  if (!hits) return api::Refusal{.text = hits.error().text};
  std::vector<api::StoredMessage> found;
  for (const api::LogOffset at : *hits) {
    if (found.size() >= query.most) break;
    auto message = log_.message(at);
    if (!message) {
      if (message.error().code != remoting::ResponseCode::query_not_found) return message.error();
      if (at < log_.first() || at >= log_.end()) continue;  // retention took it, or a cut
      return unreadable(at,
                        "no message begins there, and the key index has one; gantry store check tells more");
    }
    const auto& record = message->record;
    if (record.topic() != query.topic || record.store_timestamp() < query.from ||
        record.store_timestamp() > query.to)
      continue;
    if (has_key(record, query.key)) found.push_back(std::move(*message));
  }
  return found;
}

}  // namespace gantry::store
