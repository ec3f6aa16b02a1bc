// Follows the log into the key index, in a lane of its own, and answers look-ups by key: who asks sees all
// that was stored before, or hears that the index is not there yet.
//
// Thread: in the lane `index`, but for find().
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/key_index.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_reader.h"

#include <functional>
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

  // Takes in what has come to the log. False: it could not go on, and will try again.
  bool follow();
  // What it has taken in is on the disk; what durable() says then.
  IoResult<void> sync();
  IoResult<void> close();
  void drop_before(api::LogOffset log_first);

  // Any thread.
  IndexPosition durable() const;

  using Found = std::function<void(api::Result<std::vector<api::StoredMessage>>)>;
  void find(const api::KeyQuery& query, Found done);

 private:
  void find_after_following(std::string topic, std::string key, const api::KeyQuery& query, Found done);
  api::Result<std::vector<api::StoredMessage>> look_up(const api::KeyQuery& query);
  api::Refusal not_there_yet(const std::string& why) const;

  KeyIndex& index_;
  LogReader& log_;
  Lanes& lanes_;
  const std::function<void(const IoError&)> trouble_;
  api::LogOffset position_;
  std::optional<IoError> failing_;
  mutable std::mutex mutex_;
  IndexPosition durable_;  // guarded by mutex_
};

}  // namespace gantry::store
