#include "plugins/store-mmap/write_anew.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

namespace gantry::store {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 20;

}  // namespace

IoResult<void> write_anew(LogFile& file, api::LogOffset from, api::LogOffset to) {
  auto opened = file.file();
  if (!opened) return opened.error();
  std::vector<char> chunk(static_cast<std::size_t>(std::min(kChunk, to - from)));
  for (std::int64_t at = from - file.start(); at < to - file.start();) {
    const auto wanted = static_cast<std::size_t>(std::min(kChunk, to - file.start() - at));
    auto read = (*opened)->read(at, std::span(chunk).first(wanted));
    if (!read) return read.error();
    if (*read == 0) return IoError{EIO, file.path().string() + " became shorter while it was read"};
    if (auto written = (*opened)->write(at, {chunk.data(), *read}); !written) return written;
    at += static_cast<std::int64_t>(*read);
  }
  return {};
}

}  // namespace gantry::store
