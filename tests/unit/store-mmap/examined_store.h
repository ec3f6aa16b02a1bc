// A store on a simulated disk that was closed, or not, and what the offline tools say of it. Whatever they
// are asked, they must leave every file as it was.
#pragma once

#include "plugins/store-mmap/store_tools.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::store {

inline constexpr std::string_view kFirstLogFile = "data/store/commitlog/00000000000000000000";

class ExaminedStore : public OpenedStore {
 public:
  explicit ExaminedStore(std::uint64_t seed = 1) : OpenedStore(small_files(), seed) {}

  // So many messages of 300 bytes or so, each with two keys, and where they are.
  void append_some(int count, const std::string& topic = "orders", std::int32_t queue = 0) {
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      const auto told = append({{.topic = topic,
                                 .queue = queue,
                                 .body = "body of " + n + std::string(200, '.'),
                                 .properties = "KEYS\x01key" + n + " all\x02TAGS\x01tag"}});
      messages.push_back(told->outcomes.at(0));
    }
  }

  // "damage data/store/commitlog/...@88: body CRC ... | message 3 of queue 0 of topic orders"
  std::vector<std::string> check() {
    std::vector<std::string> findings;
    const auto before = everything();
    const auto checked = tools().check(
        "data/store", [&](const api::StoreFinding& finding) { findings.push_back(text(finding)); }, {});
    EXPECT_EQ(everything(), before);
    EXPECT_TRUE(checked) << checked.error().text;
    if (checked) report = *checked;
    return findings;
  }
  ClosedStoreTools tools() { return {disk, layout_of(small_files())}; }

  static std::string text(const api::StoreFinding& finding) {
    using Weight = api::StoreFinding::Weight;
    const std::string weight = finding.weight == Weight::harmless ? "harmless "
                               : finding.weight == Weight::mended ? "mended "
                                                                  : "damage ";
    return weight + finding.file.string() + "@" + std::to_string(finding.at) + ": " + finding.what +
           (finding.affected.empty() ? "" : " | " + finding.affected);
  }

  static std::string queue_file(int number, const std::string& topic = "orders", int queue = 0) {
    const std::string digits = std::to_string(number * 320);  // small_files() have 16 entries
    return "data/store/consumequeue/" + topic + "/" + std::to_string(queue) + "/" +
           std::string(20 - digits.size(), '0') + digits;
  }
  static std::string log_file(int number) {
    const std::string digits = std::to_string(number * 16384);
    return "data/store/commitlog/" + std::string(20 - digits.size(), '0') + digits;
  }
  std::vector<std::string> index_files() const {
    std::vector<std::string> files;
    for (const auto& path : disk.all_files())
      if (path.parent_path() == "data/store/index") files.push_back(path.string());
    return files;
  }

  // Where the log ends.
  std::int64_t log_end() const { return messages.back().at.value + messages.back().size; }

  std::vector<api::Appended> messages;
  api::StoreCheckReport report;
};

}  // namespace gantry::store
