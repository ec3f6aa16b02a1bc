#include "kernel/apache_config.h"

#include "tests/unit/disk/simulated_disk.h"
#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As a broker of 4.9.7 writes them, line breaks and tabs included.
constexpr std::string_view kTopics = R"({
	"dataVersion":{
		"counter":7,
		"timestamp":1700000000000
	},
	"topicConfigTable":{
		"TBW102":{
			"order":false,
			"perm":7,
			"readQueueNums":8,
			"topicFilterType":"SINGLE_TAG",
			"topicName":"TBW102",
			"topicSysFlag":0,
			"writeQueueNums":8
		},
		"%RETRY%orders":{
			"order":false,
			"perm":6,
			"readQueueNums":1,
			"topicFilterType":"MULTI_TAG",
			"topicName":"%RETRY%orders",
			"topicSysFlag":2,
			"writeQueueNums":1
		}
	}
})";
constexpr std::string_view kGroups = R"({
	"dataVersion":{
		"counter":2,
		"timestamp":1700000000001
	},
	"subscriptionGroupTable":{
		"orders":{
			"brokerId":0,
			"consumeBroadcastEnable":false,
			"consumeEnable":true,
			"consumeFromMinEnable":true,
			"groupName":"orders",
			"notifyConsumerIdsChangedEnable":true,
			"retryMaxTimes":3,
			"retryQueueNums":1,
			"whichBrokerWhenConsumeSlowly":1
		}
	}
})";
constexpr std::string_view kOffsets = R"({
	"offsetTable":{
		"TopicA@orders":{0:10,1:5000000000
		},
		"%RETRY%orders@orders":{0:3
		}
	}
})";
constexpr std::string_view kDelays = R"({
	"offsetTable":{1:100,18:7
	}
})";
constexpr std::array kContents{kTopics, kGroups, kOffsets, kDelays};

std::string_view content(ApacheFile file) {
  return kContents[static_cast<std::size_t>(file)];
}

ApacheConfig read_all() {
  ApacheConfig config;
  for (const ApacheFile file : kAllApacheFiles) read_apache_file(file, content(file), config).value();
  return config;
}

TEST(ApacheConfig, is_read_as_apache_writes_it) {
  const ApacheConfig config = read_all();
  ASSERT_THAT(config.topics, SizeIs(2));
  EXPECT_EQ(config.topics[0], (api::Topic{.name = topic_name("%RETRY%orders"),
                                          .read_queues = 1,
                                          .write_queues = 1,
                                          .sys_flag = 2,
                                          .multi_tag = true}));
  EXPECT_EQ(config.topics[1].perm, 7);
  EXPECT_EQ(config.topics_version, (api::TableVersion{.changed_at = 1700000000000, .counter = 7}));
  ASSERT_THAT(config.groups, SizeIs(1));
  EXPECT_EQ(config.groups[0],
            (api::Group{.name = group_name("orders"), .broadcast_enabled = false, .retry_max = 3}));
  EXPECT_EQ(config.groups_version.counter, 2);
  ASSERT_THAT(config.offsets, SizeIs(3));
  EXPECT_EQ(config.offsets.at("orders@TopicA"), (OffsetRow{.queues = {{0, 10}, {1, 5000000000}}}));
  EXPECT_EQ(config.offsets.at("SCHEDULE_CONSUMER@SCHEDULE_TOPIC_XXXX"),
            (OffsetRow{.queues = {{0, 100}, {17, 7}}}));
  EXPECT_THAT(config.set_aside, IsEmpty());
}

TEST(ApacheConfig, is_written_so_that_it_reads_back_the_same) {
  const ApacheConfig config = read_all();
  ApacheConfig again;
  for (const ApacheFile file : kAllApacheFiles)
    read_apache_file(file, apache_file_text(file, config), again).value();
  EXPECT_EQ(again, config);
  EXPECT_EQ(apache_file_text(ApacheFile::offsets, config),
            R"({"offsetTable":{"%RETRY%orders@orders":{0:3},"TopicA@orders":{0:10,1:5000000000}}})");
  EXPECT_EQ(apache_file_text(ApacheFile::delays, config), R"({"offsetTable":{1:100,18:7}})");
}

TEST(ApacheConfig, what_cannot_be_used_is_set_aside_and_written_again) {
  ApacheConfig config;
  const std::string long_name = "%RETRY%" + std::string(200, 'g');
  const std::string topics =
      R"({"dataVersion":{"counter":1,"timestamp":2},"topicConfigTable":{"good":{},"../x":{"perm":2},")" +
      long_name + R"(":{"topicName":"else"}}})";
  read_apache_file(ApacheFile::topics, topics, config).value();
  read_apache_file(ApacheFile::groups, R"({"subscriptionGroupTable":{"a b":{"retryMaxTimes":9}}})", config)
      .value();
  read_apache_file(
      ApacheFile::offsets,
      R"({"offsetTable":{"t@g":{0:1,-1:5},"t":{0:2},"t@g@h":{0:3},"../x@g":{0:4},"n@g":{0:-1}}})", config)
      .value();
  read_apache_file(ApacheFile::delays, R"({"offsetTable":{0:5,1:6}})", config).value();
  ASSERT_THAT(config.topics, SizeIs(1));
  EXPECT_THAT(config.groups, IsEmpty());
  EXPECT_THAT(config.offsets, ElementsAre(std::pair(std::string("SCHEDULE_CONSUMER@SCHEDULE_TOPIC_XXXX"),
                                                    OffsetRow{.queues = {{0, 6}}}),
                                          std::pair(std::string("g@t"), OffsetRow{.queues = {{0, 1}}})));
  EXPECT_THAT(config.set_aside, SizeIs(4));
  EXPECT_EQ(apache_file_text(ApacheFile::offsets, config),
            R"({"offsetTable":{"../x@g":{0:4},"t":{0:2},"t@g":{-1:5,0:1},"t@g@h":{0:3}}})");
  EXPECT_EQ(apache_file_text(ApacheFile::delays, config), R"({"offsetTable":{0:5,1:6}})");
  EXPECT_THAT(apache_file_text(ApacheFile::topics, config),
              AllOf(HasSubstr(R"("../x":{"order":false,"perm":2)"), HasSubstr(long_name), HasSubstr("good")));
  EXPECT_THAT(apache_file_text(ApacheFile::groups, config), HasSubstr(R"("retryMaxTimes":9)"));
}

TEST(ApacheConfig, another_json_text_is_not_taken_for_an_empty_table) {
  for (const ApacheFile file : kAllApacheFiles) {
    for (const char* text : {"{}", "[]", "null", "", R"({"topicConfigTable":null,"offsetTable":3})"}) {
      ApacheConfig config;
      EXPECT_FALSE(read_apache_file(file, text, config)) << name_of(file) << " " << text;
      EXPECT_EQ(config, ApacheConfig());
    }
  }
}

class ApacheFilesTest : public testing::Test {
 protected:
  void write(ApacheFile file, std::string_view text, std::string_view suffix = "") {
    disk.plant(path(file) + std::string(suffix), std::string(text));
  }
  static std::string path(ApacheFile file) { return "/root-of-apache/config/" + std::string(name_of(file)); }
  Result<std::optional<ApacheImport>> import() { return import_apache_config(disk, "/root-of-apache"); }

  disk::SimulatedDisk disk;
};

TEST_F(ApacheFilesTest, are_none_when_none_is_there) {
  EXPECT_FALSE(import().value().has_value());
}

TEST_F(ApacheFilesTest, some_may_be_missing) {
  write(ApacheFile::offsets, kOffsets);
  const auto found = import().value();
  ASSERT_TRUE(found);
  EXPECT_THAT(found->read, ElementsAre("consumerOffset.json"));
  EXPECT_THAT(found->config.offsets, SizeIs(2));
}

TEST_F(ApacheFilesTest, torn_at_any_byte_give_way_to_their_predecessor) {
  for (const ApacheFile file : kAllApacheFiles) {
    ApacheConfig before;
    read_apache_file(file, content(file), before).value();
    for (std::size_t size = 0; size < content(file).size(); ++size) {
      disk = disk::SimulatedDisk();
      write(file, content(file).substr(0, size));
      write(file, content(file), ".bak");
      const auto found = import();
      ASSERT_TRUE(found) << name_of(file) << " cut to " << size << ": " << found.error().text;
      ASSERT_EQ((*found)->config, before);
      ASSERT_THAT((*found)->read, ElementsAre(std::string(name_of(file)) + ".bak"));
      ASSERT_THAT((*found)->fell_back, ElementsAre(HasSubstr(path(file))));
    }
  }
}

TEST_F(ApacheFilesTest, torn_at_any_byte_without_a_whole_predecessor_are_refused) {
  for (const ApacheFile file : kAllApacheFiles) {
    for (std::size_t size = 0; size < content(file).size(); ++size) {
      for (const bool torn_backup : {false, true}) {
        disk = disk::SimulatedDisk();
        write(file, content(file).substr(0, size));
        if (torn_backup) write(file, content(file).substr(0, size), ".bak");
        const auto refused = import();
        ASSERT_FALSE(refused) << name_of(file) << " cut to " << size;
        const std::string why = refused.error().text;
        ASSERT_THAT(why,
                    AllOf(HasSubstr(path(file) + (size == 0 ? " is empty" : " is not whole: ")),
                          HasSubstr(path(file) + ".bak"), HasSubstr("Put a whole " + path(file) + " there")));
      }
    }
  }
}

TEST_F(ApacheFilesTest,
       a_missing_one_gives_way_to_its_predecessor_as_after_a_crash_between_delete_and_rename) {
  write(ApacheFile::groups, kGroups, ".bak");
  EXPECT_THAT(import().value()->config.groups, SizeIs(1));
  write(ApacheFile::groups, "{", ".bak");
  EXPECT_FALSE(import());
}

TEST_F(ApacheFilesTest, one_that_cannot_be_read_is_not_taken_for_a_missing_one) {
  disk.fail_from_now({.fail_at = 0});
  EXPECT_THAT(import().error().text, HasSubstr("Input/output error"));
}

class ApacheExportTest : public testing::Test {
 protected:
  Folder folder;
  MetadataOnDisk broker{folder / "broker"};
};

TEST_F(ApacheExportTest, a_broker_begins_with_apaches_files_and_writes_them_again) {
  for (const ApacheFile file : kAllApacheFiles)
    write_text(folder.path() / "broker/config" / name_of(file), content(file));
  broker.open().value();
  EXPECT_EQ(broker->topics().find("TBW102")->perm, 7);
  EXPECT_EQ(broker->topics().version(), (api::TableVersion{.changed_at = 1700000000000, .counter = 7}));
  EXPECT_EQ(broker.committed("orders", "TopicA", 1), 5000000000);
  EXPECT_EQ(broker.committed("SCHEDULE_CONSUMER", "SCHEDULE_TOPIC_XXXX", 17), 7);
  const auto line = broker.log.wait_for("Apache's metadata taken over");
  EXPECT_EQ(line->field("topics"), "2");
  EXPECT_EQ(line->field("files"),
            "\"topics.json, subscriptionGroup.json, consumerOffset.json, delayOffset.json\"");

  ASSERT_TRUE(broker->export_apache(folder / "out"));
  ApacheConfig exported;
  for (const ApacheFile file : kAllApacheFiles)
    read_apache_file(file, text_of(folder.path() / "out/config" / name_of(file)), exported).value();
  EXPECT_EQ(exported, read_all());
}

TEST_F(ApacheExportTest, an_offset_does_not_go_back_because_apaches_files_are_still_there) {
  write_text(folder / "broker/config/consumerOffset.json", kOffsets);
  broker.open().value();
  broker.commit("orders", "TopicA", 0, 11);
  broker.open().value();
  EXPECT_EQ(broker.committed("orders", "TopicA", 0), 11);
}

TEST_F(ApacheExportTest, what_was_there_before_is_kept_as_its_predecessor) {
  broker.open().value();
  write_text(folder / "out/config/topics.json", kTopics);
  ASSERT_TRUE(broker->export_apache(folder / "out"));
  EXPECT_EQ(text_of(folder / "out/config/topics.json.bak"), kTopics);
  EXPECT_EQ(text_of(folder / "out/config/topics.json"),
            R"({"dataVersion":{"counter":0,"timestamp":0},"topicConfigTable":{}})");
}

TEST_F(ApacheExportTest, what_was_set_aside_comes_back) {
  write_text(folder / "broker/config/delayOffset.json", R"({"offsetTable":{0:5,2:6}})");
  broker.open().value();
  EXPECT_TRUE(broker.log.wait_for("unusable names set aside; an export writes them again"));
  broker.open().value();
  ASSERT_TRUE(broker->export_apache(folder / "out"));
  EXPECT_EQ(text_of(folder / "out/config/delayOffset.json"), R"({"offsetTable":{0:5,2:6}})");
}

TEST_F(ApacheExportTest, a_folder_that_cannot_be_made_is_named) {
  broker.open().value();
  write_text(folder / "file", "");
  EXPECT_THAT(broker->export_apache(folder / "file").error().text,
              HasSubstr((folder / "file/config").string()));
}

TEST_F(ApacheExportTest, a_broker_does_not_begin_with_torn_files_and_makes_no_database) {
  write_text(folder / "broker/config/topics.json", kTopics.substr(0, 50));
  const auto refused = broker.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("topics.json is not whole"));
  EXPECT_FALSE(fs::exists(folder / "broker/metadata.db"));
  write_text(folder / "broker/config/topics.json", kTopics);
  EXPECT_TRUE(broker.open());
}

}  // namespace
}  // namespace gantry::kernel
