#include "remoting/compression.h"

#include "tests/unit/remoting/hex.h"

#include <rapidcheck.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

using Defect = CompressionError::Defect;

constexpr std::string_view kText = "hello hello hello hello hello, Gantry";
constexpr ByteSize kEnough = ByteSize::mib(4);

class EachCompression : public testing::TestWithParam<CompressionType> {
 protected:
  // kText as the Java client compresses it: zlib at level 5, lz4-java 1.8.0, zstd-jni 1.5.2 at level 5.
  static std::string from_java() {
    switch (GetParam()) {
      case CompressionType::zlib:
        return from_hex("785ecb48cdc9c957c8c04eea28b827e6951455020004870da6");
      case CompressionType::lz4:
        return from_hex("04224d18607073130000006f68656c6c6f20060004802c2047616e7472790000 0000");
      case CompressionType::zstd:
        return from_hex("28b52ffd0058a400007068656c6c6f202c2047616e7472790100a94b11010000");
    }
    return {};
  }

  static auto inflate(std::string_view input, ByteSize limit = kEnough) {
    const std::vector<char> exactly(input.begin(), input.end());
    return decompress(GetParam(), {exactly.data(), exactly.size()}, limit);
  }

  static std::string deflate(std::string_view input, int level = 5) {
    return compress(GetParam(), input, level);
  }

  static Defect defect_of(std::string_view input, ByteSize limit = kEnough) {
    const auto inflated = inflate(input, limit);
    EXPECT_FALSE(inflated);
    return inflated ? Defect{} : inflated.error().defect;
  }
};

INSTANTIATE_TEST_SUITE_P(Compression, EachCompression,
                         testing::Values(CompressionType::zlib, CompressionType::lz4, CompressionType::zstd),
                         [](const auto& type) { return std::string(compression_name(type.param)); });

TEST_P(EachCompression, reads_what_the_java_client_writes) {
  EXPECT_EQ(inflate(from_java()).value(), kText);
}

TEST_P(EachCompression, reads_what_it_wrote) {
  std::string text;
  for (const std::size_t size : {0u, 1u, 100u, 65536u, 65537u, 3000000u}) {
    while (text.size() < size) text += std::to_string(text.size() * 7919) + " messages, ";
    text.resize(size);
    EXPECT_EQ(inflate(deflate(text)).value(), text) << size;
  }
}

TEST_P(EachCompression, makes_bodies_smaller_at_any_level) {
  const std::string text(10000, 'x');
  for (const int level : {-1, 0, 1, 5, 9, 12, 22, 1000}) {
    const std::string compressed = deflate(text, level);
    EXPECT_EQ(inflate(compressed).value(), text) << level;
    if (level > 0) {
      EXPECT_LT(compressed.size(), 200u) << level;
    }
  }
}

TEST_P(EachCompression, inflates_up_to_the_limit_and_not_one_byte_further) {
  for (const std::size_t size : {1u, 37u, 65536u, 65537u, 1000000u}) {
    const std::string compressed = deflate(std::string(size, 'x'));
    EXPECT_EQ(inflate(compressed, ByteSize(size)).value().size(), size);
    EXPECT_EQ(defect_of(compressed, ByteSize(size - 1)), Defect::over_limit) << size;
  }
  EXPECT_EQ(inflate(deflate(""), ByteSize(0)).value(), "");
}

TEST_P(EachCompression, refuses_a_bomb) {
  const std::string bomb = deflate(std::string(64 << 20, '\0'));
  EXPECT_LT(bomb.size(), 512u << 10);
  EXPECT_EQ(defect_of(bomb, ByteSize::kib(100)), Defect::over_limit);
  EXPECT_EQ(defect_of(bomb), Defect::over_limit);
}

TEST_P(EachCompression, refuses_a_stream_cut_anywhere) {
  for (const std::string& whole : {from_java(), deflate(kText)})
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(defect_of(std::string_view(whole).substr(0, size)), Defect::damaged) << size;
}

TEST_P(EachCompression, refuses_the_other_types) {
  for (const auto type : {CompressionType::zlib, CompressionType::lz4, CompressionType::zstd}) {
    if (type == GetParam()) continue;
    EXPECT_EQ(defect_of(compress(type, kText, 5)), Defect::damaged);
  }
}

TEST_P(EachCompression, survives_every_flipped_bit_and_any_limit) {
  const std::string whole = from_java();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    for (const std::size_t limit : {0u, 36u, 37u, 100u}) {
      const auto inflated = inflate(flipped, ByteSize(limit));
      EXPECT_TRUE(!inflated || inflated->size() <= limit) << bit;
    }
  }
}

TEST_P(EachCompression, says_what_is_wrong_with_its_sizes) {
  const std::string type(compression_name(GetParam()));
  const std::string size = std::to_string(from_java().size());
  EXPECT_EQ(inflate(from_java(), ByteSize(36)).error().str(),
            type + " body of " + size + " bytes inflates to more than the limit of 36B");
  EXPECT_EQ(inflate("nonsense").error().str(),
            type + " body of 8 bytes is damaged: not " + type + ", cut off, or its checksum is wrong");
}

// RapidCheck's macro knows no parameters, so the types are one more thing to choose.
RC_GTEST_PROP(Compression, reads_back_any_bytes, (const std::string& bytes)) {
  const auto type = *rc::gen::element(CompressionType::zlib, CompressionType::lz4, CompressionType::zstd);
  RC_ASSERT(decompress(type, compress(type, bytes, 5), ByteSize(bytes.size())).value() == bytes);
}

std::string plus(std::string_view compressed, std::size_t stray_bytes) {
  return std::string(compressed) + std::string(stray_bytes, 'x');
}

TEST(ZlibCompression, ignores_what_follows_the_stream_as_java_does) {
  const std::string compressed = compress(CompressionType::zlib, kText, 5);
  for (const std::size_t stray : {1u, 4u, 5u, 1000u})
    EXPECT_EQ(decompress(CompressionType::zlib, plus(compressed, stray), kEnough).value(), kText);
}

TEST(Lz4Compression, reads_several_frames_as_one_body_and_nothing_else_after_them) {
  const std::string compressed = compress(CompressionType::lz4, kText, 5);
  EXPECT_EQ(decompress(CompressionType::lz4, compressed + compressed, kEnough).value(),
            std::string(kText) + std::string(kText));
  for (const std::size_t stray : {1u, 3u, 4u, 5u, 1000u})
    EXPECT_FALSE(decompress(CompressionType::lz4, plus(compressed, stray), kEnough)) << stray;
}

TEST(Lz4Compression, writes_independent_blocks_because_java_reads_no_others) {
  const std::string compressed = compress(CompressionType::lz4, kText, 5);
  EXPECT_EQ(compressed.substr(0, 4), from_hex("04224d18"));
  constexpr int kIndependentBlocks = 0x20;
  EXPECT_TRUE(compressed[4] & kIndependentBlocks);
}

TEST(Lz4Compression, reads_linked_blocks_and_checksums_of_other_clients) {
  std::string text;
  while (text.size() < 200000) text += std::to_string(text.size() * 7919);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockLinked;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  preferences.frameInfo.contentSize = text.size();
  std::string compressed(LZ4F_compressFrameBound(text.size(), &preferences), '\0');
  compressed.resize(
      LZ4F_compressFrame(compressed.data(), compressed.size(), text.data(), text.size(), &preferences));
  EXPECT_EQ(decompress(CompressionType::lz4, compressed, kEnough).value(), text);
  compressed.back() = static_cast<char>(compressed.back() ^ 1);
  EXPECT_FALSE(decompress(CompressionType::lz4, compressed, kEnough)) << "its checksum is wrong";
}

TEST(ZstdCompression, reads_several_frames_as_one_body_and_ignores_up_to_four_stray_bytes) {
  const std::string compressed = compress(CompressionType::zstd, kText, 5);
  EXPECT_EQ(decompress(CompressionType::zstd, compressed + compressed, kEnough).value(),
            std::string(kText) + std::string(kText));
  for (const std::size_t stray : {1u, 2u, 3u, 4u})
    EXPECT_EQ(decompress(CompressionType::zstd, plus(compressed, stray), kEnough).value(), kText) << stray;
  EXPECT_FALSE(decompress(CompressionType::zstd, plus(compressed, 5), kEnough));
}

TEST(ZstdCompression, counts_all_frames_against_the_limit) {
  const std::string compressed = compress(CompressionType::zstd, kText, 5);
  EXPECT_TRUE(decompress(CompressionType::zstd, compressed + compressed, ByteSize(2 * kText.size())));
  EXPECT_EQ(decompress(CompressionType::zstd, compressed + compressed, ByteSize(2 * kText.size() - 1))
                .error()
                .defect,
            Defect::over_limit);
}

TEST(ZstdCompression, refuses_a_frame_that_declares_more_than_the_limit_without_inflating_it) {
  // A whole header that declares 2^40 bytes, and nothing behind it.
  const std::string header = from_hex("28b52ffd e0 0000000000010000");
  EXPECT_EQ(decompress(CompressionType::zstd, header, ByteSize::gib(1)).error().defect, Defect::over_limit);
}

}  // namespace
}  // namespace gantry::remoting
