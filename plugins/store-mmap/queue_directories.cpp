#include "plugins/store-mmap/queue_directories.h"

#include "kernel/api/names.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace gantry::store {
namespace {

// As it is written: "7", not "07".
std::optional<api::QueueId> parse_id(const std::string& name) {
  std::int32_t id = -1;
  std::from_chars(name.data(), name.data() + name.size(), id);
  if (id < 0 || std::to_string(id) != name) return std::nullopt;
  return api::QueueId{id};
}

}  // namespace

IoResult<void> visit_queue_directories(FileSystem& disk, const std::filesystem::path& directory,
                                       const QueueDirectoryVisitor& visitor) {
  auto topics = disk.list(directory);
  if (!topics) return topics.error();
  for (const auto& topic : *topics) {
    if (!topic.directory || !api::TopicName::parse(topic.name)) {
      visitor.stray(directory / topic.name, "topic's directory");
      continue;
    }
    auto entries = disk.list(directory / topic.name);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      const auto id = parse_id(entry.name);
      if (!entry.directory || !id) {
        visitor.stray(directory / topic.name / entry.name, "queue's directory");
      } else if (auto visited = visitor.queue(topic.name, *id); !visited) {
        return visited;
      }
    }
  }
  return {};
}

}  // namespace gantry::store
