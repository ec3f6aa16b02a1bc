// Headers with one byte changed, and headers made of anything: nothing crashes, and what decodes at all keeps
// the promise of the fuzz targets, which end the program when it is broken.
#include "tests/fuzz/header_targets.h"
#include "tests/unit/remoting/apache_frames.h"
#include "tests/unit/remoting/hex.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

void flip_each_byte(const std::string& header, void (*fuzz)(std::span<const char>)) {
  for (std::size_t at = 0; at < header.size(); ++at) {
    for (int mask = 1; mask < 256; ++mask) {
      std::string changed = header;
      changed[at] = static_cast<char>(changed[at] ^ mask);
      fuzz(changed);
    }
  }
}

TEST(HeaderCodecFlips, any_byte_of_a_json_header_may_be_any_other) {
  for (const ApacheFrame* frame : kApacheFrames)
    flip_each_byte(std::string(frame->json_header), fuzz::fuzz_header_json);
}

TEST(HeaderCodecFlips, any_byte_of_a_binary_header_may_be_any_other) {
  for (const ApacheFrame* frame : kApacheFrames)
    flip_each_byte(from_hex(frame->binary_header), fuzz::fuzz_header_binary);
}

RC_GTEST_PROP(HeaderCodecFlips, a_header_may_be_made_of_anything, (const std::string& bytes)) {
  fuzz::fuzz_header_json(bytes);
  fuzz::fuzz_header_binary(bytes);
}

}  // namespace
}  // namespace gantry::remoting
