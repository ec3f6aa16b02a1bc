#include "tests/interop/store/filling.h"

#include "remoting/compression.h"
#include "remoting/message_properties.h"
#include "remoting/tag_hash.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::interop {
namespace {

using namespace std::chrono_literals;

constexpr int kCompressionLevel = 5;

class Burst final : public api::AppendBurst {
 public:
  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset) noexcept override {
    for (const api::Appended& one : outcomes) {
      if (one.refused) refused_ = one.refused->text;
    }
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    told_.set_value(outcome ? refused_ : outcome.error().text);
  }

  std::future<std::string> told() { return told_.get_future(); }
  api::Draft& add() { return drafts_.emplace_back(); }

 private:
  std::vector<api::Draft> drafts_;
  std::string refused_;
  std::promise<std::string> told_;
};

class Filler {
 public:
  Filler(OpenStore& store, int round, const remoting::HostAddress& store_host)
      : store_(store),
        round_("round-" + std::to_string(round)),
        store_host_(store_host),
        unique_(round * 100000) {}

  // Enough for several files of a queue.
  void roll() {
    for (int i = 0; i < 350; ++i) {
      draft("Rolled", 0, "rolled " + std::to_string(i));
      send();
    }
  }

  void with_tags_and_keys() {
    constexpr std::string_view kTags[] = {"TagA", "TagB", "Aa", "BB", "订单"};
    for (int i = 0; i < 300; ++i) {
      api::Draft& one = draft("Orders", i % 4, "order " + std::to_string(i), [&](std::string& properties) {
        if (i % 6 != 5) add(properties, "TAGS", kTags[i % 6]);
        add(properties, "KEYS",
            round_ + "-order-" + std::to_string(i) + " customer-" + std::to_string(i % 7));
        add(properties, "colour", i % 2 == 0 ? "grün" : "a b=c;d%e");
      });
      one.record.flag = i;
      one.record.reconsume_times = i % 3;
      send();
    }
  }

  // In one burst, of two queues.
  void together() {
    for (int batch = 0; batch < 10; ++batch) {
      for (int i = 0; i < 25; ++i) {
        draft("Batches", i % 2, std::to_string(batch) + '/' + std::to_string(i),
              [&](std::string& properties) {
                add(properties, "TAGS", "TagB");
                add(properties, "KEYS", round_ + "-batch-" + std::to_string(batch));
              });
      }
      send();
    }
  }

  void large_and_compressed() {
    for (int i = 0; i < 6; ++i) {
      std::string text;
      while (text.size() < 30'000)
        text += "line " + std::to_string(text.size() * 7 % 1000) + " of a long text\n";
      if (i % 2 == 0) {
        api::Draft& one =
            draft("Large", 0, remoting::compress(remoting::CompressionType::zlib, text, kCompressionLevel));
        one.record.sys_flag = one.record.sys_flag.with(remoting::SysFlag::kCompressed, true);
      } else {
        draft("Large", 0, text);
      }
      send();
    }
  }

  // Waits for its hour in the queue of the second level; its entry says when that is.
  void delayed() {
    for (int i = 0; i < 3; ++i) {
      api::Draft& one =
          draft("SCHEDULE_TOPIC_XXXX", 1, "delayed " + std::to_string(i), [&](std::string& properties) {
            add(properties, "DELAY", "2");
            add(properties, "REAL_TOPIC", "Delayed");
            add(properties, "REAL_QID", "0");
          });
      one.tags_code = one.record.born_timestamp + std::chrono::milliseconds(2h).count();
      send();
    }
  }

  void of_a_transaction() {
    api::Draft& one = draft("Transacted", 0, "committed",
                            [](std::string& properties) { add(properties, "TRAN_MSG", "true"); });
    one.record.sys_flag = one.record.sys_flag.with_transaction_type(remoting::TransactionType::commit);
    one.record.prepared_transaction_offset = 4711;
    send();
  }

  void from_far_away() {
    api::Draft& one = draft("Orders", 0, "from an IPv6 address");
    one.record.born_host = remoting::HostAddress::parse("[2001:db8::17]:50001").value();
    send();
  }

 private:
  static void add(std::string& properties, std::string_view name, std::string_view value) {
    remoting::append_property(properties, name, value).value();
  }

  api::Draft& draft(std::string topic, int queue, std::string body) {
    return draft(std::move(topic), queue, std::move(body), [](std::string&) {});
  }

  template <class AddProperties>
  api::Draft& draft(std::string topic, int queue, std::string body, const AddProperties& add_properties) {
    if (!burst_) burst_ = std::make_unique<Burst>();
    std::string properties;
    add_properties(properties);
    char unique[40];
    std::snprintf(unique, sizeof unique, "7F0000014711%012d%08d", 0, ++unique_);
    add(properties, "UNIQ_KEY", unique);
    api::Draft& one = burst_->add();
    one.record.topic = one.keep(std::move(topic));
    one.record.queue_id = queue;
    one.record.body = one.keep(std::move(body));
    one.record.properties = one.keep(std::move(properties));
    one.record.born_timestamp =
        std::chrono::duration_cast<std::chrono::milliseconds>(store_.clock().date().time_since_epoch())
            .count();
    one.record.born_host = remoting::HostAddress::v4({127, 0, 0, 1}, 50000);
    one.record.store_host = store_host_;
    one.tags_code = remoting::tags_code(one.record.properties);
    return one;
  }

  void send() {
    auto told = burst_->told();
    store_->append(std::move(burst_));
    if (const std::string why = told.get(); !why.empty()) throw std::runtime_error("not stored: " + why);
  }

  OpenStore& store_;
  const std::string round_;
  const remoting::HostAddress store_host_;
  std::unique_ptr<Burst> burst_;
  int unique_;
};

}  // namespace

void fill(OpenStore& store, int round, const remoting::HostAddress& store_host) {
  Filler filler(store, round, store_host);
  filler.with_tags_and_keys();
  filler.roll();
  filler.together();
  filler.large_and_compressed();
  filler.delayed();
  filler.of_a_transaction();
  filler.from_far_away();
}

}  // namespace gantry::interop
