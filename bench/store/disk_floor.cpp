// What the machine's disk and page cache can do, without a store: one workload, and one object of JSON on
// stdout, with the fields of gantry-store-bench.
//
//   pwrite     the bytes that a store appends go into files that have their room already, a block at a time
//   fdatasync  as many bytes as a small message, then a sync, again and again: what one sender could get at
//   most
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

namespace {

constexpr std::int64_t kFileBytes = std::int64_t{1} << 30;

struct Options {
  std::string dir;
  std::string work = "pwrite";
  std::int64_t block_bytes = 64 << 10;
  double warmup_seconds = 1;
  double seconds = 10;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void check(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

// A file that has its room. The next one is made meanwhile, as a store does it.
class Files {
 public:
  explicit Files(std::string dir) : dir_(std::move(dir)), next_(make()) {}
  ~Files() {
    if (file_ >= 0) ::close(file_);
    ::close(next_.get());
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  void write(const std::string& block) {
    if (file_ < 0 || at_ + static_cast<std::int64_t>(block.size()) > kFileBytes) roll();
    check(::pwrite(file_, block.data(), block.size(), at_) == static_cast<ssize_t>(block.size()), "pwrite");
    at_ += static_cast<std::int64_t>(block.size());
  }
  void sync() const { check(::fdatasync(file_) == 0, "fdatasync"); }

 private:
  void roll() {
    if (file_ >= 0) ::close(file_);
    file_ = next_.get();
    at_ = 0;
    next_ = make();
  }
  std::future<int> make() {
    const std::string path = dir_ + "/floor-" + std::to_string(made_++);
    return std::async(std::launch::async, [path] {
      const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      check(file >= 0, "open");
      check(::posix_fallocate(file, 0, kFileBytes) == 0, "posix_fallocate");
      return file;
    });
  }

  const std::string dir_;
  int made_ = 0;
  std::future<int> next_;
  int file_ = -1;
  std::int64_t at_ = 0;
};

class Floor {
 public:
  explicit Floor(const Options& options)
      : options_(options), files_(options.dir), block_(static_cast<std::size_t>(options.block_bytes), '\0') {
    std::mt19937_64 random;
    for (std::size_t i = 0; i < block_.size() / 2; ++i) block_[i] = static_cast<char>(random());
  }

  void run() {
    write_for(options_.warmup_seconds);
    sync_disk();
    const double begin = now();
    const double cpu = cpu_seconds();
    const std::int64_t blocks = write_for(options_.seconds);
    const double took = now() - begin;
    const long long bytes = blocks * options_.block_bytes;
    std::printf(
        R"({"store": "floor", "work": "%s", "block_bytes": %lld, "warmup_seconds": %g, "seconds": %.6f, )"
        R"("messages": %lld, "stored_bytes": %lld, "cpu_seconds": %.6f})"
        "\n",
        options_.work.c_str(), static_cast<long long>(options_.block_bytes), options_.warmup_seconds, took,
        static_cast<long long>(blocks), bytes, cpu_seconds() - cpu);
  }

 private:
  std::int64_t write_for(double seconds) {
    const bool sync = options_.work == "fdatasync";
    std::int64_t blocks = 0;
    for (const double until = now() + seconds; now() < until; ++blocks) {
      files_.write(block_);
      if (sync) files_.sync();
    }
    return blocks;
  }

  void sync_disk() const {
    const int directory = ::open(options_.dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(directory >= 0, "open");
    ::syncfs(directory);
    ::close(directory);
  }

  const Options options_;
  Files files_;
  std::string block_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("What the disk and the page cache can do without a store");
  app.add_option("--dir", options.dir)->required();
  app.add_option("--work", options.work)->check(CLI::IsMember({"pwrite", "fdatasync"}));
  app.add_option("--block-bytes", options.block_bytes)->check(CLI::Range(1, 1 << 24));
  app.add_option("--warmup-seconds", options.warmup_seconds);
  app.add_option("--seconds", options.seconds);
  CLI11_PARSE(app, argc, argv);
  try {
    std::filesystem::create_directories(options.dir);
    Floor(options).run();
    return 0;
  } catch (const std::exception& why) {
    std::cerr << "gantry-disk-floor: " << why.what() << '\n';
    return 1;
  }
}
