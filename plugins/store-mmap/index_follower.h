// Follows the log into the key index, in a lane of its own, and answers look-ups by key: who asks sees all
// that was stored before, or hears that the index is not there yet.
//
// An index that is made again has a whole log to read. It takes it in by pieces, between which the lane can
// sync what there is, and stop.
//
// Thread: in the lane `index`, but for find().
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/key_index.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_reader.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

class IndexFollower {
 public:
  IndexFollower(KeyIndex& index, LogReader& log, Lanes& lanes, std::function<void(const IoError&)> trouble)
      : index_(index), log_(log), lanes_(lanes), trouble_(std::move(trouble)) {}

  void start_at(api::LogOffset position, const IndexPosition& durable) {
    position_ = position;
    durable_ = durable;
  }

  // Takes in what has come to the log, the first piece now, and the others in jobs that follow. Where it
  // cannot go on it tells, once, and has to be called again.
  void follow();
  // All of it, before it returns. False: it could not go on.
  bool catch_up();
  // What it has taken in is on the disk; what durable() says then.
  IoResult<void> sync();
  // When the log has ended. An index that is being made again is closed as far as it has come: the next start
  // goes on there.
  IoResult<void> close();
  void drop_before(api::LogOffset log_first);

  // Any thread.
  IndexPosition durable() const;

  using Found = std::function<void(api::Result<std::vector<api::StoredMessage>>)>;
  void find(const api::KeyQuery& query, Found done);

 private:
  enum class Course : std::uint8_t { has_all, goes_on, stuck };
  Course take_in_a_piece();
  bool far_behind() const;
  struct Question;
  void find_after_following(std::shared_ptr<Question> question);
  api::Result<std::vector<api::StoredMessage>> look_up(const api::KeyQuery& query);
  api::Refusal not_there_yet(const std::string& why) const;

  KeyIndex& index_;
  LogReader& log_;
  Lanes& lanes_;
  const std::function<void(const IoError&)> trouble_;
  api::LogOffset position_;
  bool goes_on_ = false;  // a job is posted that does
  std::optional<IoError> failing_;
  mutable std::mutex mutex_;
  IndexPosition durable_;  // guarded by mutex_
};

}  // namespace gantry::store
