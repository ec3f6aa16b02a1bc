// Frames on their way out, gathered so that a burst leaves in one write.
//
// Small pieces are copied into one buffer; large pinned ones stay where they lie. Not thread-safe: an
// outbox belongs to one connection's I/O thread, or to the thread that fills it before handing it over.
#pragma once

#include "remoting/slice.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <sys/uio.h>

namespace gantry::remoting {

class Outbox {
 public:
  // Below this a copy is cheaper than one more piece for the kernel to gather.
  static constexpr std::size_t kCopyBelow = 1024;

  bool empty() const { return size_ == sent_; }
  std::size_t unsent() const { return size_ - sent_; }
  std::size_t capacity() const { return copied_.capacity(); }
  // Empty, and without memory worth keeping: a string has room for a few bytes in itself.
  bool bare() const { return empty() && capacity() < kCopyBelow; }

  // Appends one frame: `head` writes the frame up to its body into the string it is given.
  template <class WriteHead>
  void add(WriteHead&& head, std::span<const Slice> body) {
    const auto before = copied_.size();
    head(copied_);
    size_ += copied_.size() - before;
    for (const Slice& slice : body) add(slice);
  }

  void add(const Slice& slice);
  void take(Outbox&& other);  // appends all that `other` still has to send

  // What is to be sent next, at most `pieces.size()` pieces of it. Returns how many were filled in.
  std::size_t gather(std::span<iovec> pieces) const;
  void sent(std::size_t bytes);  // must not exceed unsent()

  // Empties it, keeping the buffer for the next use.
  void clear();

 private:
  struct Pinned {
    std::size_t after;  // comes when this many copied bytes have been sent
    Slice slice;
  };

  std::string copied_;
  std::vector<Pinned> pinned_;
  std::size_t size_ = 0;
  std::size_t sent_ = 0;
  // Where the unsent part begins: bytes of copied_, whole pinned slices, and bytes of the current slice.
  std::size_t copied_sent_ = 0;
  std::size_t pinned_sent_ = 0;
  std::size_t slice_sent_ = 0;
};

}  // namespace gantry::remoting
