// Changes of topics, or of groups, one at a time for each name. Without it a sender that finds no topic, and
// an administrator who makes it in that moment, would both write it, and the one who came second by a hair
// would undo what the other has been told is done.
//
//   turns.make("orders", plan, done);                 // made by plan() unless it is there by then
//   turns.change("orders", [&](Turn turn) { ... });   // an administrator's wish, until its last copy is gone
//
// Those who want one name to be made while somebody has its turn wait for the end of that turn, look again,
// and share one put. Names do not wait for each other. A failed put is told to those who shared it, and tried
// anew by who comes next. How many there may be: places.h.
//
// Thread: any. `done` and a change run on the caller's thread before the call returns, or later on the one
// that ended the turn before; neither may wait. It outlives every turn and every put that it has begun.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/names.h"
#include "kernel/api/refusal.h"
#include "kernel/places.h"
#include "logging/logger.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gantry::kernel {

// Table: api::Topics or api::Groups; Entry: what is in it.
template <class Table, class Entry>
class ChangesInTurn {
 public:
  using Made = std::function<void(api::Result<std::shared_ptr<const Entry>>)>;
  // What the new one shall be, or why there can be none. It sees the table as it is when the turn comes.
  using Plan = std::function<api::Result<Entry>()>;
  using Turn = std::shared_ptr<void>;
  using Change = std::function<void(Turn)>;
  // The log's events.
  struct Words {
    std::string_view made;    // "topic made"
    std::string_view failed;  // "topic cannot be made"
  };
  // Both outlive it.
  ChangesInTurn(Table& table, logging::Logger& log, Words words, const PlacesLimit& limit)
      : table_(table), log_(log), words_(words), places_(table, limit) {}
  ChangesInTurn(const ChangesInTurn&) = delete;

  // One that is there already is told at once.
  void make(std::string_view name, Plan plan, Made done) {
    if (auto there = table_.find(name)) return done(std::move(there));
    enter(name, [&](Waiting& waiting) { waiting.makers.push_back({std::move(plan), std::move(done)}); });
  }

  void change(std::string_view name, Change change) {
    enter(name, [&](Waiting& waiting) { waiting.changes.push_back(std::move(change)); });
  }

  // Somebody has its turn: it is being made, perhaps.
  bool is_busy(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return waiting_.contains(std::string(name));
  }

  // How many there may be, and one for who puts a new one without make().
  Places<Table>& places() { return places_; }
  const Places<Table>& places() const { return places_; }

 private:
  struct Maker {
    Plan plan;
    Made done;
  };
  // For a name whose turn somebody has.
  struct Waiting {
    std::deque<Change> changes;
    std::vector<Maker> makers;
  };

  template <class Add>
  void enter(std::string_view name, const Add& add) {
    const std::string owned(name);
    {
      const std::lock_guard lock(mutex_);
      const auto [waiting, free] = waiting_.try_emplace(owned);
      add(waiting->second);
      if (!free) return;
    }
    next(owned);
  }

  // The turn is nobody's: to whom it goes, or that name is forgotten.
  void next(const std::string& name) {
    while (true) {
      Change change;
      std::vector<Maker> makers;
      {
        const std::lock_guard lock(mutex_);
        const auto waiting = waiting_.find(name);
        if (!waiting->second.changes.empty()) {
          change = std::move(waiting->second.changes.front());
          waiting->second.changes.pop_front();
        } else if (waiting->second.makers.empty()) {
          waiting_.erase(waiting);
          return;
        } else {
          makers.swap(waiting->second.makers);
        }
      }
      if (change) {
        // A turn that ends before the call returns is followed from here, so that many do not nest. Of the
        // two who pass here the second goes on.
        const auto passed = std::make_shared<std::atomic<bool>>(false);
        change(Turn(this, [this, name, passed](void*) {
          if (passed->exchange(true)) next(name);
        }));
        if (!passed->exchange(true)) return;
        continue;
      }
      if (settle(name, std::move(makers)) == Settled::later) return;
    }
  }

  enum class Settled : bool { now, later };  // later: next() is called when the put is done
  Settled settle(const std::string& name, std::vector<Maker> makers) {
    if (auto there = table_.find(name)) {
      for (const Maker& maker : makers) maker.done(there);
      return Settled::now;
    }
    // The first plan that can be is that of all who come after it.
    for (auto first = makers.begin(); first != makers.end(); ++first) {
      auto planned = places_.take_with(first->plan);
      if (!planned) {
        first->done(planned.error());
        continue;
      }
      makers.erase(makers.begin(), first);
      put(name, std::move(*planned), std::move(makers));
      return Settled::later;
    }
    return Settled::now;
  }

  void put(const std::string& name, Entry entry, std::vector<Maker> makers) {
    auto made = std::make_shared<const Entry>(std::move(entry));
    auto waiting = std::make_shared<std::vector<Maker>>(std::move(makers));
    table_.put(*made, api::Completion<void>([this, name, made, waiting](const api::Result<void>& outcome) {
      places_.give_back();
      if (outcome)
        log_.info(words_.made, {{"name", name}});
      else
        log_.error(words_.failed, {{"name", name}, {"reason", outcome.error().text}});
      for (const Maker& maker : *waiting) {
        if (outcome)
          maker.done(made);
        else
          maker.done(outcome.error());
      }
      next(name);
    }));
  }

  Table& table_;
  logging::Logger& log_;
  const Words words_;
  Places<Table> places_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Waiting> waiting_;  // guarded by mutex_
};

}  // namespace gantry::kernel
