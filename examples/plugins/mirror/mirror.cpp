// RawLog and DurabilityGate: keeps a second copy of the log in another directory, best on another disk, and
// holds acknowledgements until the copy has the messages. Its files are named and cut as the log's own, so
// that the directory can stand in for a log that was lost. It keeps what the log keeps.
#include "kernel/api/plugin.h"
#include "remoting/message_record_view.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;
using gantry::ByteSize;
using remoting::ResponseCode;

struct MirrorConfig {
  std::filesystem::path dir = "mirror";
  ByteSize most_at_once = ByteSize::mib(4);
};

// The files of the copy. One thread at a time; it waits for the disk.
class Copy {
 public:
  ~Copy() { close_file(); }

  api::LogOffset end() const { return end_; }

  // Finds where the copy ends: in its newest file, where that stops being what the log is.
  api::Result<void> open(std::filesystem::path dir, api::RawLog& log, ByteSize most) {
    dir_ = std::move(dir);
    std::error_code error;
    std::filesystem::create_directories(dir_, error);
    const auto starts = files();
    end_ = log.first();
    if (starts.empty() || starts.back() < end_) return {};  // the log has gone on without it
    if (starts.back() > log.end()) return only_here(starts.back());
    if (auto opened = open_file(starts.back()); !opened) return opened;
    for (end_ = start_; fd_ >= 0;) {
      const auto there = log.read(end_, most);
      if (!there) return there.error();
      const std::string own = read_at(end_, std::max<std::size_t>(there->bytes.size(), most.bytes()));
      if (own.empty()) return {};
      if (there->bytes.empty() || !own.starts_with(there->bytes)) return cut(own, there->bytes);
      move_on(there->bytes);
    }
    return {};
  }

  // `end()` moves once the disk has it. After an error the same bytes are written again, because what became
  // of them is unknown.
  api::Result<void> add(std::string_view bytes) {
    if (fd_ < 0)
      if (auto opened = open_file(end_); !opened) return opened;
    for (std::size_t done = 0; done < bytes.size();) {
      const auto wrote =
          ::pwrite(fd_, bytes.data() + done, bytes.size() - done, (end_ - start_) + static_cast<off_t>(done));
      if (wrote < 0 && errno != EINTR) return failed("write");
      done += static_cast<std::size_t>(std::max<ssize_t>(wrote, 0));
    }
    if (::fdatasync(fd_) != 0) return failed("fdatasync");
    move_on(bytes);
    return {};
  }

  // Takes away whole files that the log does not have any more.
  void keep_from(api::LogOffset first) {
    if (first == std::exchange(kept_from_, first)) return;
    const auto starts = files();
    std::error_code ignored;  // it is tried again with the next one
    for (std::size_t i = 0; i + 1 < starts.size() && starts[i + 1] <= first; ++i)
      std::filesystem::remove(path(starts[i]), ignored);
  }

 private:
  std::filesystem::path path(api::LogOffset start) const {
    const std::string digits = std::to_string(start.value);
    return dir_ / (std::string(20 - std::min<std::size_t>(digits.size(), 20), '0') + digits);
  }
  std::vector<api::LogOffset> files() const {
    std::vector<api::LogOffset> starts;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dir_, error)) {
      const std::string name = entry.path().filename();
      if (name.size() == 20 && name.find_first_not_of("0123456789") == name.npos)
        starts.push_back({std::stoll(name)});
    }
    std::ranges::sort(starts);
    return starts;
  }
  api::Result<void> open_file(api::LogOffset start) {
    start_ = start;
    fd_ = ::open(path(start).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) return failed("open");
    // A file whose name is not on the disk is lost with the power, however often it was synced.
    const int directory = ::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    if (directory >= 0) ::close(directory);
    if (synced) return {};
    api::Refusal why = failed("fsync of the directory");
    close_file();
    return why;
  }
  void close_file() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  std::string read_at(api::LogOffset at, std::size_t most) const {
    std::string bytes(most, '\0');
    const auto got = ::pread(fd_, bytes.data(), most, at - start_);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return bytes;
  }

  // Behind whole records; a blank is the last of its file.
  void move_on(std::string_view bytes) {
    end_ = end_ + static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
      const auto next = remoting::decode_record(bytes);
      if (next.outcome == remoting::DecodedRecord::Outcome::blank) close_file();
      bytes.remove_prefix(std::clamp<std::size_t>(next.size, 1, bytes.size()));
    }
  }

  // `own` differs from the log. A torn write, which is written again; but a whole message is one that only
  // the copy has, and not for this program to take away.
  api::Result<void> cut(std::string_view own, std::string_view logs) {
    while (!logs.empty()) {
      const std::size_t size = remoting::decode_record(logs).size;
      if (own.substr(0, size) != logs.substr(0, size)) break;
      end_ = end_ + static_cast<std::int64_t>(size);
      own.remove_prefix(size);
      logs.remove_prefix(size);
    }
    const auto found = remoting::decode_record(own, remoting::BodyCrc::checked);
    if (found.outcome == remoting::DecodedRecord::Outcome::record) return only_here(end_);
    return ::ftruncate(fd_, end_ - start_) == 0 ? api::Result<void>() : failed("truncate");
  }

  api::Refusal only_here(api::LogOffset at) const {
    return {
        .text =
            dir_.string() + " has a message at " + std::to_string(at.value) +
            " that the log does not have: the log has lost it, or this is the copy of another log; find out "
            "which, and move the copy away"};
  }
  api::Refusal failed(const std::string& what) const {
    return {.text = what + " failed for " + path(start_).string() + ": " + std::strerror(errno)};
  }

  std::filesystem::path dir_;
  int fd_ = -1;           // -1: the next bytes begin a file
  api::LogOffset start_;  // of that file
  api::LogOffset end_;
  api::LogOffset kept_from_;
};

class Mirror final : public api::ConfiguredPlugin<MirrorConfig>, public api::DurabilityGate {
 public:
  static api::Descriptor describe() {
    return {.name = "mirror",
            .version = "1.0.0",
            .summary = "Keeps a second copy of the log, and waits for it.",
            .needs = {"message-store"}};
  }

  static api::Schema<MirrorConfig> options() {
    api::Schema<MirrorConfig> schema;
    schema.option("dir", &MirrorConfig::dir)
        .help("Where the copy lies, best on another disk; relative to data_dir.");
    schema.option("most_at_once", &MirrorConfig::most_at_once)
        .range(ByteSize::kib(64), ByteSize::mib(64))
        .help("How much is written before the disk is waited for.");
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    copied_ = &context.metrics().counter("copied_bytes_total", "Bytes of the log that the copy has got.");
  }
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  void recover() override {
    log_ = context_->raw_log();
    if (log_ == nullptr)
      throw std::runtime_error("the message store shows no raw log, so that it cannot be copied");
    copy_.open(context_->data_dir() / config()->dir, *log_, config()->most_at_once).value();
  }

  // It may wait: who sends first shall not wait for what the copy has missed.
  void start() override {
    copy_all().value();
    watch_ = log_->watch([this](api::LogOffset) { wake(); });
    wake();  // for what came in between
  }

  void stop() override {
    watch_.reset();
    tell(api::Refusal{.text = "the broker is stopping"});
  }

  // On the thread that appends: takes note, and returns.
  void hold(api::LogOffset end, api::Completion<void> safe) override {
    {
      const std::lock_guard lock(mutex_);
      held_.emplace(end, std::move(safe));
    }
    wake();
  }

 private:
  // One job for however many bursts have come since the last one: they share its fdatasync.
  void wake() {
    if (posted_.exchange(true)) return;
    context_->executor().post([this] {
      posted_ = false;
      const auto copied = copy_all();
      tell(copied);
      say(copied);
    });
  }

  // On the executor, or before it has work.
  api::Result<void> copy_all() {
    copy_.keep_from(log_->first());
    for (;;) {
      const auto next = log_->read(copy_.end(), config()->most_at_once);
      if (!next) return next.error();
      if (next->bytes.empty()) return {};
      if (auto added = copy_.add(next->bytes); !added) return added;
      copied_->add(next->bytes.size());
    }
  }

  // What the copy has is safe; with an error the others are refused. Without one they wait for the log to
  // show them.
  void tell(const api::Result<void>& outcome) {
    std::multimap<api::LogOffset, api::Completion<void>> told;
    {
      const std::lock_guard lock(mutex_);
      for (auto it = held_.begin(); it != held_.end() && (!outcome || it->first <= copy_.end());)
        told.insert(held_.extract(it++));
    }
    for (auto& [end, safe] : told) {
      if (end <= copy_.end()) {
        safe.succeed();
        continue;
      }
      safe.fail({.code = ResponseCode::slave_not_available,
                 .text = "not in the copy, but in the log: " + outcome.error().text});
    }
  }

  // Once when it begins to fail, and once when that is over.
  void say(const api::Result<void>& outcome) {
    if (std::exchange(failing_, !outcome) == !outcome) return;
    if (outcome) return context_->log().info("the log is copied again");
    context_->log().error("the log cannot be copied; it is tried again with each message",
                          {{"reason", outcome.error().text}});
  }

  api::PluginContext* context_ = nullptr;
  api::Counter* copied_ = nullptr;
  api::RawLog* log_ = nullptr;
  Copy copy_;             // the executor's from start() on
  bool failing_ = false;  // likewise
  std::shared_ptr<void> watch_;
  std::atomic<bool> posted_{false};

  std::mutex mutex_;
  std::multimap<api::LogOffset, api::Completion<void>> held_;  // guarded by mutex_, by where they end
};

}  // namespace

GANTRY_PLUGIN(Mirror)
