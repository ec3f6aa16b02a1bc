// Compiled subscriptions: each expression is compiled once, however many pulls bring it.
//
// Thread: any. The filter languages are those of `extensions`, which has them all before the first call.
#pragma once

#include "kernel/api/filter_language.h"
#include "kernel/extension_registry.h"

#include <cstddef>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gantry::kernel {

class Filters {
 public:
  static constexpr std::size_t kMostKept = 10'000;  // more, and all are compiled anew as they come

  explicit Filters(const ExtensionRegistry& extensions) : extensions_(extensions) {}

  using Found = api::Result<std::shared_ptr<const api::Filter>>;  // nullptr: everything matches

  // `type` as a subscription says it; empty: TAG. The error is the client's: no such language here, or the
  // expression is wrong.
  Found find(std::string_view type, const api::FilterSource& source);

 private:
  Found compile(std::string_view type, const api::FilterSource& source) const;

  const ExtensionRegistry& extensions_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Found> kept_;  // guarded by mutex_
};

}  // namespace gantry::kernel
