// api::Topics over the metadata's entries. The value of an entry is the topic as Apache writes it in
// topics.json, so that an operator can read the database.
#pragma once

#include "kernel/api/topics.h"
#include "kernel/named_table.h"
#include "kernel/watchers.h"
#include "remoting/bodies/topic_config.h"

namespace gantry::kernel {

remoting::TopicConfig to_wire(const api::Topic& topic);
// All of them with their version, or that of a moment before.
remoting::TopicConfigSerializeWrapper all_to_wire(const api::Topics& topics);
// Refused: the name is none.
Result<api::Topic> from_wire(const remoting::TopicConfig& config);

struct TopicCodec {
  static constexpr std::string_view kSpace = space::kTopics;
  static std::string encode(const api::Topic& topic);
  static Result<api::Topic> decode(std::string_view key, std::string_view text);
};

class TopicTable final : public api::Topics {
 public:
  using Objects = NamedTable<api::Topic, TopicCodec>;

  TopicTable(const api::Clock& clock, logging::Logger& log) : objects_(clock), watchers_(log) {}
  // Before the first put().
  void write_with(MetadataWriter& writer) { writer_ = &writer; }
  // For what was read or replicated; tell() once it is complete.
  Objects& objects() { return objects_; }
  void tell() { watchers_.tell(); }

  std::shared_ptr<const api::Topic> find(std::string_view name) const override { return objects_.find(name); }
  std::vector<std::shared_ptr<const api::Topic>> all() const override { return objects_.all(); }
  std::size_t count() const override { return objects_.count(); }
  api::TableVersion version() const override { return objects_.version(); }
  void put(api::Topic topic, api::Completion<void> done) override;
  void remove(const api::TopicName& name, api::Completion<void> done) override;
  std::shared_ptr<void> watch(std::function<void()> told) override { return watchers_.add(std::move(told)); }

 private:
  Objects objects_;
  Watchers watchers_;
  MetadataWriter* writer_ = nullptr;
};

}  // namespace gantry::kernel
