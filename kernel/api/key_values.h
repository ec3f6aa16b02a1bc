// A plugin's own durable memory: keys and values of any bytes, kept in the broker's database, replicated with
// all other metadata. For settings, positions and small tables; messages belong in the store.
//
// A key has at most 1 KiB, a value at most 1 MiB. Reads may touch the disk: not on an I/O thread.
#pragma once

#include "kernel/api/completion.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api {

struct KeyValueChange {
  std::string key;
  std::optional<std::string> value;  // nullopt: the key is taken out
};

// Any thread.
class KeyValues {
 public:
  virtual ~KeyValues() = default;

  virtual std::optional<std::string> get(std::string_view key) const = 0;

  // All keys that begin with `prefix`, in byte order; until `each` returns false.
  virtual void scan(std::string_view prefix,
                    const std::function<bool(std::string_view key, std::string_view value)>& each) const = 0;

  // All of it or nothing, in the order of the calls. Returns at once; `done` runs on a background thread once
  // it is on disk, and from then on, not before, reads see it.
  virtual void change(std::vector<KeyValueChange> changes, Completion<void> done) = 0;
};

}  // namespace gantry::api
