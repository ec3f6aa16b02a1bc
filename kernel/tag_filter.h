// The kernel's own filter language: TAG. "TagA || TagB", or "*" for everything.
#pragma once

#include "kernel/api/filter_language.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

// The tags of an expression; none: it wants everything. As Apache reads it: what stands between two bars,
// without blanks around it, empty ones left out.
std::vector<std::string> tags_of(std::string_view expression);

// Entries have a tag's hash only: what it lets pass is looked at again in the record, so that of two tags
// with one hash each group gets its own.
class TagFilter final : public api::Filter {
 public:
  // At least one; without any there is nothing to filter.
  explicit TagFilter(std::vector<std::string> tags);

  // How many different ones it looks for.
  std::size_t tags() const { return tags_.size(); }
  std::size_t codes() const { return codes_.size(); }

  void judge_entries(std::span<const api::QueueEntry> entries,
                     std::span<api::Verdict> verdicts) const override;
  void judge(std::span<const remoting::MessageRecordView> records,
             std::span<api::Verdict> verdicts) const override;

 private:
  std::vector<std::string> tags_;    // sorted, each once
  std::vector<std::int64_t> codes_;  // sorted, each once
};

}  // namespace gantry::kernel
