// The files that Apache's broker keeps its metadata in, <root>/config/*.json: read once, when a broker of
// ours begins with an Apache broker's data, and written on request, so that there is a way back.
//
//   topics.json, subscriptionGroup.json   the tables of those names
//   consumerOffset.json                   "topic@group" to offsets by queue
//   delayOffset.json                      offsets by delay level: here those of the group SCHEDULE_CONSUMER
//   for
//                                         SCHEDULE_TOPIC_XXXX, whose queue is the level less one
//
// Apache replaces a file without syncing it, so each may be torn or missing; its predecessor, FILE.bak, then
// stands in. Neither whole is a refusal: metadata never begins empty by mistake.
//
// What these files hold and we cannot (names that are too long or have characters which are not allowed,
// levels and queues below 0) is set aside as it is, and written again by an export: nothing unsafe gets in,
// and nothing is lost. An offset below 0 is Apache's way to say that there is none.
#pragma once

#include "disk/files.h"
#include "kernel/api/groups.h"
#include "kernel/api/topics.h"
#include "kernel/offset_row.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

enum class ApacheFile : std::uint8_t { topics, groups, offsets, delays };
inline constexpr std::array<std::string_view, 4> kApacheFiles{"topics.json", "subscriptionGroup.json",
                                                              "consumerOffset.json", "delayOffset.json"};
inline constexpr std::array kAllApacheFiles{ApacheFile::topics, ApacheFile::groups, ApacheFile::offsets,
                                            ApacheFile::delays};
constexpr std::string_view name_of(ApacheFile file) {
  return kApacheFiles[static_cast<std::size_t>(file)];
}

// Whose offsets are in delayOffset.json.
inline constexpr std::string_view kScheduleGroup = "SCHEDULE_CONSUMER";
inline constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";

struct ApacheConfig {
  std::vector<api::Topic> topics{};  // by name, as are groups
  api::TableVersion topics_version{};
  std::vector<api::Group> groups{};
  api::TableVersion groups_version{};
  std::map<std::string, OffsetRow> offsets{};     // by offset_key()
  std::map<ApacheFile, std::string> set_aside{};  // in the form of that file

  bool operator==(const ApacheConfig&) const = default;
};

// Adds one file's content. Refused: it is not whole; `to` is as it was.
api::Result<void> read_apache_file(ApacheFile file, std::string_view text, ApacheConfig& to);
std::string apache_file_text(ApacheFile file, const ApacheConfig& from);

struct ApacheImport {
  ApacheConfig config;
  std::vector<std::string> read;       // the files, by name
  std::vector<std::string> fell_back;  // why FILE.bak was read, a sentence each
};

// nullopt: none of the files is there. Refused: one is there and cannot be read, nor can its .bak.
api::Result<std::optional<ApacheImport>> import_apache_config(disk::Files& files,
                                                              const std::filesystem::path& root);

// Each file is replaced whole; what was there before is its .bak. Makes the folder if need be.
api::Result<void> export_apache_config(disk::Files& files, const std::filesystem::path& root,
                                       const ApacheConfig& config);

}  // namespace gantry::kernel
