#include "plugins/store-mmap/index_follower.h"

#include "plugins/store-mmap/message_keys.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace gantry::store {
namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 20;
constexpr std::int64_t kPiece = std::int64_t{16} << 20;  // some tenths of a second
// More hits than are wanted are looked at: other keys may share a hash.
constexpr std::size_t kMostLookedAt = 1024;
// A question waits while the index catches up, but not while it is made again.
constexpr std::int64_t kFarBehind = std::int64_t{64} << 20;

}  // namespace

struct IndexFollower::Question {
  std::string topic;
  std::string key;
  api::KeyQuery query;
  Found done;
  api::LogOffset until;  // what was stored before it was asked
};

void IndexFollower::follow() {
  if (goes_on_) return;
  if (take_in_a_piece() != Course::goes_on) return;
  goes_on_ = true;
  lanes_.post(Lane::index, [this] {
    goes_on_ = false;
    follow();
  });
}

bool IndexFollower::catch_up() {
  Course course = Course::goes_on;
  while (course == Course::goes_on) course = take_in_a_piece();
  return course == Course::has_all;
}

IndexFollower::Course IndexFollower::take_in_a_piece() {
  const api::LogOffset piece_end = position_ + kPiece;
  while (position_ < log_.end()) {
    if (position_ >= piece_end) return Course::goes_on;
    std::optional<IoError> failed;
    auto next = log_.walk(position_, kAtOnce, [&](std::span<const api::LogEntry> entries) {
      if (auto added = index_.add(entries); !added) failed = added.error();
    });
    if (!next) failed = IoError{0, next.error().text};
    if (failed) {
      if (!failing_) trouble_(*failed);
      failing_ = std::move(failed);
      return Course::stuck;
    }
    failing_.reset();
    if (*next <= position_) return Course::stuck;
    position_ = *next;
    index_.followed_to(position_);
  }
  return Course::has_all;
}

bool IndexFollower::far_behind() const {
  return log_.end() - index_.position() > kFarBehind;
}

IoResult<void> IndexFollower::sync() {
  auto synced = index_.sync();
  if (!synced) return synced.error();
  const std::lock_guard lock(mutex_);
  durable_ = *synced;
  return {};
}

IoResult<void> IndexFollower::close() {
  if (!far_behind() && !catch_up()) return IoError{0, "the key index has not taken in all of the log"};
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
  auto question =
      std::make_shared<Question>(std::string(query.topic), std::string(query.key), query, std::move(done));
  question->query.topic = question->topic;
  question->query.key = question->key;
  lanes_.post(Lane::read, [this, question = std::move(question)]() mutable {
    question->until = log_.end();
    if (index_.position() >= question->until) return question->done(look_up(question->query));
    if (far_behind()) return question->done(not_there_yet("it is being made again"));
    find_after_following(std::move(question));
  });
}

void IndexFollower::find_after_following(std::shared_ptr<Question> question) {
  lanes_.post(Lane::index, [this, question = std::move(question)]() mutable {
    const Course course = position_ < question->until ? take_in_a_piece() : Course::has_all;
    if (position_ >= question->until) return question->done(look_up(question->query));
    if (course == Course::goes_on) return find_after_following(std::move(question));
    question->done(not_there_yet(failing_ ? failing_->text : "the log ends"));
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
