#include "remoting/outbox.h"

#include <algorithm>

namespace gantry::remoting {

void Outbox::add(const Slice& slice) {
  if (slice.bytes.empty()) return;
  size_ += slice.bytes.size();
  if (slice.pin && slice.bytes.size() >= kCopyBelow)
    pinned_.push_back({copied_.size(), slice});
  else
    copied_ += slice.bytes;
}

void Outbox::take(Outbox&& other) {
  std::size_t from = other.copied_sent_;
  for (std::size_t i = other.pinned_sent_; i < other.pinned_.size(); ++i) {
    Pinned& next = other.pinned_[i];
    copied_.append(other.copied_, from, next.after - from);
    from = next.after;
    if (i == other.pinned_sent_) next.slice.bytes.remove_prefix(other.slice_sent_);
    pinned_.push_back({copied_.size(), std::move(next.slice)});
  }
  copied_.append(other.copied_, from);
  size_ += other.unsent();
  other.clear();
}

std::size_t Outbox::gather(std::span<iovec> pieces) const {
  std::size_t count = 0;
  std::size_t from = copied_sent_;
  std::size_t skip = slice_sent_;
  const auto put = [&](const char* data, std::size_t size) {
    if (size != 0) pieces[count++] = {const_cast<char*>(data), size};
  };
  for (std::size_t i = pinned_sent_; i < pinned_.size(); ++i) {
    if (count + 2 > pieces.size()) return count;
    const Pinned& next = pinned_[i];
    put(copied_.data() + from, next.after - from);
    put(next.slice.bytes.data() + skip, next.slice.bytes.size() - skip);
    from = next.after;
    skip = 0;
  }
  if (count < pieces.size()) put(copied_.data() + from, copied_.size() - from);
  return count;
}

void Outbox::sent(std::size_t bytes) {
  sent_ += bytes;
  while (bytes != 0) {
    const bool has_pinned = pinned_sent_ < pinned_.size();
    const auto copied_until = has_pinned ? pinned_[pinned_sent_].after : copied_.size();
    const auto copied = std::min(bytes, copied_until - copied_sent_);
    copied_sent_ += copied;
    bytes -= copied;
    if (bytes == 0 || !has_pinned) break;
    Slice& slice = pinned_[pinned_sent_].slice;
    const auto sliced = std::min(bytes, slice.bytes.size() - slice_sent_);
    slice_sent_ += sliced;
    bytes -= sliced;
    if (slice_sent_ == slice.bytes.size()) {
      slice = {};  // lets go of the pin as soon as the kernel has the bytes
      slice_sent_ = 0;
      ++pinned_sent_;
    }
  }
}

void Outbox::clear() {
  copied_.clear();
  pinned_.clear();
  size_ = sent_ = copied_sent_ = pinned_sent_ = slice_sent_ = 0;
}

}  // namespace gantry::remoting
