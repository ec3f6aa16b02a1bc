// Follows the log into the key index, in a lane of its own, and answers look-ups by key there: who asks sees
// all that was stored before.
//
// Thread: in the lane `index`, but for find().
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/key_index.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_reader.h"

#include <functional>
#include <mutex>
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

  void find(const api::KeyQuery& query,
            std::function<void(api::Result<std::vector<api::StoredMessage>>)> done);

 private:
  api::Result<std::vector<api::StoredMessage>> look_up(const std::string& topic, const std::string& key,
                                                       std::size_t most, std::int64_t from, std::int64_t to);

  KeyIndex& index_;
  LogReader& log_;
  Lanes& lanes_;
  const std::function<void(const IoError&)> trouble_;
  api::LogOffset position_;
  bool failing_ = false;
  mutable std::mutex mutex_;
  IndexPosition durable_;  // guarded by mutex_
};

}  // namespace gantry::store
