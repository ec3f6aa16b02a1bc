// The key index against a search through the whole log, whatever happens to it in between.
#include "plugins/store-mmap/key_index.h"
#include "tests/unit/store-mmap/some_index.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

enum class Step { add, sync, clean_stop, apaches_clean_stop, kill, power_cut, apaches_crash, drop };

std::ostream& operator<<(std::ostream& out, Step step) {
  constexpr std::array kNames{"add",  "sync",      "clean_stop",    "apaches_clean_stop",
                              "kill", "power_cut", "apaches_crash", "drop"};
  return out << kNames.at(static_cast<std::size_t>(step));
}

const std::vector<std::string> kKeys{"",      "a",   "b",  "c",  "a b",
                                     "b a c", "a a", "Aa", "BB", "Aa BB c d e f g h i j k"};

class Story {
 public:
  explicit Story(std::uint64_t seed) : some_(seed) {}

  void tell(Step step) {
    switch (step) {
      case Step::add:
        return add();
      case Step::sync:
        position_ = some_.index->sync().value();
        return;
      case Step::clean_stop:
        stop();
        return reopen(position_, true);
      case Step::apaches_clean_stop:
        stop();
        return reopen(std::nullopt, true);
      case Step::kill:
        some_.disk.kill();
        return reopen(position_, false);
      case Step::power_cut:
        some_.disk.power_cut();
        return reopen(position_, false);
      case Step::apaches_crash:
        some_.disk.kill();
        return reopen(std::nullopt, false);
      case Step::drop:
        if (!some_.log.messages().empty()) some_.log_first = std::max(some_.log_first, pick().at);
        some_.index->drop_before(some_.log_first).value();
        return;
    }
  }

  void check() {
    const std::string key = *rc::gen::element<std::string>("a", "b", "c", "Aa", "BB", "k", "id-3", "none");
    const std::string topic = *rc::gen::element<std::string>("T", "U");
    std::int64_t from = 0;
    std::int64_t to = kAnyTime;
    if (!some_.log.messages().empty() && *rc::gen::arbitrary<bool>()) {
      from = pick().stored_at + *rc::gen::inRange(-2, 3);
      to = from + *rc::gen::inRange(0, 20'000);
    }
    auto found = some_.find(key, from, to, topic);
    auto expected = some_.log.find(topic, key, from, to);
    // Those before the log's first may be there or not.
    const auto gone = [&](api::LogOffset at) { return at < some_.log_first; };
    std::erase_if(found, gone);
    std::erase_if(expected, gone);
    RC_ASSERT(found == expected);
    const auto all = some_.index->find(topic, key, 1000, from, to).value();
    const auto some = some_.index->find(topic, key, 3, from, to).value();
    RC_ASSERT(some == std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(some.size())));
    RC_ASSERT(some.size() == std::min<std::size_t>(3, all.size()));
  }

 private:
  const KeyedMessages::Message& pick() {
    return some_.log.messages()[*rc::gen::inRange<std::size_t>(0, some_.log.messages().size())];
  }
  void add() {
    const api::LogOffset from = some_.log.end();
    for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
      time_ += *rc::gen::element(0, 1, 300, 999, 1000, 5000);
      some_.log.append(*rc::gen::element<std::string>("T", "U"),
                       *rc::gen::element<std::string>("", "id-" + std::to_string(*rc::gen::inRange(0, 9))),
                       *rc::gen::elementOf(kKeys), time_);
    }
    some_.follow(from);
  }
  void stop() {
    some_.index->close().value();
    position_ = some_.index->sync().value();
  }
  void reopen(const std::optional<IndexPosition>& position, bool clean) {
    const auto opened = some_.reopen(position, clean);
    if (position) {
      RC_ASSERT(opened.warnings == std::vector<std::string>{});
      RC_ASSERT(opened.follow_from == std::max(position->log, some_.log_first));
    }
    // As the store does it before it takes messages.
    position_ = some_.index->sync().value();
  }

  SomeIndex some_;
  IndexPosition position_;
  std::int64_t time_ = kNoon;
};

RC_GTEST_PROP(KeyIndexModel, finds_what_a_search_through_the_log_finds, (std::uint64_t seed)) {
  Story story(seed);
  const auto steps =
      *rc::gen::container<std::vector<Step>>(rc::gen::weightedElement<Step>({{10, Step::add},
                                                                             {4, Step::sync},
                                                                             {1, Step::clean_stop},
                                                                             {1, Step::apaches_clean_stop},
                                                                             {1, Step::kill},
                                                                             {2, Step::power_cut},
                                                                             {1, Step::apaches_crash},
                                                                             {1, Step::drop}}));
  for (const Step step : steps) {
    story.tell(step);
    story.check();
  }
}

}  // namespace
}  // namespace gantry::store
