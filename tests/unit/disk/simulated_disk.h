// A disk in memory that fails a chosen call and loses power.
//
// Fault model: each call counts; the chosen one (and, if told so, every later one) fails with an I/O error
// and has no effect, but a failing write may have written half. A write takes at most `write_at_most` bytes.
// After a power cut a file holds what was synced, or any part of what was written since (none, half, all);
// names are as at the last sync of the directory, or as they were in memory.
#pragma once

#include "disk/files.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gantry::disk {

class SimulatedDisk final : public Files {
 public:
  struct Faults {
    int fail_at = -1;  // the number of the failing call, from 0; below: none
    bool keeps_failing = false;
    std::size_t write_at_most = 1 << 20;
  };

  struct Contents {
    std::string cached;
    std::string synced;
  };
  using Names = std::map<std::string, std::shared_ptr<Contents>>;

  SimulatedDisk() = default;
  explicit SimulatedDisk(Faults faults) : faults_(faults) {}

  void plant(const std::string& file, const std::string& text) {
    names_[file] = synced_names_[file] = std::make_shared<Contents>(text, text);
  }
  void fail_from_now(Faults faults) {
    faults_ = faults;
    calls_ = 0;
    fired_ = false;
  }
  bool fault_fired() const { return fired_; }
  int calls() const { return calls_; }
  bool has(const std::string& file) const { return names_.contains(file); }
  std::string text(const std::string& file) const { return names_.at(file)->cached; }

  // What `file` may hold after a power cut now.
  std::vector<std::string> texts_after_power_cut(const std::string& file) const {
    std::vector<std::string> texts;
    for (const Names* names : {&names_, &synced_names_}) {
      const auto at = names->find(file);
      if (at == names->end()) continue;
      const Contents& contents = *at->second;
      const std::size_t half = (contents.synced.size() + contents.cached.size()) / 2;
      texts.insert(texts.end(), {contents.synced, contents.cached.substr(0, half), contents.cached});
    }
    std::ranges::sort(texts);
    const auto repeated = std::ranges::unique(texts);
    texts.erase(repeated.begin(), repeated.end());
    return texts;
  }

  FileResult<std::optional<std::string>> read(const std::filesystem::path& file) override {
    if (fails()) return error();
    const auto at = names_.find(file.string());
    if (at == names_.end()) return std::nullopt;
    return std::optional<std::string>(at->second->cached);
  }
  FileResult<int> create(const std::filesystem::path& file) override {
    if (fails()) return error();
    names_[file.string()] = std::make_shared<Contents>();
    open_.push_back(names_[file.string()]);
    return static_cast<int>(open_.size() - 1);
  }
  FileResult<std::size_t> write(int file, std::string_view bytes) override {
    bytes = bytes.substr(0, faults_.write_at_most);
    if (fails()) {
      contents(file).cached.append(bytes.substr(0, bytes.size() / 2));
      return error();
    }
    contents(file).cached.append(bytes);
    return bytes.size();
  }
  FileResult<void> sync(int file) override {
    if (fails()) return error();
    contents(file).synced = contents(file).cached;
    return {};
  }
  void close(int file) override { open_[static_cast<std::size_t>(file)].reset(); }
  FileResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (fails()) return error();
    names_[to.string()] = names_.at(from.string());
    names_.erase(from.string());
    return {};
  }
  FileResult<void> remove(const std::filesystem::path& file) override {
    if (fails()) return error();
    names_.erase(file.string());
    return {};
  }
  FileResult<void> sync_directory(const std::filesystem::path& /*directory*/) override {
    if (fails()) return error();
    synced_names_ = names_;
    return {};
  }
  bool all_closed() const {
    return std::ranges::all_of(open_, [](const auto& contents) { return contents == nullptr; });
  }

 private:
  static boost::system::error_code error() { return {EIO, boost::system::system_category()}; }
  Contents& contents(int file) { return *open_.at(static_cast<std::size_t>(file)); }
  bool fails() {
    const int call = calls_++;
    const bool fail =
        call == faults_.fail_at || (faults_.keeps_failing && faults_.fail_at >= 0 && call > faults_.fail_at);
    fired_ = fired_ || fail;
    return fail;
  }

  Faults faults_;
  int calls_ = 0;
  bool fired_ = false;
  Names names_;
  Names synced_names_;
  std::vector<std::shared_ptr<Contents>> open_;
};

}  // namespace gantry::disk
