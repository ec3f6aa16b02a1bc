// A disk that fails on purpose, for a broker that knows nothing of it: preloaded (LD_PRELOAD), this library
// stands between the program and the C library's calls on files. What it does is in the file that DISK_FAULTS
// names; without that variable, or while there is no such file, every call goes through untouched. README.md
// has the language.
//
// The file is read again at each call, so that a test changes the disk under a running process; what was done
// is appended to the same name with .seen behind it, by which a test knows that its fault has happened. Its
// own files are read by raw system calls: through the C library they would come back here. Calls come from
// any thread.
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace {

// One line of the file: CALL PATH N ACTION.
struct Rule {
  std::string call;
  std::string path;
  long from = 1;
  bool onwards = false;
  std::string action;
  long value = 0;

  long met = 0;   // calls that it was about so far
  long room = 0;  // for `room`: bytes that still fit

  // A path that ends in $ is the end of the file's.
  bool is_about(std::string_view kind, std::string_view file) const {
    if (call != "any" && call != kind) return false;
    if (path == "*") return true;
    const std::string_view part(path);
    if (part.ends_with('$')) return file.ends_with(part.substr(0, part.size() - 1));
    return file.find(part) != std::string_view::npos;
  }
};

struct Disk {
  std::mutex mutex;
  std::string text;
  std::vector<Rule> rules;
};

// Never destroyed: calls come until the process has ended.
Disk& disk() {
  static auto* const the = new Disk;
  return *the;
}

const char* control_file() {
  static const char* const name = std::getenv("DISK_FAULTS");
  return name;
}

std::string read_whole(const char* file) {
  const long opened = ::syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
  if (opened < 0) return {};
  std::string text;
  char part[1024];
  for (long got = 0; (got = ::syscall(SYS_read, opened, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(got));
  ::syscall(SYS_close, opened);
  return text;
}

int error_named(const std::string& name) {
  return name == "ENOSPC" ? ENOSPC : name == "EIO" ? EIO : std::atoi(name.c_str());
}

Rule parse(const std::string& line) {
  Rule rule;
  std::string count;
  std::istringstream(line) >> rule.call >> rule.path >> count >> rule.action;
  rule.from = std::atol(count.c_str());
  rule.onwards = count.ends_with('+');
  if (const auto equals = rule.action.find('='); equals != std::string::npos) {
    const std::string value = rule.action.substr(equals + 1);
    rule.action.resize(equals);
    rule.value = rule.action == "error" ? error_named(value) : std::atol(value.c_str());
  }
  rule.room = rule.value;
  return rule;
}

void note(std::string_view call, std::string_view file, const Rule& rule) {
  const std::string name = std::string(control_file()) + ".seen";
  const std::string line = std::string(call) + ' ' + std::string(file) + ' ' + rule.action + '\n';
  const long opened =
      ::syscall(SYS_openat, AT_FDCWD, name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0) return;
  ::syscall(SYS_write, opened, line.data(), line.size());
  ::syscall(SYS_close, opened);
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

// What to do with one call.
struct Verdict {
  int error = 0;                // fails so
  std::size_t most = SIZE_MAX;  // a write takes no more bytes than this
  bool lies = false;            // says that it did, and does not
  bool kills_after = false;
  long delay_ms = 0;
};

Verdict apply(Rule& rule, std::string_view call, std::size_t bytes) {
  Verdict verdict;
  if (rule.action == "error")
    verdict.error = static_cast<int>(rule.value);
  else if (rule.action == "short")
    verdict.most = std::max<std::size_t>(bytes / 2, 1);
  else if (rule.action == "tear")
    verdict = {.most = bytes / 2, .kills_after = true};
  else if (rule.action == "lose")
    verdict.lies = true;
  else if (rule.action == "kill-after")
    verdict.kills_after = true;
  else if (rule.action == "delay")
    verdict.delay_ms = rule.value;
  else if (rule.action == "room") {
    // Blocks that a file reserves are taken too; opening, removing and syncing need none.
    if (call == "allocate") verdict.error = ENOSPC;
    if (call == "write") {
      verdict.most = std::min(bytes, static_cast<std::size_t>(rule.room));
      if (verdict.most == 0 && bytes > 0) verdict.error = ENOSPC;
      rule.room -= static_cast<long>(verdict.most);
    }
  }
  return verdict;
}

// `kind`: open, create, write, sync, truncate, allocate, rename or unlink. `bytes`: that a write is to write.
Verdict judge(std::string_view kind, std::string_view file, std::size_t bytes = 0) {
  if (control_file() == nullptr || file.empty() || file.front() != '/') return {};
  Disk& the = disk();
  const std::lock_guard lock(the.mutex);
  std::string text = read_whole(control_file());
  if (text != the.text) {
    the.rules.clear();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line.front() != '#') the.rules.push_back(parse(line));
    the.text = std::move(text);
  }
  for (Rule& rule : the.rules) {
    if (!rule.is_about(kind, file)) continue;
    ++rule.met;
    if (rule.met != rule.from && !(rule.onwards && rule.met > rule.from)) continue;
    const Verdict verdict = apply(rule, kind, bytes);
    if (rule.action == "room" && verdict.error == 0 && verdict.most >= bytes) continue;
    note(kind, file, rule);
    if (rule.action == "kill") die();
    return verdict;
  }
  return {};
}

std::string path_of(int file) {
  if (control_file() == nullptr) return {};
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

std::string absolute(const char* path) {
  if (path == nullptr || control_file() == nullptr) return {};
  if (*path == '/') return path;
  char here[PATH_MAX];
  return ::getcwd(here, sizeof here) == nullptr ? std::string() : std::string(here) + '/' + path;
}

void wait(long ms) {
  if (ms == 0) return;
  timespec left{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

// Makes the call `real(most bytes)`, or what the verdict puts in its place; `done`: what a call returns that
// lies.
template <typename Real>
auto carry_out(const Verdict& verdict, decltype(std::declval<Real>()(0)) done, Real real)
    -> decltype(real(0)) {
  wait(verdict.delay_ms);
  if (verdict.lies) return done;
  if (verdict.error != 0) {
    errno = verdict.error;
    return -1;
  }
  const auto result = real(verdict.most);
  if (verdict.kills_after) die();
  return result;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The first `most` bytes of them.
std::vector<iovec> cut(const iovec* pieces, int count, std::size_t most) {
  std::vector<iovec> kept;
  for (int at = 0; at < count && most > 0; ++at) {
    kept.push_back({pieces[at].iov_base, std::min(pieces[at].iov_len, most)});
    most -= kept.back().iov_len;
  }
  return kept;
}

std::size_t total(const iovec* pieces, int count) {
  std::size_t bytes = 0;
  for (int at = 0; at < count; ++at) bytes += pieces[at].iov_len;
  return bytes;
}

// Every write of one buffer; `real(bytes)` writes so many of them.
template <typename Real>
ssize_t write_one(int file, std::size_t bytes, Real real) {
  const Verdict verdict = judge("write", path_of(file), bytes);
  return carry_out(verdict, static_cast<ssize_t>(bytes),
                   [&](std::size_t most) -> ssize_t { return real(std::min(bytes, most)); });
}

// Every write of several; `real(pieces, count)` writes those.
template <typename Real>
ssize_t write_pieces(int file, const iovec* pieces, int count, Real real) {
  const std::size_t bytes = total(pieces, count);
  const Verdict verdict = judge("write", path_of(file), bytes);
  return carry_out(verdict, static_cast<ssize_t>(bytes), [&](std::size_t most) -> ssize_t {
    if (most >= bytes) return real(pieces, count);
    const auto kept = cut(pieces, count, most);
    return real(kept.data(), static_cast<int>(kept.size()));
  });
}

// Every call that has nothing to write; `real()` makes it.
template <typename Real>
int other(const char* kind, const std::string& file, Real real) {
  return carry_out(judge(kind, file), 0, [&](std::size_t) -> int { return real(); });
}

const char* kind_of_open(int flags) {
  return (flags & O_CREAT) != 0 ? "create" : "open";
}

// A descriptor is no success that could be made up, so `lose` is nothing here.
template <typename Real>
int open_one(const std::string& file, int flags, Real real) {
  Verdict verdict = judge(kind_of_open(flags), file);
  verdict.lies = false;
  return carry_out(verdict, -1, [&](std::size_t) -> int { return real(); });
}

mode_t mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

}  // namespace

// The C library has most calls under two names; on a 64-bit machine both are the same call.
#define DISK_FAULTS_OPEN(name)                                                       \
  int name(const char* path, int flags, ...) {                                       \
    va_list more;                                                                    \
    va_start(more, flags);                                                           \
    const mode_t mode = mode_of(flags, more);                                        \
    va_end(more);                                                                    \
    static auto* const real = next<int(const char*, int, ...)>(#name);               \
    return open_one(absolute(path), flags, [&] { return real(path, flags, mode); }); \
  }
// A path beside a directory's descriptor is that of its last part only; no rule needs more.
#define DISK_FAULTS_OPENAT(name)                                                                \
  int name(int directory, const char* path, int flags, ...) {                                   \
    va_list more;                                                                               \
    va_start(more, flags);                                                                      \
    const mode_t mode = mode_of(flags, more);                                                   \
    va_end(more);                                                                               \
    static auto* const real = next<int(int, const char*, int, ...)>(#name);                     \
    return open_one(absolute(path), flags, [&] { return real(directory, path, flags, mode); }); \
  }
#define DISK_FAULTS_PWRITE(name, Offset)                                                     \
  ssize_t name(int file, const void* bytes, size_t count, Offset at) {                       \
    static auto* const real = next<ssize_t(int, const void*, size_t, Offset)>(#name);        \
    return write_one(file, count, [&](size_t most) { return real(file, bytes, most, at); }); \
  }
#define DISK_FAULTS_PWRITEV(name, Offset)                                                             \
  ssize_t name(int file, const iovec* pieces, int count, Offset at) {                                 \
    static auto* const real = next<ssize_t(int, const iovec*, int, Offset)>(#name);                   \
    return write_pieces(file, pieces, count,                                                          \
                        [&](const iovec* kept, int number) { return real(file, kept, number, at); }); \
  }
#define DISK_FAULTS_PWRITEV2(name, Offset)                                                                   \
  ssize_t name(int file, const iovec* pieces, int count, Offset at, int flags) {                             \
    static auto* const real = next<ssize_t(int, const iovec*, int, Offset, int)>(#name);                     \
    return write_pieces(file, pieces, count,                                                                 \
                        [&](const iovec* kept, int number) { return real(file, kept, number, at, flags); }); \
  }
#define DISK_FAULTS_SYNC(name)                                       \
  int name(int file) {                                               \
    static auto* const real = next<int(int)>(#name);                 \
    return other("sync", path_of(file), [&] { return real(file); }); \
  }
#define DISK_FAULTS_TRUNCATE(name, Offset)                                     \
  int name(int file, Offset size) noexcept {                                   \
    static auto* const real = next<int(int, Offset)>(#name);                   \
    return other("truncate", path_of(file), [&] { return real(file, size); }); \
  }
#define DISK_FAULTS_FALLOCATE(name, Offset)                                                \
  int name(int file, int mode, Offset from, Offset size) {                                 \
    static auto* const real = next<int(int, int, Offset, Offset)>(#name);                  \
    return other("allocate", path_of(file), [&] { return real(file, mode, from, size); }); \
  }

extern "C" {

#pragma GCC visibility push(default)

DISK_FAULTS_OPEN(open)
DISK_FAULTS_OPEN(open64)
DISK_FAULTS_OPENAT(openat)
DISK_FAULTS_OPENAT(openat64)
DISK_FAULTS_PWRITE(pwrite, off_t)
DISK_FAULTS_PWRITE(pwrite64, off64_t)
DISK_FAULTS_PWRITEV(pwritev, off_t)
DISK_FAULTS_PWRITEV(pwritev64, off64_t)
DISK_FAULTS_PWRITEV2(pwritev2, off_t)
DISK_FAULTS_PWRITEV2(pwritev64v2, off64_t)
DISK_FAULTS_SYNC(fsync)
DISK_FAULTS_SYNC(fdatasync)
DISK_FAULTS_TRUNCATE(ftruncate, off_t)
DISK_FAULTS_TRUNCATE(ftruncate64, off64_t)
DISK_FAULTS_FALLOCATE(fallocate, off_t)
DISK_FAULTS_FALLOCATE(fallocate64, off64_t)

ssize_t write(int file, const void* bytes, size_t count) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return write_one(file, count, [&](size_t most) { return real(file, bytes, most); });
}

ssize_t writev(int file, const iovec* pieces, int count) {
  static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
  return write_pieces(file, pieces, count,
                      [&](const iovec* kept, int number) { return real(file, kept, number); });
}

int syncfs(int file) noexcept {
  static auto* const real = next<int(int)>("syncfs");
  return other("sync", path_of(file), [&] { return real(file); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return other("rename", absolute(from), [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return other("unlink", absolute(path), [&] { return real(path); });
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  static auto* const real = next<int(int, const char*, int)>("unlinkat");
  return other("unlink", absolute(path), [&] { return real(directory, path, flags); });
}

#pragma GCC visibility pop
}
