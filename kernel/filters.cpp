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

// Names have no zero bytes.
void make_key(std::string& key, std::string_view type, const api::FilterSource& source) {
  key.clear();
  key += type;
  for (const std::string_view part : {source.group, source.topic, source.expression}) {
    key += '\0';
    key += part;
  }
}

}  // namespace

Filters::Found Filters::find(std::string_view type, const api::FilterSource& source) {
  if (type.empty()) type = kTag;
  if (type == kTag && (source.expression.empty() || source.expression == "*")) return Found(nullptr);
  static thread_local std::string key;
  make_key(key, type, source);
  {
    const std::shared_lock lock(mutex_);
    if (const auto there = kept_.find(key); there != kept_.end()) return there->second;
  }
  Found compiled = compile(type, source);
  // What a plugin could not tell now it may tell the next time.
  if (!compiled && compiled.error().code != remoting::ResponseCode::subscription_parse_failed)
    return compiled;
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMostKept) kept_.clear();
  kept_.insert_or_assign(key, compiled);
  return compiled;
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
