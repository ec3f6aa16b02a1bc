#include "remoting/tag_hash.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"

#include <cstddef>
#include <cstring>

namespace gantry::remoting {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value;
  std::size_t size;  // bytes it was read from
};

class Utf8 {
 public:
  explicit Utf8(std::string_view text) : text_(text) {}

  // What Java's decoder makes of the bytes at `at`: of a broken sequence it replaces as much as could have
  // begun a character, except that an encoded surrogate is one character of three bytes.
  CodePoint at(std::size_t at) const {
    const unsigned char lead = byte(at);
    if (lead < 0x80) return {lead, 1};
    if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1};
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t value = lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      const unsigned char next = byte(at + i);
      if ((next & 0xC0) != 0x80 || (i == 1 && !may_follow(lead, next))) return {kReplacement, i};
      value = value << 6 | (next & 0x3Fu);
    }
    return {value >= 0xD800 && value <= 0xDFFF ? kReplacement : value, size};
  }

 private:
  // Beyond the end stands a byte that continues nothing.
  unsigned char byte(std::size_t at) const {
    return at < text_.size() ? static_cast<unsigned char>(text_[at]) : 0;
  }

  // Overlong forms, and what lies above U+10FFFF.
  static bool may_follow(unsigned char lead, unsigned char next) {
    if (lead == 0xE0) return next >= 0xA0;
    if (lead == 0xF0) return next >= 0x90;
    if (lead == 0xF4) return next < 0x90;
    return true;
  }

  std::string_view text_;
};

// A multiplication for each character, each waiting for the last one, is what the hash would cost: four
// characters share one.
constexpr std::size_t kStep = 4;

bool is_ascii(std::string_view step) {
  std::uint32_t bytes = 0;
  if (step.size() < kStep) return false;
  std::memcpy(&bytes, step.data(), kStep);
  return (bytes & 0x80808080u) == 0;
}

std::uint32_t add_ascii(std::uint32_t hash, const char* step) {
  const auto at = [step](std::size_t i) { return static_cast<std::uint32_t>(step[i]); };
  return 923521u * hash + (29791u * at(0) + 961u * at(1)) + (31u * at(2) + at(3));
}

}  // namespace

std::int32_t java_string_hash(std::string_view utf8, std::int32_t before) {
  auto hash = static_cast<std::uint32_t>(before);
  std::size_t i = 0;
  for (; is_ascii(utf8.substr(i, kStep)); i += kStep) hash = add_ascii(hash, utf8.data() + i);
  while (i < utf8.size()) {
    const auto [value, size] = Utf8(utf8).at(i);
    i += size;
    if (value < 0x10000) {
      hash = 31 * hash + value;
    } else {
      hash = 31 * hash + (0xD800 + ((value - 0x10000) >> 10));
      hash = 31 * hash + (0xDC00 + (value & 0x3FF));
    }
  }
  return static_cast<std::int32_t>(hash);
}

std::int64_t tags_code(std::string_view properties) {
  const auto tags = find_property(properties, property_name::kTags);
  return tags ? java_string_hash(*tags) : 0;
}

}  // namespace gantry::remoting
