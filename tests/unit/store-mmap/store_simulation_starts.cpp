// How a store's lives begin and end in the simulation.
#include "tests/unit/store-mmap/store_simulation.h"

#include <chrono>
#include <exception>
#include <memory>
#include <string>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNotClosedCleanly = "the store could not be closed cleanly; the next start checks it";

}  // namespace

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
  const std::size_t failed_before = log_.count(kNotClosedCleanly);
  store_->close();
  const bool clean = log_.count(kNotClosedCleanly) == failed_before;
  if (!clean && !disturbed_) throw Violation("is not closed cleanly, and nothing was wrong");
  const StoreClaims claims{store_->positions().flushed.load(), store_->positions().visible.load()};
  store_.reset();
  if (!disk_.powered()) {
    tell("... and the power went meanwhile");
    model_.crashed(Crash::power_cut, claims);
    cut_power();
    return;
  }
  model_.crashed(clean ? Crash::clean : Crash::kill, claims);
  if (random_.one_in(4)) {
    tell("... and the power cut then");
    if (!clean) model_.crashed(Crash::power_cut, std::nullopt);
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
  const bool cut = settings_.cuts_while_starting && random_.one_in(2);
  int cuts = static_cast<int>(cut ? random_.between(1, 3) : 0);
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
  disturbed_ = failing_;
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

// What recovery leaves is what recovery finds, be it killed at once or left without power: the latter not
// where what was found is made durable later.
void StoreSimulation::recover_again() {
  const Contents before = read_all();
  const Crash crash = config_.flush == Flush::async || random_.one_in(2) ? Crash::kill : Crash::power_cut;
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

}  // namespace gantry::store
