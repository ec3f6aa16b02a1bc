// Index files as Apache's broker would have written them, made byte by byte from the format's description and
// with nothing of the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gantry::store {

// Java's String.hashCode of a text in ASCII, made positive as the index does.
inline std::uint32_t apache_key_hash(const std::string& text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = 31 * hash + static_cast<unsigned char>(c);
  if (hash == 0x80000000u) return 0;
  return hash > 0x80000000u ? 0u - hash : hash;
}

class IndexImage {
 public:
  IndexImage(std::size_t slots, std::size_t entries)
      : slots_(slots), entries_(entries), bytes_(40 + 4 * slots + 20 * entries, '\0') {
    set(36, 4, 1);
  }
  static IndexImage after(const IndexImage& before) {
    IndexImage next(before.slots_, before.entries_);
    next.set(0, 8, before.get(8, 8));
    next.set(8, 8, before.get(8, 8));
    next.set(16, 8, before.get(24, 8));
    next.set(24, 8, before.get(24, 8));
    return next;
  }

  bool full() const { return get(36, 4) >= entries_; }
  void put(const std::string& topic, const std::string& key, std::uint64_t at, std::uint64_t time) {
    const std::uint32_t hash = apache_key_hash(topic + "#" + key);
    const std::size_t slot = 40 + 4 * (hash % slots_);
    const std::size_t count = get(36, 4);
    const std::size_t entry = 40 + 4 * slots_ + 20 * count;
    const std::uint64_t begin = get(0, 8);
    set(entry, 4, hash);
    set(entry + 4, 8, at);
    set(entry + 12, 4, begin == 0 || time < begin ? 0 : (time - begin) / 1000);
    set(entry + 16, 4, get(slot, 4));
    if (get(slot, 4) == 0) set(32, 4, get(32, 4) + 1);
    set(slot, 4, count);
    if (count == 1) {
      set(0, 8, time);
      set(16, 8, at);
    }
    set(36, 4, count + 1);
    set(8, 8, time);
    set(24, 8, at);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::uint64_t get(std::size_t at, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  void set(std::size_t at, std::size_t size, std::uint64_t value) {
    for (std::size_t i = size; i-- > 0; value >>= 8) bytes_[at + i] = static_cast<char>(value & 0xFF);
  }

  std::size_t slots_, entries_;
  std::string bytes_;
};

class IndexImages {
 public:
  IndexImages(std::size_t slots, std::size_t entries) : empty_(slots, entries) {}

  void put(const std::string& topic, const std::string& key, std::uint64_t at, std::uint64_t time) {
    if (files_.empty()) {
      files_.push_back(empty_);
    } else if (files_.back().full()) {
      files_.push_back(IndexImage::after(files_.back()));
    }
    files_.back().put(topic, key, at, time);
  }
  std::vector<std::string> bytes() const {
    std::vector<std::string> all;
    for (const auto& file : files_) all.push_back(file.bytes());
    return all;
  }

 private:
  IndexImage empty_;
  std::vector<IndexImage> files_;
};

}  // namespace gantry::store
