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

constexpr std::array<const char*, 3> kTopics{"A", "B", "C"};
constexpr std::array<const char*, 6> kKeys{"k1", "k2", "k3", "k4", "k5", "k6"};
constexpr std::int64_t kEver = std::int64_t{1} << 60;
constexpr auto kLongEnough = 30s;

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

// ---- Starts and ends

void StoreSimulation::start_again(Crash crash) {
  end(crash);
  start();
}

void StoreSimulation::end(Crash crash) {
  if (crash == Crash::clean) return stop_cleanly();
  tell(crash == Crash::kill ? "killed" : "power cut");
  lanes_->stop();
  std::optional<StoreClaims> claims;
  if (store_) claims = {store_->positions().flushed.load(), store_->positions().visible.load()};
  store_.reset();
  model_.crashed(crash, claims);
  crash == Crash::kill ? disk_.kill() : cut_power();
}

void StoreSimulation::stop_cleanly() {
  tell("stopped");
  lanes_->stop();
  store_->close();
  const StoreClaims claims{store_->positions().flushed.load(), store_->positions().visible.load()};
  store_.reset();
  if (!disk_.powered()) {
    tell("... and the power went meanwhile");
    model_.crashed(Crash::power_cut, claims);
    cut_power();
    return;
  }
  model_.crashed(failing_ ? Crash::kill : Crash::clean, claims);
  if (random_.one_in(4)) {
    tell("... and the power cut then");
    if (failing_) model_.crashed(Crash::power_cut, std::nullopt);
    cut_power();
  }
}

// The disk has nothing wrong afterwards.
void StoreSimulation::cut_power() {
  disk_.power_cut();
  disk_.set_room(kEver);
  failing_ = false;
}

void StoreSimulation::power_went() {
  tell("the power went");
  end(Crash::power_cut);
  start();
}

void StoreSimulation::start() {
  int cuts = static_cast<int>(random_.one_in(2) ? random_.between(1, 3) : 0);
  while (true) {
    disk_.lose_power_after(cuts-- > 0 ? random_.between(0, 40) : kEver);
    if (try_to_start()) break;
  }
  make_well();
  const Contents contents = read_all(true);
  notice_retention();
  model_.came_up(contents, log_first_);
  look_at_everything();
  if (random_.one_in(3)) recover_again();
}

// False: it was cut short, and may be tried again.
bool StoreSimulation::try_to_start() {
  lanes_ = std::make_unique<SimulatedLanes>(random_.below(kEver), clock_);
  store_ = std::make_unique<Store>(config_, "data/store", Store::Surroundings{disk_, *lanes_, clock_, log_});
  try {
    store_->open();
    if (disk_.powered()) {
      disk_.lose_power_after(kEver);
      store_->start();
      tell("started: log " + std::to_string(store_->first().value) + ".." +
           std::to_string(store_->end().value));
      return true;
    }
  } catch (const Violation&) {
    throw;
  } catch (const std::exception& why) {
    if (disk_.powered() && !failing_) throw Violation(std::string("does not start: ") + why.what());
    tell(std::string("did not start: ") + why.what());
  }
  store_.reset();
  if (!disk_.powered()) {
    tell("power cut while starting");
    model_.crashed(Crash::power_cut, std::nullopt);
    cut_power();
  } else {
    make_well();
    disk_.kill();
  }
  return false;
}

// What recovery leaves is what recovery finds, be it killed at once or left without power.
void StoreSimulation::recover_again() {
  const Contents before = read_all();
  const Crash crash = random_.one_in(2) ? Crash::kill : Crash::power_cut;
  end(crash);
  disk_.lose_power_after(kEver);
  if (!try_to_start()) return start();
  const Contents after = read_all(true);
  notice_retention();
  model_.came_up(after, log_first_);
  for (const auto& [queue, seen] : before) {
    const auto again = after.find(queue);
    if (seen.messages.empty()) continue;
    if (again == after.end() || again->second.messages.size() != seen.messages.size() ||
        again->second.first != seen.first)
      throw Violation("I13: recovered once more, " + text(queue) + " is another");
  }
  tell("recovered again");
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
  failing_ = true;
}

void StoreSimulation::fill_up() {
  const auto room = random_.between(0, 100'000);
  tell("room is left for " + std::to_string(room));
  disk_.set_room(room);
  failing_ = forced_ = true;
}

void StoreSimulation::make_well() {
  if (!failing_) return;
  tell("all is well");
  disk_.mend();
  disk_.set_room(kEver);
  failing_ = false;
}

// ---- Looks

void StoreSimulation::let_all_run() {
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes_->let_go(static_cast<Lane>(lane));
  if (!lanes_->run_until_idle()) throw Violation("it never comes to rest");
}

void StoreSimulation::read_somewhere() {
  if (!well()) return;
  SeenQueue seen;
  const QueueName queue{random_.pick(kTopics), static_cast<std::int32_t>(random_.below(2))};
  if (store_->range(queue.topic, api::QueueId{queue.id})) read_queue(queue, seen, false);
}

void StoreSimulation::read_queue(const QueueName& name, SeenQueue& into, bool strict) {
  const auto range = store_->range(name.topic, api::QueueId{name.id});
  into.first = range->first.value;
  for (api::QueueOffset at = range->first; at < range->end;) {
    const auto outcome = wait_for<api::Result<api::ReadOutcome>>([&](auto done) {
      store_->read({.topic = name.topic, .queue = api::QueueId{name.id}, .from = at, .filter = nullptr},
                   done);
    });
    if (!outcome) throw Violation("cannot read " + text(name) + ": " + outcome.error().text);
    if (outcome->status != api::ReadStatus::found || outcome->next <= at)
      throw Violation("I3: " + text(name) + " shows nothing at " + std::to_string(at.value) + " of " +
                      std::to_string(range->first.value) + ".." + std::to_string(range->end.value));
    for (const auto& slice : outcome->messages) {
      remoting::RecordWalker walker(slice.bytes);
      while (const auto record = walker.next()) {
        // Retention has taken what the queue still showed as its first.
        if (!strict && into.messages.empty() && record->queue_offset() > at.value)
          at.value = into.first = record->queue_offset();
        into.messages.push_back(model_.saw(name, at.value, record->physical_offset(), *record));
        at = at + 1;
      }
    }
    if (at != outcome->next) throw Violation("I3: a read of " + text(name) + " leaves something out");
  }
}

Contents StoreSimulation::read_all(bool strict) {
  let_all_run();
  Contents contents;
  for (const std::string& topic : store_->topics()) {
    for (const api::QueueId id : store_->queues(topic)) {
      const QueueName name{topic, api::number(id)};
      read_queue(name, contents[name], strict);
    }
  }
  return contents;
}

void StoreSimulation::notice_retention() {
  if (!store_) return;
  const std::int64_t first = store_->first().value;
  // Less: a file is back whose removal a power cut undid.
  if (first > log_first_) {
    tell("the log begins at " + std::to_string(first));
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(config_.retention_age);
    model_.log_begins(first, date_ms() - age.count(), forced_);
    log_first_ = first;
  }
  if (!failing_) forced_ = false;
}

void StoreSimulation::look_at_everything() {
  const Contents contents = read_all();
  notice_retention();
  model_.check(contents, log_first_);
  compare_with_log(contents);
  look_up(contents);
  tell("looked at everything");
}

// Queues and log have the same messages.
void StoreSimulation::compare_with_log(const Contents& contents) {
  std::vector<std::int64_t> in_queues;
  for (const auto& [name, queue] : contents)
    for (const Seen& seen : queue.messages)
      if (seen.at >= log_first_) in_queues.push_back(seen.at);
  std::ranges::sort(in_queues);
  std::vector<std::int64_t> in_log;
  for (api::LogOffset at = store_->first(); at < store_->end();) {
    const auto next = store_->walk(at, ByteSize::kib(64), [&](std::span<const api::LogEntry> entries) {
      for (const auto& entry : entries)
        if (entry.at.value >= log_first_) in_log.push_back(entry.at.value);
    });
    if (!next) throw Violation("the log cannot be walked: " + next.error().text);
    if (*next <= at) throw Violation("the log cannot be walked at " + std::to_string(at.value));
    at = *next;
  }
  if (in_log != in_queues)
    throw Violation("I7: the log has " + std::to_string(in_log.size()) + " messages, the queues show " +
                    std::to_string(in_queues.size()));
}

void StoreSimulation::look_up(const Contents& contents) {
  look_up_keys(contents);
  look_up_places(contents);
  for (const auto& [name, queue] : contents) look_up_times(name, queue);
}

void StoreSimulation::look_up_keys(const Contents& contents) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (int i = 0; i < 6; ++i) asked.emplace_back(random_.pick(kTopics), random_.pick(kKeys));
  for (const auto& [name, queue] : contents) {
    if (queue.messages.empty()) continue;
    const auto& keys = model_.operation(random_.pick(queue.messages).id).keys;
    if (!keys.empty()) asked.emplace_back(name.topic, keys.back());
  }
  for (const auto& [topic, key] : asked) {
    const auto found = wait_for<api::Result<std::vector<api::StoredMessage>>>(
        [&](auto done) { store_->find_by_key({.topic = topic, .key = key, .most = 1000}, done); });
    if (!found) throw Violation("I7: key " + key + " of " + topic + ": " + found.error().text);
    std::vector<std::int64_t> places;
    for (const auto& message : *found)
      if (message.at.value >= log_first_) places.push_back(message.at.value);
    const auto expected = model_.having(topic, key, contents, log_first_);
    if (places != expected)
      throw Violation("I7: key " + key + " of " + topic + " is in " + std::to_string(expected.size()) +
                      " messages, found in " + std::to_string(places.size()));
  }
}

void StoreSimulation::look_up_places(const Contents& contents) {
  for (const auto& [name, queue] : contents) {
    if (queue.messages.empty()) continue;
    const Seen& seen = random_.pick(queue.messages);
    const auto find = [&](std::int64_t at) {
      return wait_for<api::Result<api::StoredMessage>>([&](auto done) { store_->find({at}, done); });
    };
    const auto found = find(seen.at);
    if (!found) throw Violation("I7: by its place: " + model_.tell(seen.id) + ": " + found.error().text);
    static_cast<void>(model_.saw(name, found->record.queue_offset(), seen.at, found->record));
    if (find(seen.at + 1)) throw Violation("I7: a message within a message at " + std::to_string(seen.at));
  }
}

void StoreSimulation::look_up_times(const QueueName& name, const SeenQueue& queue) {
  if (queue.messages.empty()) return;
  const std::int64_t ms = random_.pick(queue.messages).stored_at + random_.between(-1, 1);
  const auto found = wait_for<api::Result<api::QueueOffset>>(
      [&](auto done) { store_->find_by_time(name.topic, api::QueueId{name.id}, ms, done); });
  if (!found) throw Violation("I7: by time: " + found.error().text);
  const auto first =
      std::ranges::find_if(queue.messages, [&](const Seen& one) { return one.stored_at >= ms; });
  if (found->value != queue.first + (first - queue.messages.begin()))
    throw Violation("I7: by time " + std::to_string(ms) + " of " + text(name) + ": " +
                    std::to_string(found->value));
}

// With a disk that is well again, a store takes messages again: after a restart whatever happened.
void StoreSimulation::takes_messages_again() {
  make_well();
  disk_.slow_down({});
  start_again(random_.one_in(2) ? Crash::kill : Crash::power_cut);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::size_t first = model_.sent();
    static_cast<void>(lanes_->run_for(5s));
    append(true);
    if (!overheard_.empty()) throw Violation(overheard_);
    if (model_.operation(first).outcome == Operation::Outcome::ok) return;
  }
  throw Violation("takes no messages, and nothing is wrong with the disk");
}

template <class T, class Ask>
T StoreSimulation::wait_for(const Ask& ask) {
  std::optional<T> told;
  ask([&](T outcome) { told = std::move(outcome); });
  static_cast<void>(lanes_->run_until([&] { return told.has_value(); }, kLongEnough));
  if (!told) throw Violation("a question was never answered");
  return std::move(*told);
}

std::int64_t StoreSimulation::now() const {
  return clock_.now().time_since_epoch().count();
}
std::int64_t StoreSimulation::date_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch()).count();
}

}  // namespace gantry::store
