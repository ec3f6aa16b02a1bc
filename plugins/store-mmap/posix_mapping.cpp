#include "plugins/store-mmap/posix_mapping.h"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

namespace gantry::store {
namespace {

// Since Linux 5.14; the C library's headers may be older.
constexpr int kPopulateRead = 22;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

char* address(std::string_view pages) {
  return const_cast<char*>(pages.data());
}

}  // namespace

IoResult<std::shared_ptr<const Mapping>> PosixMapping::map(int file, std::size_t size,
                                                           std::filesystem::path path,
                                                           const SystemCalls& calls) {
  if (size == 0) return std::make_shared<const PosixMapping>(std::string_view(), std::move(path), calls);
  void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) return call_failed(errno, "map " + std::to_string(size) + " bytes of", path);
  return std::make_shared<const PosixMapping>(std::string_view(static_cast<const char*>(bytes), size),
                                              std::move(path), calls);
}

PosixMapping::PosixMapping(std::string_view bytes, std::filesystem::path path, const SystemCalls& calls)
    : path_(std::move(path)), calls_(calls), guard_(bytes) {
  bytes_ = bytes;
}

PosixMapping::~PosixMapping() {
  guard_.reset();
  if (!bytes_.empty()) ::munmap(address(bytes_), bytes_.size());
}

// A failed mapping is resident nowhere: so it is sent to bring_in(), which says what happened.
bool PosixMapping::resident(std::int64_t at, std::size_t size) const {
  if (failed()) return false;
  std::array<unsigned char, 1024> state{};  // 4 MiB at a time
  for (auto rest = pages(at, size); !rest.empty();) {
    const auto part = rest.substr(0, state.size() * page_size());
    const auto count = static_cast<std::ptrdiff_t>((part.size() + page_size() - 1) / page_size());
    if (::mincore(address(part), part.size(), state.data()) != 0) return false;
    if (!std::all_of(state.begin(), state.begin() + count, [](auto page) { return (page & 1U) != 0; })) {
      return false;
    }
    rest.remove_prefix(part.size());
  }
  return true;
}

IoResult<void> PosixMapping::bring_in(std::int64_t at, std::size_t size) const {
  const auto all = pages(at, size);
  if (failed()) return cannot_read(all, EIO);
  if (all.empty()) return {};
  const auto populated =
      uninterrupted([&] { return calls_.madvise(address(all), all.size(), kPopulateRead); });
  if (populated == 0) return {};
  return errno == EINVAL ? touch(all) : bring_in_each(all);
}

// The whole pages that hold these bytes; the last may be the file's last and end with it.
std::string_view PosixMapping::pages(std::int64_t at, std::size_t size) const {
  const auto asked = bytes(at, size);
  const auto before = static_cast<std::size_t>(at) % page_size();
  const auto after = (page_size() - (before + asked.size()) % page_size()) % page_size();
  return asked.empty() ? asked : bytes(at - static_cast<std::int64_t>(before), before + asked.size() + after);
}

IoError PosixMapping::cannot_read(std::string_view pages, int number) const {
  return call_failed(number,
                     "read " + std::to_string(pages.size()) + " bytes at " +
                         std::to_string(pages.data() - bytes_.data()) + " of",
                     path_);
}

// After all of them at once failed: to name the one that did.
IoResult<void> PosixMapping::bring_in_each(std::string_view pages) const {
  for (; !pages.empty(); pages.remove_prefix(std::min(pages.size(), page_size()))) {
    const auto page = pages.substr(0, page_size());
    if (uninterrupted([&] { return calls_.madvise(address(page), page.size(), kPopulateRead); }) == 0)
      continue;
    // The kernel's word for a page that would have been a SIGBUS.
    return cannot_read(page, errno == EFAULT ? EIO : errno);
  }
  return {};
}

// Where the kernel cannot do it for us. A fault then is the guard's.
IoResult<void> PosixMapping::touch(std::string_view pages) const {
  for (; !pages.empty(); pages.remove_prefix(std::min(pages.size(), page_size()))) {
    static_cast<void>(*static_cast<const volatile char*>(pages.data()));
    if (failed()) return cannot_read(pages.substr(0, page_size()), EIO);
  }
  return {};
}

}  // namespace gantry::store
