#include "kernel/write_ahead_log.h"

#include "disk/files.h"
#include "remoting/byte_order.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gantry::kernel {

namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t kHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // its lowest bit: checksums are of big-endian words

std::uint32_t word(std::string_view bytes, std::size_t at) {
  return remoting::load_big_endian<std::uint32_t>(bytes.data() + at);
}

struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  void add(std::string_view bytes, bool big_endian) {
    const bool swap = big_endian != (std::endian::native == std::endian::big);
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      std::uint32_t words[2];
      std::memcpy(words, bytes.data() + at, sizeof words);
      if (swap) words[0] = __builtin_bswap32(words[0]), words[1] = __builtin_bswap32(words[1]);
      first += words[0] + second;
      second += words[1] + first;
    }
  }
  bool stands_at(std::string_view bytes, std::size_t at) const {
    return word(bytes, at) == first && word(bytes, at + 4) == second;
  }
};

// The log of one text: its frames, each a page.
class Log {
 public:
  explicit Log(std::string_view bytes)
      : bytes_(bytes), big_endian_((word(bytes, 0) & 1) != 0), page_(word(bytes, 8)) {
    sum_.add(bytes.substr(0, 24), big_endian_);
  }

  bool header_is_whole() const {
    return (word(bytes_, 0) & ~1u) == kMagic && page_ >= 512 && page_ <= 65536 &&
           std::has_single_bit(page_) && sum_.stands_at(bytes_, 24);
  }
  std::size_t frames() const { return (bytes_.size() - kHeader) / size_of_frame(); }
  // Of this use of the file: what an earlier one left behind has other salts.
  bool is_ours(std::size_t frame) const { return at(frame).substr(8, 8) == bytes_.substr(16, 8); }
  // Nor would one that lacks a bit be anybody else's: both salts of another use are others.
  bool is_ours_or_was(std::size_t frame) const {
    const std::string_view salts = at(frame).substr(8, 8);
    return salts.substr(0, 4) == bytes_.substr(16, 4) || salts.substr(4) == bytes_.substr(20, 4);
  }
  bool ends_transaction(std::size_t frame) const { return word(at(frame), 4) != 0; }
  // For frames in their order, from the first on.
  bool is_whole(std::size_t frame) {
    const std::string_view bytes = at(frame);
    sum_.add(bytes.substr(0, 8), big_endian_);
    sum_.add(bytes.substr(kFrameHeader), big_endian_);
    return is_ours(frame) && sum_.stands_at(bytes, 16);
  }

 private:
  std::size_t size_of_frame() const { return kFrameHeader + page_; }
  std::string_view at(std::size_t frame) const {
    return bytes_.substr(kHeader + frame * size_of_frame(), size_of_frame());
  }

  std::string_view bytes_;
  bool big_endian_;
  std::uint32_t page_;
  Checksum sum_;
};

// Is there more behind a transaction that ended with the broken frame or behind it? What an earlier use left
// there is none: a power cut leaves it where a frame of the last transaction did not arrive.
bool goes_on_behind(const Log& log, std::size_t broken) {
  bool ended = false;
  for (std::size_t frame = broken; frame < log.frames(); ++frame) {
    if (!log.is_ours_or_was(frame)) continue;
    if (ended) return true;
    ended = log.ends_transaction(frame);
  }
  return false;
}

api::Refusal damaged(const std::filesystem::path& log, const std::string& where) {
  return {.text = log.string() + ": it is damaged (" + where +
                  "), and holds changes that were told as done and are not in the database yet"};
}

}  // namespace

api::Result<void> check_write_ahead_log(const std::filesystem::path& log) {
  disk::PosixFiles files;
  const auto read = files.read(log);
  if (!read) return api::Refusal{.text = log.string() + ": " + read.error().message()};
  if (!*read || (*read)->size() <= kHeader + kFrameHeader) return {};
  Log frames(**read);
  // It is synced before the first frame is written, so no power cut leaves a broken one before frames.
  if (!frames.header_is_whole()) return damaged(log, "its header does not have its checksum");
  for (std::size_t frame = 0; frame < frames.frames(); ++frame) {
    if (frames.is_whole(frame)) continue;
    if (goes_on_behind(frames, frame))
      return damaged(log, "page " + std::to_string(frame) + " does not have its checksum");
    return {};
  }
  return {};
}

}  // namespace gantry::kernel
