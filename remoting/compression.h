// Compressed message bodies (zlib, lz4, zstd) and deflated bodies of the protocol (zlib).
//
// A broker stores bodies as they come; who looks inside inflates them here, under a limit: what a peer
// sends may be made to grow a thousandfold. Any thread; nothing is kept between calls.
#pragma once

#include "remoting/byte_size.h"
#include "remoting/sys_flag.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

struct CompressionError {
  enum class Defect {
    over_limit,  // it would inflate to more than the limit
    damaged,     // not of this type, cut off, or a checksum is wrong
  };

  Defect defect{};
  CompressionType type{};
  std::size_t input_size = 0;
  ByteSize limit;

  std::string str() const;  // "zlib body of 4120 bytes inflates to more than the limit of 4MiB"
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const CompressionError& error,
                                             const boost::source_location& where);

// At most `limit` bytes, and no more memory than that is ever filled with output (lz4 adds a block of at
// most 4 MiB). Empty input is damaged: no compressor makes it.
//
// Formats and tolerance are those of the Java clients. zlib: one stream; anything may follow it. lz4 and
// zstd: one frame or several, whose contents make one body; up to four stray bytes after zstd frames are
// ignored. Java also takes a body whose second or later zstd frame is cut off; here it is damaged.
boost::system::result<std::string, CompressionError> decompress(CompressionType type, std::string_view input,
                                                                ByteSize limit);

// `level` is brought into the type's range: zlib 0-12, zstd 1-22; lz4 has one level, as with the Java client.
// lz4 blocks are independent of each other, or Java could not read them. Clients use level 5.
std::string compress(CompressionType type, std::string_view input, int level);

}  // namespace gantry::remoting
