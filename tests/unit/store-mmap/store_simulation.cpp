#include "tests/unit/store-mmap/store_simulation.h"

#include "remoting/message_record_view.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using remoting::MessageRecordView;

std::string describe(const StoreConfig& config) {
  constexpr std::array<const char*, 3> kFlush{"sync", "async", "pool"};
  return std::string("flush ") + kFlush.at(static_cast<std::size_t>(config.flush)) + ", index of " +
         std::to_string(config.index_entries) + ", on thread " + std::to_string(config.append_on_thread);
}

}  // namespace

// Tells the model what it is told, as long as there is power to tell it with.
class StoreSimulation::Burst final : public api::AppendBurst {
 public:
  struct Message {
    std::size_t id = 0;
    QueueName queue;
    std::string body, properties;
  };
  Burst(StoreSimulation& simulation, std::vector<Message> messages, std::shared_ptr<bool> told)
      : simulation_(simulation),
        messages_(std::move(messages)),
        told_(std::move(told)),
        drafts_(messages_.size()),
        refused_(messages_.size()) {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      auto& record = drafts_[i].record;
      record.topic = messages_[i].queue.topic;
      record.queue_id = messages_[i].queue.id;
      record.body = messages_[i].body;
      record.properties = messages_[i].properties;
    }
  }
  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset) noexcept override {
    if (!simulation_.disk_.powered()) return;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      refused_[i] = outcomes[i].refused.has_value();
      report([&] { simulation_.model_.written(messages_[i].id, outcomes[i]); });
    }
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    *told_ = true;
    if (!simulation_.disk_.powered()) return;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const bool well = outcome.has_value() && !refused_[i];
      report([&] { simulation_.model_.stored(messages_[i].id, well, simulation_.now()); });
    }
  }

 private:
  // What is wrong comes to light in the next step: these calls must not throw.
  template <class Call>
  void report(const Call& call) noexcept {
    try {
      call();
    } catch (const Violation& violation) {
      if (simulation_.overheard_.empty()) simulation_.overheard_ = violation.what();
    }
  }

  StoreSimulation& simulation_;
  const std::vector<Message> messages_;
  const std::shared_ptr<bool> told_;
  std::vector<api::Draft> drafts_;
  std::vector<bool> refused_;
};

StoreConfig StoreSimulation::draw_config(SeededRandom& random, const StorySettings& settings) {
  StoreConfig config;
  config.commit_log_file_size = ByteSize::kib(16);
  config.max_message_size = ByteSize::kib(8);
  config.queue_file_entries = 16;
  config.index_slots = 11;
  config.index_entries = random.one_in(2) ? 40 : 400;
  constexpr std::array<Flush, 4> kFlushes{Flush::sync, Flush::sync, Flush::async, Flush::pool};
  config.flush = settings.flush.value_or(random.pick(kFlushes));
  config.flush_least_pages = random.one_in(2) ? 1 : 4;
  config.flush_thorough_interval = 3s;
  config.pool_size = ByteSize::kib(random.one_in(3) ? 16 : 64);
  if (random.one_in(3)) config.flush_at = config.checkpoint_at = ByteSize::kib(8);
  config.append_on_thread = random.one_in(3);
  config.mapped_files = random.between(1, 3);
  config.retention_age = 1h;
  config.retention_hours.clear();
  for (int hour = 0; hour < 24; ++hour) config.retention_hours.push_back(std::to_string(hour));
  if (random.one_in(3))
    config.disk_warn_percent = config.disk_force_percent = config.disk_refuse_percent = 100;
  return config;
}

StoreSimulation::StoreSimulation(std::uint64_t seed, const StorySettings& settings)
    : random_(seed),
      settings_(settings),
      config_(draw_config(random_, settings)),
      disk_(random_.below(kEver), clock_),
      model_(config_.flush) {
  disk_.plant_directory("data");
  tell(describe(config_));
}

StoreSimulation::~StoreSimulation() = default;

void StoreSimulation::run() {
  try {
    tell_story();
  } catch (...) {
    tell("... which is wrong");
    throw;
  }
}

void StoreSimulation::tell_story() {
  start();
  const auto lives = random_.between(1, settings_.most_lives);
  for (int life = 0; life < lives; ++life) {
    live();
    if (!store_) continue;  // the power went, and it has been started again
    switch (random_.below(4)) {
      case 0:
        start_again(Crash::clean);
        break;
      case 1:
        start_again(Crash::kill);
        break;
      default:
        start_again(Crash::power_cut);
    }
  }
  takes_messages_again();
  look_at_everything();
}

// ---- Steps

void StoreSimulation::live() {
  const auto steps = random_.between(2, settings_.most_steps);
  if (random_.one_in(3)) disk_.lose_power_after(random_.between(0, 400));
  for (int i = 0; i < steps && store_; ++i) {
    try {
      step();
    } catch (const Violation&) {
      if (disk_.powered()) throw;  // or nobody saw it
    }
    if (!disk_.powered()) return power_went();
    if (!overheard_.empty()) throw Violation(overheard_);
    notice_retention();
  }
  disk_.lose_power_after(kEver);
  if (random_.one_in(2)) make_well();
}

void StoreSimulation::step() {
  switch (random_.below(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return append(true);
    case 4:
    case 5:
      return append(false);
    case 6:
      for (auto i = random_.between(1, 20); i > 0; --i) static_cast<void>(lanes_->run_one());
      return;
    case 7:
    case 8:
      return let_time_pass();
    case 9:
      return read_somewhere();
    case 10:
      return jump_ahead();
    case 11:
      if (well()) look_at_everything();
      return;
    default:
      return settings_.faults ? disturb() : append(true);
  }
}

void StoreSimulation::disturb() {
  const auto lane = static_cast<Lane>(random_.below(kLanes));
  switch (random_.below(7)) {
    case 0:
    case 1:
      return fail_a_call();
    case 2:
      return fill_up();
    case 3:
      tell("slow");
      return disk_.slow_down({.most_write = 20ms, .most_sync = 5s, .one_in = 4});
    case 4:
      tell("a lane stalls");
      return lanes_->hold(lane);
    default:
      return make_well();
  }
}

void StoreSimulation::append(bool wait) {
  std::vector<Burst::Message> messages;
  const auto count = random_.between(1, random_.one_in(3) ? 40 : 8);
  for (int i = 0; i < count; ++i) {
    Burst::Message message;
    message.queue = {random_.pick(kTopics), static_cast<std::int32_t>(random_.below(2))};
    std::vector<std::string> keys;
    if (random_.one_in(2)) keys.emplace_back(random_.pick(kKeys));
    if (random_.one_in(4)) keys.emplace_back("u" + std::to_string(model_.sent()));
    for (const std::string& key : keys)
      message.properties += (key[0] == 'u' ? "UNIQ_KEY\x01" : "KEYS\x01") + key + "\x02";
    message.id = model_.send(message.queue, std::move(keys), now());
    const auto size = random_.one_in(30) ? random_.between(4096, 8000) : random_.between(0, 500);
    message.body = StoreModel::text_of(message.id);
    message.body += std::string(static_cast<std::size_t>(size), static_cast<char>('a' + message.id % 26));
    model_.has_content(message.id, message.body, message.properties);
    messages.push_back(std::move(message));
  }
  const auto first = messages.front().id;
  auto told = std::make_shared<bool>(false);
  store_->append(std::make_unique<Burst>(*this, std::move(messages), told));
  if (wait) static_cast<void>(lanes_->run_until([&] { return *told || !disk_.powered(); }, 20s));
  tell("sent " + std::to_string(count) + " from " + std::to_string(first) + (*told ? ", told" : "") +
       ", log ends at " + std::to_string(store_->positions().written.load()) + ", flushed " +
       std::to_string(store_->positions().flushed.load()));
}

void StoreSimulation::let_time_pass() {
  const auto time = std::chrono::milliseconds(random_.between(1, random_.one_in(4) ? 12'000 : 1'500));
  tell("time passes, ms " + std::to_string(time.count()));
  static_cast<void>(lanes_->run_for(time));
}

void StoreSimulation::jump_ahead() {
  tell("some hours pass");
  clock_.advance(std::chrono::minutes(random_.between(20, 150)));
  static_cast<void>(lanes_->run_for(12s));
}

void StoreSimulation::fail_a_call() {
  using Call = SimulatedFileSystem::Call;
  constexpr std::array<const char*, 5> kParts{"", "commitlog", "consumequeue", "index", "checkpoint"};
  constexpr std::array<Call, 6> kCalls{Call::write, Call::sync,   Call::allocate,
                                       Call::open,  Call::remove, Call::sync_directory};
  const std::string part = random_.pick(kParts);
  const bool any = random_.one_in(3);
  const Call kind = random_.pick(kCalls);
  SimulatedFileSystem::Fault fault{.at = random_.between(0, 6),
                                   .number = random_.one_in(3) ? ENOSPC : EIO,
                                   .from_then_on = random_.one_in(2)};
  fault.counts = [=](Call call, const auto& path) {
    return (any ? SimulatedFileSystem::changes(call) : call == kind) &&
           path.native().find(part) != std::string::npos;
  };
  tell("a call will fail: " + (any ? std::string("any") : std::string(SimulatedFileSystem::name(kind))) +
       " " + part);
  disk_.fail(std::move(fault));
  failing_ = disturbed_ = true;
}

void StoreSimulation::fill_up() {
  const auto room = random_.between(0, 100'000);
  tell("room is left for " + std::to_string(room));
  disk_.set_room(room);
  failing_ = forced_ = disturbed_ = true;
}

void StoreSimulation::make_well() {
  if (!failing_) return;
  tell("all is well");
  disk_.mend();
  disk_.set_room(kEver);
  failing_ = false;
}

void StoreSimulation::tell(std::string line) {
  if (settings_.log_in_story) {
    const auto lines = log_.lines();
    for (; heard_ < lines.size(); ++heard_) {
      std::string logged = "    " + lines[heard_].message;
      for (const auto& [name, value] : lines[heard_].fields) logged += "; " + name + " " + value;
      story_.push_back(std::move(logged));
    }
  }
  story_.push_back(std::move(line));
}

std::int64_t StoreSimulation::now() const {
  return clock_.now().time_since_epoch().count();
}
std::int64_t StoreSimulation::date_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch()).count();
}

}  // namespace gantry::store
