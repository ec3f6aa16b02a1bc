// The system flag of a message: the 32 bits that send headers and commit-log records carry.
// A small value, any thread. Bits that have no name here are kept as they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

// How a compressed body is compressed. Frozen: bits 8-10 of the system flag, on the wire and on disk.
enum class CompressionType : std::int32_t { lz4 = 1, zstd = 2, zlib = 3 };

constexpr std::string_view compression_name(CompressionType type) {
  switch (type) {
    case CompressionType::lz4:
      return "lz4";
    case CompressionType::zstd:
      return "zstd";
    case CompressionType::zlib:
      return "zlib";
  }
  return "unknown";
}

// What part a message has in a transaction. Frozen: bits 2-3 of the system flag, on the wire and on disk.
enum class TransactionType : std::int32_t { none = 0x0, prepared = 0x4, commit = 0x8, rollback = 0xC };

class SysFlag {
 public:
  // Frozen: on the wire and on disk.
  static constexpr std::int32_t kCompressed = 0x1;       // by the client; the broker stores it as it came
  static constexpr std::int32_t kMultiTags = 0x2;        // the topic filters by several tags; legacy
  static constexpr std::int32_t kTransactionMask = 0xC;  // a TransactionType
  static constexpr std::int32_t kBornHostV6 = 0x10;      // bornHost takes 20 bytes instead of 8
  static constexpr std::int32_t kStoreHostV6 = 0x20;     // so does storeHost, whatever the other does
  static constexpr std::int32_t kNeedUnwrap = 0x40;      // 5.x: the body is a batch, clients take it apart
  static constexpr std::int32_t kInnerBatch = 0x80;      // 5.x: stored as a batch
  static constexpr std::int32_t kCompressionMask = 0x700;
  static constexpr int kCompressionShift = 8;

  constexpr SysFlag() = default;
  constexpr explicit SysFlag(std::int32_t bits) : bits_(bits) {}

  constexpr std::int32_t bits() const { return bits_; }
  constexpr bool has(std::int32_t bit) const { return (bits_ & bit) != 0; }

  constexpr bool compressed() const { return has(kCompressed); }
  constexpr bool multi_tags() const { return has(kMultiTags); }
  constexpr bool born_host_v6() const { return has(kBornHostV6); }
  constexpr bool store_host_v6() const { return has(kStoreHostV6); }
  constexpr bool needs_unwrap() const { return has(kNeedUnwrap); }
  constexpr bool inner_batch() const { return has(kInnerBatch); }

  // Of a compressed body. Clients that know only zlib leave the bits 0; nullopt: a type from the future.
  constexpr std::optional<CompressionType> compression_type() const {
    switch ((bits_ & kCompressionMask) >> kCompressionShift) {
      case 1:
        return CompressionType::lz4;
      case 2:
        return CompressionType::zstd;
      case 0:
      case 3:
        return CompressionType::zlib;
      default:
        return std::nullopt;
    }
  }

  constexpr TransactionType transaction_type() const {
    return static_cast<TransactionType>(bits_ & kTransactionMask);
  }

  constexpr SysFlag with(std::int32_t bit, bool on) const { return SysFlag(on ? bits_ | bit : bits_ & ~bit); }

  constexpr SysFlag with_compression(CompressionType type) const {
    return SysFlag((bits_ & ~kCompressionMask) | kCompressed |
                   (static_cast<std::int32_t>(type) << kCompressionShift));
  }

  constexpr SysFlag without_compression() const { return SysFlag(bits_ & ~(kCompressed | kCompressionMask)); }

  constexpr SysFlag with_transaction_type(TransactionType type) const {
    return SysFlag((bits_ & ~kTransactionMask) | static_cast<std::int32_t>(type));
  }

  constexpr bool operator==(const SysFlag&) const = default;

 private:
  std::int32_t bits_ = 0;
};

}  // namespace gantry::remoting
