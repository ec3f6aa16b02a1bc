#include "kernel/tag_filter.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <utility>

namespace gantry::kernel {
namespace {

// What Java's trim() takes off: blanks and all that comes before them.
std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Kept as long as somebody asks for it, so without what it had room for.
template <class T>
void sort_each_once(std::vector<T>& all) {
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  all.shrink_to_fit();
}

}  // namespace

std::vector<std::string> tags_of(std::string_view expression) {
  constexpr std::string_view kBars = "||";
  std::vector<std::string> tags;
  if (trimmed(expression).empty() || expression == "*") return tags;
  for (std::string_view rest = expression; !rest.empty();) {
    const auto bars = std::min(rest.find(kBars), rest.size());
    if (const auto tag = trimmed(rest.substr(0, bars)); !tag.empty()) tags.emplace_back(tag);
    rest.remove_prefix(std::min(bars + kBars.size(), rest.size()));
  }
  return tags;
}

TagFilter::TagFilter(std::vector<std::string> tags) : tags_(std::move(tags)) {
  sort_each_once(tags_);
  codes_.reserve(tags_.size());
  for (const std::string& tag : tags_) codes_.push_back(remoting::java_string_hash(tag));
  sort_each_once(codes_);
}

void TagFilter::judge_entries(std::span<const api::QueueEntry> entries,
                              std::span<api::Verdict> verdicts) const {
  for (std::size_t i = 0; i < entries.size(); ++i)
    verdicts[i] =
        std::ranges::binary_search(codes_, entries[i].tags_code) ? api::Verdict::yes : api::Verdict::no;
}

void TagFilter::judge(std::span<const remoting::MessageRecordView> records,
                      std::span<api::Verdict> verdicts) const {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto tag = remoting::find_property(records[i].properties(), remoting::property_name::kTags);
    verdicts[i] = tag && std::ranges::binary_search(tags_, *tag) ? api::Verdict::yes : api::Verdict::no;
  }
}

}  // namespace gantry::kernel
