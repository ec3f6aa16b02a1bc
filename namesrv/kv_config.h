// The key-value settings that administrators keep at the name server, in namespaces. ORDER_TOPIC_CONFIG is
// the one that brokers and clients act on; others are whatever the tools put there.
//
// Reading is for any thread. Changing waits for the disk and is for one thread at a time that may wait: the
// disk thread. A change is on disk before it counts; one that could not be written leaves all as it was.
#pragma once

#include "namesrv/kv_file.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::namesrv {

inline constexpr std::string_view kOrderTopicConfig = "ORDER_TOPIC_CONFIG";

class KvConfig {
 public:
  struct Limits {
    std::size_t longest_value = std::size_t{64} << 10;
    std::size_t total = std::size_t{16} << 20;  // bytes of the file
  };

  // What holds at one moment; never changed afterwards.
  class State {
   public:
    explicit State(KvTables tables);

    const KvTables& tables() const { return tables_; }
    const KvTable* find(std::string_view name_space) const;  // nullptr: there is no such namespace
    const std::string* find(std::string_view name_space, std::string_view key) const;

    // The order config as the body that brokers are answered with; null when there is none.
    const std::shared_ptr<const std::string>& order_table() const { return order_table_; }

   private:
    KvTables tables_;
    std::shared_ptr<const std::string> order_table_;
  };

  KvConfig(disk::Files& files, std::filesystem::path file, KvTables loaded, Limits limits);
  KvConfig(disk::Files& files, std::filesystem::path file, KvTables loaded)
      : KvConfig(files, std::move(file), std::move(loaded), Limits{}) {}

  std::shared_ptr<const State> now() const;

  // Errors are sentences for the administrator. What is so already is not written again.
  boost::system::result<void, disk::FileError> put(std::string_view name_space, std::string_view key,
                                                   std::string_view value);
  boost::system::result<void, disk::FileError> remove(std::string_view name_space, std::string_view key);

 private:
  boost::system::result<void, disk::FileError> commit(KvTables next);

  disk::Files& files_;
  const std::filesystem::path file_;
  const Limits limits_;
  bool disk_unsure_ = false;  // a write failed: the file may hold another state than we do
  mutable std::mutex mutex_;  // of the pointer
  std::shared_ptr<const State> state_;
};

}  // namespace gantry::namesrv
