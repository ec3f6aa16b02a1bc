// Compiled subscriptions: each expression is compiled once, however many pulls bring it.
//
// What clients send is kept, so all of it has a bound: an expression is so long at most, and what is kept is
// limited in number and in bytes. Past either of the two everything is forgotten, and compiled anew as it
// comes. What is refused is kept only while it is short, so that a client's mistakes push out little.
//
// Thread: any. The filter languages are those of `extensions`, which has them all before the first call.
#pragma once

#include "kernel/api/filter_language.h"
#include "kernel/extension_registry.h"
#include "remoting/byte_size.h"

#include <cstddef>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gantry::kernel {

class Filters {
 public:
  static constexpr std::size_t kMostKept = 10'000;
  static constexpr ByteSize kMostBytesKept = ByteSize::mib(16);  // as bytes_of() guesses them
  static constexpr ByteSize kLongestExpression = ByteSize::kib(64);

  explicit Filters(const ExtensionRegistry& extensions) : extensions_(extensions) {}

  using Found = api::Result<std::shared_ptr<const api::Filter>>;  // nullptr: everything matches

  // `type` as a subscription says it; empty: TAG. The error is the client's: no such language here, or the
  // expression is wrong or too long.
  Found find(std::string_view type, const api::FilterSource& source);

 private:
  Found compile(std::string_view type, const api::FilterSource& source) const;
  void keep(const std::string& key, std::string_view expression, const Found& compiled);

  const ExtensionRegistry& extensions_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Found> kept_;  // guarded by mutex_, as is what follows
  std::size_t bytes_ = 0;
};

}  // namespace gantry::kernel
