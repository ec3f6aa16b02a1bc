#include "kernel/filters.h"

#include "kernel/guarded_points.h"
#include "kernel/refusals.h"
#include "kernel/tag_filter.h"

#include <mutex>
#include <optional>
#include <utility>

namespace gantry::kernel {
namespace {

constexpr std::string_view kTag = "TAG";
// Of type, group and topic together. Those of pulls are shorter; a check may name anything.
constexpr std::size_t kLongestNames = 1024;
constexpr std::size_t kLongestRefusedKept = 4096;

// Names have no zero bytes.
void make_key(std::string& key, std::string_view type, const api::FilterSource& source) {
  key.clear();
  key += type;
  for (const std::string_view part : {source.group, source.topic, source.expression}) {
    key += '\0';
    key += part;
  }
}

// A tag of one letter and its two bars become a string and a code, 13 times as much; a program of a plugin's
// is taken for no more than that. And what each has in the map.
std::size_t bytes_of(const std::string& key, std::string_view expression) {
  return key.size() + 16 * expression.size() + 256;
}

api::Refusal too_long(std::string_view expression) {
  return {remoting::ResponseCode::subscription_parse_failed,
          "the subscription's expression has " + std::to_string(expression.size()) + " bytes; " +
              std::to_string(Filters::kLongestExpression.bytes()) + " are allowed"};
}

}  // namespace

Filters::Found Filters::find(std::string_view type, const api::FilterSource& source) {
  if (type.empty()) type = kTag;
  if (type == kTag && (source.expression.empty() || source.expression == "*")) return Found(nullptr);
  if (source.expression.size() > kLongestExpression.bytes()) return too_long(source.expression);
  if (type.size() + source.group.size() + source.topic.size() > kLongestNames) return compile(type, source);
  static thread_local std::string key;  // stays as long as the longest that came
  make_key(key, type, source);
  {
    const std::shared_lock lock(mutex_);
    if (const auto there = kept_.find(key); there != kept_.end()) return there->second;
  }
  Found compiled = compile(type, source);
  // What a plugin could not tell now it may tell the next time.
  if (!compiled && compiled.error().code != remoting::ResponseCode::subscription_parse_failed)
    return compiled;
  keep(key, source.expression, compiled);
  return compiled;
}

void Filters::keep(const std::string& key, std::string_view expression, const Found& compiled) {
  const std::size_t refusal = compiled ? 0 : compiled.error().text.size();
  if (!compiled && key.size() + refusal > kLongestRefusedKept) return;
  const std::size_t bytes = bytes_of(key, expression) + refusal;
  std::unordered_map<std::string, Found> forgotten;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept || bytes_ + bytes > kMostBytesKept.bytes()) {
    forgotten.swap(kept_);
    bytes_ = 0;
  }
  // Another thread may have been quicker with the same one.
  if (kept_.insert_or_assign(key, compiled).second) bytes_ += bytes;
}

Filters::Found Filters::compile(std::string_view type, const api::FilterSource& source) const {
  if (type == kTag) {
    auto tags = tags_of(source.expression);
    if (tags.empty()) return Found(nullptr);
    return Found(std::make_shared<const TagFilter>(std::move(tags)));
  }
  for (const auto& [by, language] : extensions_.filter_languages()) {
    if (language->name() != type) continue;
    std::optional<Found> compiled;
    const auto thrown = by->guard("compile", [&, asked = language] { compiled = asked->compile(source); });
    if (thrown) return api::Refusal{.text = "plugin " + by->plugin() + " failed: " + *thrown};
    if (*compiled && **compiled == nullptr) return Found(nullptr);
    if (*compiled) return Found(std::make_shared<const GuardedFilter>(**compiled, *by));
    return api::Refusal{remoting::ResponseCode::subscription_parse_failed, compiled->error().text};
  }
  return api::Refusal{.text = "The broker does not support consumer to filter message by " + named(type)};
}

}  // namespace gantry::kernel
