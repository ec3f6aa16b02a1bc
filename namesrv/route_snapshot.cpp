#include "namesrv/route_snapshot.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace gantry::namesrv {

std::size_t RouteSnapshot::hash_of(std::string_view topic) {
  return std::hash<std::string_view>{}(topic);
}

std::size_t RouteSnapshot::shard_of(std::size_t hash) {
  return hash >> (std::numeric_limits<std::size_t>::digits - kShardBits);
}

const std::string* RouteSnapshot::find(std::string_view topic) const {
  const std::size_t hash = hash_of(topic);
  const auto& shard = shards_[shard_of(hash)];
  if (!shard) return nullptr;
  auto at = std::ranges::lower_bound(*shard, hash, {}, &Entry::hash);
  for (; at != shard->end() && at->hash == hash; ++at) {
    if (at->node->topic == topic) return at->node->route.get();
  }
  return nullptr;
}

std::size_t RouteSnapshot::size() const {
  std::size_t topics = 0;
  for (const auto& shard : shards_) topics += shard ? shard->size() : 0;
  return topics;
}

std::shared_ptr<const RouteSnapshot> RouteSnapshot::with(std::vector<Update> updates) const {
  std::array<std::vector<Entry>, std::size_t{1} << kShardBits> by_shard;
  for (Update& update : updates) {
    const std::size_t hash = hash_of(update.topic);
    by_shard[shard_of(hash)].push_back(
        {hash, std::make_shared<const Node>(std::move(update.topic), std::move(update.route))});
  }
  auto next = std::make_shared<RouteSnapshot>(*this);
  for (std::size_t i = 0; i < by_shard.size(); ++i) {
    if (!by_shard[i].empty()) next->shards_[i] = merged(shards_[i].get(), std::move(by_shard[i]));
  }
  return next;
}

std::shared_ptr<const RouteSnapshot::Shard> RouteSnapshot::merged(const Shard* old,
                                                                  std::vector<Entry> updates) {
  const auto before = [](const Entry& a, const Entry& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.node->topic < b.node->topic;
  };
  std::ranges::sort(updates, before);
  auto shard = std::make_shared<Shard>();
  shard->reserve((old ? old->size() : 0) + updates.size());
  auto from = old ? old->begin() : Shard::const_iterator{};
  const auto end = old ? old->end() : Shard::const_iterator{};
  for (Entry& update : updates) {
    while (from != end && before(*from, update)) shard->push_back(*from++);
    if (from != end && !before(update, *from)) ++from;
    if (update.node->route) shard->push_back(std::move(update));
  }
  shard->insert(shard->end(), from, end);
  if (shard->empty()) return nullptr;
  shard->shrink_to_fit();
  return shard;
}

void RoutePublisher::publish(std::shared_ptr<const RouteSnapshot> next) {
  {
    const std::lock_guard lock(mutex_);
    latest_.swap(next);
    version_.fetch_add(1, std::memory_order_release);
  }
  // The one before is let go of here, outside the lock that readers may want.
}

std::shared_ptr<const RouteSnapshot> RoutePublisher::latest(std::uint64_t* version) const {
  const std::lock_guard lock(mutex_);
  if (version != nullptr) *version = version_.load(std::memory_order_relaxed);
  return latest_;
}

void RouteReader::refresh() {
  if (from_->version() == seen_) return;
  held_ = std::make_shared<const std::shared_ptr<const RouteSnapshot>>(from_->latest(&seen_));
}

remoting::Slice RouteReader::find(std::string_view topic) {
  refresh();
  const std::string* route = (*held_)->find(topic);
  if (route == nullptr) return {};
  return {*route, held_};
}

}  // namespace gantry::namesrv
