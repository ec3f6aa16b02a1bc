// Random lives of a broker's metadata against a model in memory, with restarts and with a move through
// Apache's files in between.
#include "kernel/metadata.h"
#include "tests/unit/kernel/metadata_on_disk.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::kernel {
namespace {

struct Model {
  std::map<std::string, api::Topic> topics;
  std::map<std::string, api::Group> groups;
  std::map<std::pair<std::string, std::string>, std::map<int, std::int64_t>> offsets;
  std::map<std::string, std::string> keys;
};

const std::vector<std::string> kNames{"a", "b", "%RETRY%a", "SCHEDULE_TOPIC_XXXX", "SCHEDULE_CONSUMER"};

class Life {
 public:
  Life() { broker_->open().value(); }

  void step(int what) {
    switch (what) {
      case 0:
        return put_topic();
      case 1:
        return remove_topic();
      case 2:
        return put_group();
      case 3:
        return reset();
      case 4:
        return forget();
      case 5:
        return change_keys();
      case 6:
        return restart();
      case 7:
        return move_through_apache();
      default:
        return commit();
    }
  }

  void check() {
    broker_->flush().value();  // what was handed in before it is done then
    auto& topics = (*broker_)->topics();
    RC_ASSERT(topics.all().size() == model_.topics.size());
    for (const auto& [name, topic] : model_.topics) RC_ASSERT(*topics.find(name) == topic);
    RC_ASSERT((*broker_)->groups().all().size() == model_.groups.size());
    for (const auto& [name, group] : model_.groups) RC_ASSERT(*(*broker_)->groups().find(name) == group);
    for (const auto& group : kNames) {
      for (const auto& topic : kNames) {
        const auto found = (*broker_)->offsets().committed(group, topic);
        const auto expected = model_.offsets.find({group, topic});
        RC_ASSERT(found.size() == (expected == model_.offsets.end() ? 0 : expected->second.size()));
        for (const auto& [queue, offset] : found)
          RC_ASSERT(expected->second.at(number(queue)) == offset.value);
      }
    }
    std::map<std::string, std::string> keys;
    (*broker_)->key_values("p")->scan("", [&](std::string_view key, std::string_view value) {
      keys.emplace(key, value);
      return true;
    });
    RC_ASSERT(keys == model_.keys);
  }

 private:
  static std::string name() { return *rc::gen::elementOf(kNames); }
  static int small() { return *rc::gen::inRange(0, 20); }

  void put_topic() {
    const api::Topic topic{
        .name = topic_name(name()), .read_queues = small(), .perm = small(), .order = small() % 2 == 0};
    (*broker_)->topics().put(topic, nobody());
    model_.topics.insert_or_assign(topic.name.str(), topic);
  }
  void remove_topic() {
    const std::string gone = name();
    (*broker_)->topics().remove(topic_name(gone), nobody());
    model_.topics.erase(gone);
  }
  void put_group() {
    const api::Group group{
        .name = group_name(name()), .consume_enabled = small() % 2 == 0, .retry_max = small()};
    (*broker_)->groups().put(group, nobody());
    model_.groups.insert_or_assign(group.name.str(), group);
  }
  void commit() {
    const std::string group = name();
    const std::string topic = name();
    const int queue = small() % 4;
    const std::int64_t next = small();
    auto& row = model_.offsets[{group, topic}];
    const auto [at, fresh] = row.try_emplace(queue, next);
    const bool forward = next >= at->second;
    RC_ASSERT(broker_->commit(group, topic, queue, next) == forward);
    if (forward) at->second = next;
  }
  void reset() {
    const std::string group = name();
    const std::string topic = name();
    const int queue = small() % 4;
    const std::int64_t next = small();
    (*broker_)->offsets().reset(group_name(group), topic_name(topic), api::QueueId{queue},
                                api::QueueOffset{next});
    model_.offsets[{group, topic}][queue] = next;
  }
  void forget() {
    const std::string gone = name();
    const bool group = small() % 2 == 0;
    group ? (*broker_)->offsets().forget_group(gone) : (*broker_)->offsets().forget_topic(gone);
    std::erase_if(model_.offsets,
                  [&](const auto& row) { return (group ? row.first.first : row.first.second) == gone; });
  }
  void change_keys() {
    const std::string key = std::to_string(small() % 5);
    const bool gone = small() % 3 == 0;
    const std::string value = std::to_string(small());
    const auto space = (*broker_)->key_values("p");
    RC_ASSERT(
        static_cast<bool>(broker_->change(*space, {{key, gone ? std::nullopt : std::optional(value)}})));
    gone ? static_cast<void>(model_.keys.erase(key)) : static_cast<void>(model_.keys[key] = value);
  }
  void restart() { broker_->open().value(); }
  void move_through_apache() {
    broker_->flush().value();
    const auto next = folder_ / std::to_string(++moves_);
    (*broker_)->export_apache(next).value();
    broker_ = std::make_unique<MetadataOnDisk>(next);
    broker_->open().value();
    model_.keys.clear();  // Apache has no place for them
  }

  Folder folder_;
  int moves_ = 0;
  std::unique_ptr<MetadataOnDisk> broker_ = std::make_unique<MetadataOnDisk>(folder_ / "0");
  Model model_;
};

RC_GTEST_PROP(MetadataModel, says_what_was_put_into_it_whatever_happened_in_between, ()) {
  Life life;
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) life.step(*rc::gen::inRange(0, 16));
  life.check();
}

}  // namespace
}  // namespace gantry::kernel
