// What a store does about a log that is not as it was left, and the sentence that its operator gets.
#include "plugins/store-mmap/checkpoint.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/store-mmap/damaged_directory.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class StoreDamage : public DamagedDirectory {
 protected:
  // The number of the first message in that file of the log.
  std::size_t first_in(const std::filesystem::path& file) const {
    std::size_t message = 0;
    while (log_file_of(message) != file) ++message;
    return message;
  }
  // Killed, with the log on the disk, and the entries of queues up to that message only.
  void leave_with_queues_claimed_up_to(std::size_t message) {
    (*store_)->settle().value();
    store_->leave();
    CheckpointFile file(files_, directory_ / "checkpoint");
    const auto found = file.read().value();
    Claims claims = found.claims.value();
    claims.queues_to = places_[message];
    claims.clean = false;
    file.write(found.times, claims).value();
  }
};

// ---- Nothing says that it had been on the disk: a crash may have left it so

TEST_F(StoreDamage, of_a_record_that_was_not_written_whole_ends_the_log_before_it) {
  fill(100).leave();
  overwrite(log_file_of(99), place_in_file(99) + 60, std::string(60, '\0'));
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 99));
  constexpr auto kLine = "the end of the log was not written whole, and is cut";
  EXPECT_EQ(logged(kLine, "file"), log_file_of(99).string());
  EXPECT_EQ(logged(kLine, "from"), std::to_string(places_[99].value));
  append_numbers(99, 110);
  EXPECT_EQ(store_->bodies(), numbers(0, 110));
}

TEST_F(StoreDamage, of_the_last_record_alone_ends_the_log_before_it) {
  fill(100).leave();
  flip_bit(log_file_of(99), place_in_file(99) + kBodyAt);
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 99));
  EXPECT_THAT(logged("the end of the log was not written whole, and is cut", "because"), HasSubstr("CRC"));
}

TEST_F(StoreDamage, with_messages_behind_it_stops_the_start) {
  fill(400).leave();
  flip_bit(log_file_of(50), place_in_file(50) + kBodyAt);
  const std::string why = why_it_does_not_start();
  EXPECT_THAT(why, StartsWith("the log is damaged in " + log_file_of(50).string() + " at byte " +
                              std::to_string(place_in_file(50)) + " (" + std::to_string(places_[50].value) +
                              " of the log): "));
  EXPECT_THAT(why, HasSubstr("CRC"));
  EXPECT_THAT(why, HasSubstr("messages go on at " + std::to_string(places_[51].value)));
  EXPECT_THAT(why,
              HasSubstr("Bring the file back from a copy, or set on_damage = \"cut\" to give up everything "
                        "from there on"));
  EXPECT_EQ(why_it_does_not_start(), why) << "a start that was refused has changed something";
  flip_bit(log_file_of(50), place_in_file(50) + kBodyAt);
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 400));
}

TEST_F(StoreDamage, with_messages_behind_it_ends_the_log_before_it_when_the_operator_says_so) {
  fill(400).leave();
  flip_bit(log_file_of(50), place_in_file(50) + kBodyAt);
  store_->config().on_damage = OnDamage::cut;
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 50));
  constexpr auto kLine = "the log is damaged, and everything from there on is given up";
  EXPECT_EQ(logged(kLine, "file"), log_file_of(50).string());
  EXPECT_EQ(logged(kLine, "from"), std::to_string(places_[50].value));
  append_numbers(50, 60);
  store_->open_again();
  EXPECT_EQ(store_->bodies(), numbers(0, 60));
  EXPECT_EQ(store_->find_by_key("T", "55").value().size(), 1U);
  EXPECT_EQ(store_->find_by_key("T", "70").value().size(), 0U) << "what was given up is back";
}

// ---- Nor is every record torn that looks like it

// Properties with zeros in them are what a client of Apache's broker sent, or what never arrived.
TEST_F(StoreDamage, is_not_what_a_message_with_zeros_in_its_properties_has_after_a_clean_stop) {
  enum class Stop : std::uint8_t { ours, apaches, crash };
  for (const Stop stop : {Stop::ours, Stop::apaches, Stop::crash}) {
    places_.clear();
    std::filesystem::remove_all(directory_);
    fill(10);
    const std::string key(2000, 'k');
    const Told told = store_->append({{.body = "10", .properties = "KEYS\x01" + key + "\x02"}});
    stop == Stop::crash ? store_->leave() : store_->close();
    if (stop == Stop::apaches) {
      for (const char* ours : {"checkpoint", "queues.gantry"}) std::filesystem::remove(directory_ / ours);
    }
    const std::string before = bytes_of(log_file());
    overwrite(log_file(), static_cast<std::int64_t>(before.find(key)), std::string(key.size(), '\0'));
    EXPECT_EQ(why_it_does_not_start(), "");
    EXPECT_EQ(store_->bodies(), numbers(0, stop == Stop::crash ? 10 : 11));
    store_->close();
  }
}

// ---- It had been on the disk

TEST_F(StoreDamage, of_the_last_record_stops_the_start_when_it_had_been_on_the_disk) {
  fill(50);
  append_numbers(50, 100);
  (*store_)->settle().value();
  store_->leave();
  // Entries of queues are claimed less far than the log, and so it is read again.
  std::filesystem::remove_all(directory_ / "consumequeue");
  flip_bit(log_file_of(99), place_in_file(99) + kBodyAt);
  EXPECT_THAT(why_it_does_not_start(),
              AllOf(HasSubstr("the log is damaged in " + log_file_of(99).string()),
                    HasSubstr("nothing readable follows"), HasSubstr("it had been on the disk"),
                    HasSubstr("on_damage = \"cut\"")));
}

TEST_F(StoreDamage, of_the_end_stops_the_start_when_it_had_been_on_the_disk_and_is_zeros_now) {
  fill(100);
  leave_with_queues_claimed_up_to(50);
  const std::int64_t at = place_in_file(98);
  overwrite(log_file_of(98), at, std::string(static_cast<std::size_t>(kLogFile - at), '\0'));
  EXPECT_THAT(why_it_does_not_start(),
              AllOf(HasSubstr(log_file_of(98).string() + " at byte " + std::to_string(at)),
                    HasSubstr("nothing readable follows"), HasSubstr("it had been on the disk")));
  store_->config().on_damage = OnDamage::cut;
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 98));
}

TEST_F(StoreDamage, that_no_start_looks_at_is_an_error_of_who_reads_it) {
  fill(400).close();
  flip_bit(log_file_of(50), place_in_file(50) + 4);  // the magic number
  EXPECT_EQ(why_it_does_not_start(), "");
  const auto read = store_->read("T", 0, {50});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().text,
              AllOf(StartsWith("the log cannot be read at " + std::to_string(places_[50].value)),
                    HasSubstr(log_file_of(50).string()), HasSubstr("gantry store check tells more")));
  EXPECT_EQ(store_->read("T", 0, {51}).value().count, 32U);
  const auto found = store_->find_by_key("T", "50");
  ASSERT_FALSE(found) << "a damaged message is not one that does not exist";
  EXPECT_THAT(found.error().text, HasSubstr("no message begins there, and the key index has one"));
}

// To look at each body's CRC costs more than to hand the message on, and its reader looks at it anyway.
TEST_F(StoreDamage, of_a_body_that_no_start_looks_at_is_found_by_its_reader) {
  fill(400).close();
  flip_bit(log_file_of(50), place_in_file(50) + kBodyAt);
  EXPECT_EQ(why_it_does_not_start(), "");
  const auto read = store_->read("T", 0, {50}).value();
  const auto record = remoting::decode_record(read.messages.front().bytes);
  ASSERT_EQ(record.outcome, remoting::DecodedRecord::Outcome::record);
  EXPECT_FALSE(record.record.body_crc_matches());
  const auto found = store_->find_by_key("T", "50");
  ASSERT_FALSE(found);
  EXPECT_THAT(
      found.error().text,
      AllOf(StartsWith("the log cannot be read at " + std::to_string(places_[50].value)), HasSubstr("CRC")));
}

// ---- Files that are missing or not whole

TEST_F(StoreDamage, of_a_file_of_the_log_that_is_missing_in_between_stops_the_start) {
  fill(400).close();
  std::filesystem::remove(log_file(kLogFile));
  const std::string why = why_it_does_not_start();
  EXPECT_THAT(why,
              AllOf(StartsWith(log_file(2 * kLogFile).string() + ": does not follow " + log_file().string()),
                    HasSubstr(log_file(kLogFile).filename().string() + " is missing"),
                    HasSubstr("Bring it back from a copy")));
}

TEST_F(StoreDamage, of_a_file_of_the_log_that_is_missing_at_the_end_stops_the_start) {
  fill(400).close();
  std::filesystem::remove(log_file_of(399));
  const std::string why = why_it_does_not_start();
  EXPECT_THAT(why, HasSubstr(log_file_of(399).string() +
                             " is missing, with what came after it. Bring it back, or remove the file "
                             "checkpoint to give up what was in it"));
  std::filesystem::remove(directory_ / "checkpoint");
  EXPECT_EQ(why_it_does_not_start(), "");
  const auto bodies = store_->bodies();
  EXPECT_EQ(bodies, numbers(0, static_cast<int>(bodies.size())));
  EXPECT_GT(bodies.size(), 200U);
}

// Reading on would begin in a file that is there, and end where that ends.
TEST_F(StoreDamage, of_a_missing_last_file_stops_the_start_when_the_queues_were_not_there_yet) {
  fill(300);
  leave_with_queues_claimed_up_to(50);
  ASSERT_NE(log_file_of(299), log_file_of(50));
  const auto gone = log_file_of(299);
  for (auto start = places_[299].value / kLogFile * kLogFile; std::filesystem::remove(log_file(start));)
    start += kLogFile;  // with the one that is made ahead
  EXPECT_THAT(why_it_does_not_start(), HasSubstr(gone.string() + " is missing"));
}

TEST_F(StoreDamage, of_a_queues_entry_is_an_error_of_who_reads_it) {
  fill(100).close();
  const auto file = queue_directory() / log_file_name(0);
  overwrite(file, 5 * 20 + 8, std::string("\x80\0\0\1", 4));
  EXPECT_EQ(why_it_does_not_start(), "");
  const auto outcome = store_->read("T", 0, {5});
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().text,
              AllOf(HasSubstr("entry 5 of the consume queue"), HasSubstr("-2147483647")));
  EXPECT_EQ(store_->read("T", 0, {6}).value().count, 32U);
}

TEST_F(StoreDamage, of_a_file_of_the_log_that_was_cut_short_stops_the_start) {
  fill(400).close();
  std::filesystem::resize_file(log_file(kLogFile), 5000);
  EXPECT_THAT(why_it_does_not_start(), AllOf(StartsWith(log_file(kLogFile).string() + ": is 5000 bytes long"),
                                             HasSubstr("all files of the commit log have one length"),
                                             HasSubstr("Bring it back from a copy")));
}

TEST_F(StoreDamage, is_not_a_file_of_somebody_else) {
  fill(10).close();
  std::ofstream(directory_ / "commitlog" / "notes.txt") << "mine";
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->bodies(), numbers(0, 10));
  EXPECT_THAT(logged("commit log", "found"),
              AllOf(StartsWith((directory_ / "commitlog" / "notes.txt").string()),
                    HasSubstr("is no file of the commit log and was left alone")));
}

// ---- While it runs

TEST_F(StoreDamage, under_a_mapping_is_an_error_of_the_read_and_not_of_the_process) {
  fill(400);
  const std::string whole = bytes_of(log_file());
  const auto before = store_->read("T", 0, {0});
  ASSERT_TRUE(before);
  std::filesystem::resize_file(log_file(), 4096);  // what is behind it is a fault from now on
  const auto read = store_->read("T", 0, {80});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().text,
              AllOf(StartsWith("the log cannot be read at "), HasSubstr(log_file().string())));
  EXPECT_EQ(store_->read("T", 0, {399}).value().count, 1U);
  append_numbers(400, 410);

  overwrite(log_file(), 0, whole);
  EXPECT_EQ(store_->bodies(), numbers(0, 410));
}

}  // namespace
}  // namespace gantry::store
