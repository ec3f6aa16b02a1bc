// Brings a store directory in order when it is opened: finds where the log ends, makes zeros of what lies
// behind, and makes the consume queues' entries again that were not on the disk.
//
// What is read is what was written since the checkpoint, or after Apache's broker has run, since the time
// that its checkpoint gives. A record that is torn where a crash may tear it is the end of the log. One that
// is damaged where everything had been on the disk stops the start, or what follows it is given up, as the
// operator says (OnDamage); never is it left out in silence.
//
// Thread: the one that starts the broker; it waits for the disk.
#pragma once

#include "kernel/api/logger.h"
#include "plugins/store-mmap/checkpoint.h"
#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/log_scan.h"
#include "plugins/store-mmap/look_behind.h"
#include "plugins/store-mmap/store_config.h"
#include "plugins/store-mmap/store_mark.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

namespace gantry::store {

struct Recovered {
  api::LogOffset end;                 // of the log
  std::int64_t newest_stored_at = 0;  // 0: not looked at
  std::int64_t records = 0;           // that were read
  api::LogOffset durable_to;          // what lies between it and the end may be in memory only
};

class Recovery {
 public:
  struct Parts {
    LogFiles& files;
    ConsumeQueues& queues;
    std::function<std::int64_t(const remoting::MessageRecordView&)> tags_code;  // of a message's entry
    // The log is about to end there: no checkpoint may claim more from then on.
    std::function<IoResult<void>(api::LogOffset end)> before_cut;
    api::Logger& log;
  };
  struct Settings {
    bool check_crc = true;
    OnDamage on_damage = OnDamage::stop;
    // Nothing is shown before it is on the disk. Without it the start need not wait for the disk, and who
    // opened the log writes anew and syncs what was found (write_anew.h).
    bool durable_first = true;
  };
  Recovery(const Parts& parts, const Settings& settings) : parts_(parts), settings_(settings) {}

  // `log files` are open, the queues are not. Can be called again after it was cut short at any point.
  IoResult<Recovered> run(const Checkpoint& checkpoint, LastExit last_exit);

 private:
  struct Bad;

  IoResult<void> open_queues(const Checkpoint& checkpoint);
  IoResult<api::LogOffset> where_to_begin(const Checkpoint& checkpoint) const;
  IoResult<api::LogOffset> begin_by_time(std::int64_t ms) const;
  IoResult<void> scan();
  IoResult<bool> scan_file(const std::shared_ptr<LogFile>& file, bool last);
  IoResult<void> dispatch(const LogScan::Step& step);
  IoResult<void> check_claimed(const remoting::MessageRecordView& record, api::LogOffset at);
  bool made_again_from_the_start(const remoting::MessageRecordView& record) const;
  IoResult<void> make_again(ConsumeQueue& queue, const remoting::MessageRecordView& record);
  IoResult<void> empty_queues_without_messages();
  IoResult<Bad> look_at(const std::shared_ptr<LogFile>& file, File& bytes, const LogScan::Step& step,
                        const std::string& why, bool last);
  IoResult<bool> end_here(const Bad& bad);
  bool torn(const Bad& bad) const;
  IoResult<bool> later_file_has_messages(const std::shared_ptr<LogFile>& file) const;
  IoResult<void> cut_behind_end();
  IoResult<void> make_durable();
  IoResult<void> keep_what_was_made_again();
  void report_progress(const LogFile& file);

  const Parts parts_;
  const Settings settings_;
  Recovered found_;
  bool clean_ = false;
  bool whole_records_ = false;  // nothing was written when the last broker ended: what looks whole is whole
  api::LogOffset begin_;        // the scan's
  api::LogOffset queues_to_;    // entries of what is before it are whole
  api::LogOffset durable_to_;   // damage before it is none that a crash makes
  bool bytes_behind_ = false;   // something that is not zeros lies behind the end
  bool rebuilding_ = false;
  bool second_scan_ = false;
  bool all_missing_ = false;  // there were no queues, and nothing said which
  std::set<std::pair<std::string, api::QueueId>> missing_;
  std::unordered_set<const ConsumeQueue*> has_messages_;  // in what was read of the log
  std::unordered_set<const ConsumeQueue*> seen_;          // in a scan of the whole log, and not whole by then
  std::unordered_set<const ConsumeQueue*> lacking_;       // some of their entries: what a second scan is for
  int told_percent_ = 0;
};

}  // namespace gantry::store
