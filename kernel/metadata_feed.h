// What a replica follows: every change of the metadata, whatever it is about, in the order in which it became
// durable. A replica that has applied all of them holds the same entries as the broker that it follows.
//
//   source                                        replica
//   changes_after(replica's position, limit) ---> apply(changes)
//   nullopt: it cannot go on from there
//   snapshot() ---------------------------------> apply(snapshot)
//
// Only the last state of an entry is kept, so an entry that changed three times is one change, at its last
// place. What was taken out stays in the feed as a change without a value until there are too many of those;
// who is further behind begins with a snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gantry::kernel {

struct MetadataChange {
  std::string space;  // "topics", "groups", "offsets", "versions", "plugin/NAME", ...
  std::string key;
  std::optional<std::string> value;  // nullopt: taken out

  bool operator==(const MetadataChange&) const = default;
};

// How far somebody has followed. A history begins with a database file; revisions of two histories have
// nothing to do with each other.
struct FeedPosition {
  std::int64_t history = 0;
  std::int64_t revision = 0;

  bool operator==(const FeedPosition&) const = default;
};

struct MetadataChanges {
  FeedPosition after;    // where the replica must be to take them
  FeedPosition reached;  // where it is then
  bool more = false;     // the limit cut them
  std::vector<MetadataChange> changes;
};

struct MetadataSnapshot {
  FeedPosition at;
  std::vector<MetadataChange> entries;  // all of them have a value; by space and key
};

}  // namespace gantry::kernel
