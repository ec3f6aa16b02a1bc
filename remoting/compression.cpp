#include "remoting/compression.h"

#include <algorithm>
#include <cstdint>
#include <libdeflate.h>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <variant>
#include <zstd.h>
#include <zstd_errors.h>

#include <boost/throw_exception.hpp>
#include <lz4frame.h>

namespace gantry::remoting {
namespace {

using boost::system::result;
using Defect = CompressionError::Defect;

// Fewer bytes than this after a zstd frame do not begin another one, and Java's reader drops them.
constexpr std::size_t kZstdFrameStart = 5;

template <auto free_function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

template <class T>
T* checked(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

// One try at inflating all of the input into memory of a given size.
struct TooSmall {};
struct Damaged {};
using Attempt = std::variant<std::size_t, TooSmall, Damaged>;

Attempt inflate_zlib(std::string_view input, std::span<char> out) {
  const std::unique_ptr<libdeflate_decompressor, FreeWith<libdeflate_free_decompressor>> inflater(
      checked(libdeflate_alloc_decompressor()));
  std::size_t consumed = 0;
  std::size_t written = 0;
  switch (libdeflate_zlib_decompress_ex(inflater.get(), input.data(), input.size(), out.data(), out.size(),
                                        &consumed, &written)) {
    case LIBDEFLATE_SUCCESS:
      return written;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return TooSmall{};
    default:
      return Damaged{};
  }
}

Attempt inflate_lz4(std::string_view input, std::span<char> out) {
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION))) throw std::bad_alloc();
  const std::unique_ptr<LZ4F_dctx, FreeWith<LZ4F_freeDecompressionContext>> inflater(raw);

  std::size_t written = 0;
  std::size_t wanted = 1;  // what the library still expects of this frame; 0: the frame is complete
  while (wanted != 0 || !input.empty()) {
    // A full buffer is no reason to stop: what is left may be the end mark and a checksum. So one more byte
    // of output is what shows that it was too small.
    char excess = 0;
    const bool full = written == out.size();
    std::size_t room = full ? 1 : out.size() - written;
    std::size_t taken = input.size();
    wanted =
        LZ4F_decompress(raw, full ? &excess : out.data() + written, &room, input.data(), &taken, nullptr);
    if (LZ4F_isError(wanted)) return Damaged{};
    if (full && room != 0) return TooSmall{};
    if (wanted != 0 && taken == 0 && room == 0) return Damaged{};  // cut off
    input.remove_prefix(taken);
    written += room;
  }
  return written;
}

Attempt inflate_zstd(std::string_view input, std::span<char> out) {
  const std::unique_ptr<ZSTD_DCtx, FreeWith<ZSTD_freeDCtx>> inflater(checked(ZSTD_createDCtx()));
  std::size_t written = 0;
  do {
    const std::size_t frame = ZSTD_findFrameCompressedSize(input.data(), input.size());
    if (ZSTD_isError(frame)) return Damaged{};
    const std::size_t size =
        ZSTD_decompressDCtx(inflater.get(), out.data() + written, out.size() - written, input.data(), frame);
    if (ZSTD_isError(size))
      return ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall ? Attempt(TooSmall{})
                                                                    : Attempt(Damaged{});
    written += size;
    input.remove_prefix(frame);
  } while (input.size() >= kZstdFrameStart);
  return written;
}

Attempt inflate(CompressionType type, std::string_view input, std::span<char> out) {
  switch (type) {
    case CompressionType::zlib:
      return inflate_zlib(input, out);
    case CompressionType::lz4:
      return inflate_lz4(input, out);
    case CompressionType::zstd:
      return inflate_zstd(input, out);
  }
  return Damaged{};
}

// What the first zstd frame says it will inflate to. It only saves work: the frame may lie.
std::uint64_t declared_size(CompressionType type, std::string_view input) {
  if (type != CompressionType::zstd) return 0;
  const auto size = ZSTD_getFrameContentSize(input.data(), input.size());
  return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

std::string compress_zlib(std::string_view input, int level) {
  const std::unique_ptr<libdeflate_compressor, FreeWith<libdeflate_free_compressor>> deflater(
      checked(libdeflate_alloc_compressor(std::clamp(level, 0, 12))));
  std::string out(libdeflate_zlib_compress_bound(deflater.get(), input.size()), '\0');
  out.resize(libdeflate_zlib_compress(deflater.get(), input.data(), input.size(), out.data(), out.size()));
  return out;
}

std::string compress_lz4(std::string_view input) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;  // the library takes less when less is enough
  std::string out(LZ4F_compressFrameBound(input.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), input.data(), input.size(), &preferences));
  return out;
}

std::string compress_zstd(std::string_view input, int level) {
  std::string out(ZSTD_compressBound(input.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), input.data(), input.size(),
                           std::clamp(level, 1, ZSTD_maxCLevel())));
  return out;
}

}  // namespace

result<std::string, CompressionError> decompress(CompressionType type, std::string_view input,
                                                 ByteSize limit) {
  const CompressionError over_limit{Defect::over_limit, type, input.size(), limit};
  const CompressionError damaged{Defect::damaged, type, input.size(), limit};
  if (input.empty()) return damaged;
  const std::uint64_t declared = declared_size(type, input);
  if (declared > limit.bytes()) return over_limit;

  // Most bodies fit at the first try. A bomb costs a third more than inflating up to the limit would.
  constexpr std::uint64_t kFirstTry = 64 << 10;
  constexpr std::uint64_t kGrowth = 4;
  std::uint64_t capacity = std::max({declared, kFirstTry, 8 * std::uint64_t{input.size()}});
  for (;; capacity *= kGrowth) {
    capacity = std::min(capacity, limit.bytes());
    const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
    const Attempt attempt = inflate(type, input, {buffer.get(), capacity});
    if (const auto* size = std::get_if<std::size_t>(&attempt)) return std::string(buffer.get(), *size);
    if (std::holds_alternative<Damaged>(attempt)) return damaged;
    if (capacity == limit.bytes()) return over_limit;
  }
}

std::string compress(CompressionType type, std::string_view input, int level) {
  switch (type) {
    case CompressionType::lz4:
      return compress_lz4(input);
    case CompressionType::zstd:
      return compress_zstd(input, level);
    case CompressionType::zlib:
      break;
  }
  return compress_zlib(input, level);
}

std::string CompressionError::str() const {
  const std::string body =
      std::string(compression_name(type)) + " body of " + std::to_string(input_size) + " bytes ";
  if (defect == Defect::over_limit) return body + "inflates to more than the limit of " + limit.str();
  return body + "is damaged: not " + std::string(compression_name(type)) +
         ", cut off, or its checksum is wrong";
}

void throw_exception_from_error(const CompressionError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
