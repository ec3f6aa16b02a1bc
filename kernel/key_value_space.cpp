#include "kernel/key_value_space.h"

#include "remoting/quoted.h"

#include <utility>

namespace gantry::kernel {

namespace {

// Why the change is none; empty: it is one.
std::string why_no_change(std::string_view space, const api::KeyValueChange& change) {
  const auto too_long = [&](std::string_view what, std::size_t size, std::size_t most) {
    return std::string(what) + " of " + std::string(space) + " " + remoting::quoted(change.key) + " has " +
           std::to_string(size) + " bytes, " + std::to_string(most) + " are allowed";
  };
  if (change.key.size() > KeyValueSpace::kLongestKey)
    return too_long("the key", change.key.size(), KeyValueSpace::kLongestKey);
  if (change.value && change.value->size() > KeyValueSpace::kLongestValue)
    return too_long("the value of the key", change.value->size(), KeyValueSpace::kLongestValue) +
           ": messages and large data belong in the store";
  return {};
}

Result<void> write(EntryTable& entries, std::string_view space,
                   const std::vector<api::KeyValueChange>& changes, std::int64_t date) {
  bool changed = false;
  for (const auto& [key, value] : changes) {
    if (value) {
      if (auto put = entries.put(space, key, *value); !put) return put;
      changed = true;
    } else {
      const auto removed = entries.remove(space, key);
      if (!removed) return removed.error();
      changed = changed || *removed == EntryTable::Effect::changed;
    }
  }
  if (!changed) return {};
  if (auto version = entries.next_version(space, date); !version) return version.error();
  return {};
}

}  // namespace

Result<std::unique_ptr<EntryReaders::Connection>> EntryReaders::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto database = Database::open(file_, Database::Open::read_only);
  if (!database) return database.error();
  return std::make_unique<Connection>(std::move(*database));
}

void EntryReaders::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

KeyValueSpace::KeyValueSpace(std::string_view plugin, EntryReaders& readers, MetadataWriter& writer,
                             const api::Clock& clock)
    : space_(std::string(space::kPlugin) + std::string(plugin)),
      readers_(readers),
      writer_(writer),
      clock_(clock) {
}

std::optional<std::string> KeyValueSpace::get(std::string_view key) const {
  return readers_.with([&](EntryReader& entries) { return entries.get(space_, key); }).value();
}

void KeyValueSpace::scan(
    std::string_view prefix,
    const std::function<bool(std::string_view key, std::string_view value)>& each) const {
  readers_.with([&](EntryReader& entries) { return entries.scan(space_, prefix, each); }).value();
}

void KeyValueSpace::change(std::vector<api::KeyValueChange> changes, api::Completion<void> done) {
  for (const auto& change : changes)
    if (std::string why = why_no_change(space_, change); !why.empty())
      return writer_.refuse(std::move(done), {.text = std::move(why)});
  writer_.post({.write = [space = space_, changes = std::move(changes), &clock = clock_](
                             EntryTable& entries) { return write(entries, space, changes, date_ms(clock)); },
                .done = std::move(done)});
}

}  // namespace gantry::kernel
