#include "namesrv/kv_config.h"

#include "remoting/bodies/kv_table.h"

#include <utility>

namespace gantry::namesrv {

KvConfig::State::State(KvTables tables) : tables_(std::move(tables)) {
  const KvTable* orders = find(kOrderTopicConfig);
  if (orders == nullptr) return;
  order_table_ = std::make_shared<const std::string>(remoting::to_json(remoting::KVTable{*orders}));
}

const KvTable* KvConfig::State::find(std::string_view name_space) const {
  const auto at = tables_.find(std::string(name_space));
  return at == tables_.end() ? nullptr : &at->second;
}

const std::string* KvConfig::State::find(std::string_view name_space, std::string_view key) const {
  const KvTable* table = find(name_space);
  if (table == nullptr) return nullptr;
  const auto at = table->find(std::string(key));
  return at == table->end() ? nullptr : &at->second;
}

KvConfig::KvConfig(disk::Files& files, std::filesystem::path file, KvTables loaded, Limits limits)
    : files_(files),
      file_(std::move(file)),
      limits_(limits),
      state_(std::make_shared<const State>(std::move(loaded))) {
}

std::shared_ptr<const KvConfig::State> KvConfig::now() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

boost::system::result<void, disk::FileError> KvConfig::put(std::string_view name_space, std::string_view key,
                                                           std::string_view value) {
  if (value.size() > limits_.longest_value) {
    return disk::FileError{"value of key " + std::string(key) + " has " + std::to_string(value.size()) +
                           " bytes; at most " + std::to_string(limits_.longest_value) + " are kept"};
  }
  const auto before = now();
  const std::string* old = before->find(name_space, key);
  if (old != nullptr && *old == value && !disk_unsure_) return {};
  KvTables next = before->tables();
  next[std::string(name_space)].insert_or_assign(std::string(key), std::string(value));
  return commit(std::move(next));
}

// The namespace stays when its last key goes: tools are then told of an empty table, not of none.
boost::system::result<void, disk::FileError> KvConfig::remove(std::string_view name_space,
                                                              std::string_view key) {
  const auto before = now();
  const bool there = before->find(name_space, key) != nullptr;
  if (!there && !disk_unsure_) return {};
  KvTables next = before->tables();
  if (there) next.find(std::string(name_space))->second.erase(std::string(key));
  return commit(std::move(next));
}

boost::system::result<void, disk::FileError> KvConfig::commit(KvTables next) {
  const std::string text = kv_file_text(next);
  if (text.size() > limits_.total) {
    return disk::FileError{"the KV config would have " + std::to_string(text.size()) + " bytes; at most " +
                           std::to_string(limits_.total) + " are kept. Delete entries first"};
  }
  auto replaced = disk::replace_file(files_, file_, text);
  disk_unsure_ = !replaced;
  if (!replaced) return replaced.error();
  auto state = std::make_shared<const State>(std::move(next));
  const std::lock_guard lock(mutex_);
  state_.swap(state);
  return {};
}

}  // namespace gantry::namesrv
