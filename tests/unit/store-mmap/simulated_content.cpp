#include "tests/unit/store-mmap/simulated_content.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace gantry::store {

bool SimulatedContent::take_block(std::int64_t page) {
  if (has_block(page)) return true;
  const auto blocks = blocks_.lock();
  if (!blocks || !blocks->take(kPage)) return false;
  const auto at = static_cast<std::size_t>(page);
  if (has_block_.size() <= at) has_block_.resize(at + 1);
  has_block_[at] = true;
  new_blocks_.insert(page);
  return true;
}

void SimulatedContent::need_capacity(std::int64_t size) {
  if (buffer_ && buffer_->capacity >= size) return;
  auto longer = std::make_shared<Buffer>(
      std::max(pages_of(size) * kPage, buffer_ ? buffer_->capacity * 2 : std::int64_t{0}));
  if (buffer_) {
    std::memcpy(longer->bytes, buffer_->bytes, static_cast<std::size_t>(size_));
    std::erase_if(older_, [](const auto& buffer) { return buffer.expired(); });
    older_.push_back(buffer_);
  }
  buffer_ = std::move(longer);
}

void SimulatedContent::set_size(std::int64_t size) {
  need_capacity(size);
  size_ = size;
  if (sizes_.back() != size) sizes_.push_back(size);
}

void SimulatedContent::put(std::int64_t at, std::string_view bytes) {
  std::memcpy(buffer_->bytes + at, bytes.data(), bytes.size());
  for (const auto& older : older_) {
    const auto buffer = older.lock();
    if (!buffer || buffer->capacity <= at) continue;
    std::memcpy(buffer->bytes + at, bytes.data(),
                std::min(bytes.size(), static_cast<std::size_t>(buffer->capacity - at)));
  }
}

std::string_view SimulatedContent::cached_page(std::int64_t page) const {
  return {buffer_->bytes + page * kPage, static_cast<std::size_t>(kPage)};
}

void SimulatedContent::before_change(std::int64_t page, SeededRandom& random) {
  const auto [at, is_new] = differing_.try_emplace(page);
  // One that is dirty already may have been written meanwhile, as the kernel does when it likes.
  if (is_new || (at->second.dirty && random.one_in(3))) at->second.on_disk = cached_page(page);
  at->second.dirty = true;
}

void SimulatedContent::warm(std::int64_t page, bool is) {
  const auto at = static_cast<std::size_t>(page);
  if (warm_.size() <= at) warm_.resize(at + 1);
  warm_[at] = is;
}

std::int64_t SimulatedContent::write(std::int64_t at, std::string_view bytes, SeededRandom& random) {
  std::int64_t done = 0;
  while (!bytes.empty()) {
    const std::int64_t page = page_of(at);
    const auto size = std::min(bytes.size(), static_cast<std::size_t>((page + 1) * kPage - at));
    if (!take_block(page)) break;
    need_capacity((page + 1) * kPage);
    before_change(page, random);
    put(at, bytes.substr(0, size));
    warm(page, true);
    bytes.remove_prefix(size);
    at += static_cast<std::int64_t>(size);
    done += static_cast<std::int64_t>(size);
    if (at > size_) set_size(at);
  }
  return done;
}

std::int64_t SimulatedContent::allocate(std::int64_t size) {
  const std::int64_t pages = pages_of(size);
  std::int64_t page = 0;
  while (page < pages && take_block(page)) ++page;
  const std::int64_t got = std::min(page * kPage, size);
  if (got > size_) set_size(got);
  return got;
}

void SimulatedContent::resize(std::int64_t size, SeededRandom& random) {
  if (size < size_) {
    zero(size, size_, random);
    for (auto page = pages_of(size); page < static_cast<std::int64_t>(has_block_.size()); ++page) {
      if (!has_block(page)) continue;
      if (const auto blocks = blocks_.lock()) blocks->give_back(kPage);
      has_block_[static_cast<std::size_t>(page)] = false;
      new_blocks_.erase(page);
    }
  }
  set_size(size);
}

void SimulatedContent::zero(std::int64_t from, std::int64_t to, SeededRandom& random) {
  static constexpr std::array<char, kPage> kZeros{};
  for (to = std::min(to, size_); from < to;) {
    const std::int64_t page = page_of(from);
    const std::int64_t end = std::min(to, (page + 1) * kPage);
    if (has_block(page)) {
      before_change(page, random);
      put(from, {kZeros.data(), static_cast<std::size_t>(end - from)});
      warm(page, true);
    }
    from = end;
  }
}

std::size_t SimulatedContent::read(std::int64_t at, std::span<char> to) const {
  if (at >= size_) return 0;
  const auto count = std::min(to.size(), static_cast<std::size_t>(size_ - at));
  std::memcpy(to.data(), buffer_->bytes + at, count);
  return count;
}

std::int64_t SimulatedContent::next_data(std::int64_t at) const {
  for (; at < size_; at = (page_of(at) + 1) * kPage) {
    if (has_block(page_of(at))) return at;
  }
  return size_;
}

std::int64_t SimulatedContent::sync(std::int64_t from, std::int64_t to) {
  const auto written = std::erase_if(differing_, [&](const auto& page) {
    return page.second.dirty && page.first >= page_of(from) && page.first < pages_of(to);
  });
  sizes_ = {size_};
  new_blocks_.clear();
  return static_cast<std::int64_t>(written) * kPage;
}

void SimulatedContent::fail_sync(SeededRandom& random) {
  for (auto page = differing_.begin(); page != differing_.end();) {
    if (page->second.dirty && random.one_in(2)) {
      page = differing_.erase(page);
    } else {
      page->second.dirty = false;
      ++page;
    }
  }
}

std::shared_ptr<const char> SimulatedContent::mapped() {
  need_capacity(1);
  return {buffer_, buffer_->bytes};
}

bool SimulatedContent::durable(std::int64_t from, std::int64_t to) const {
  if (*std::ranges::min_element(sizes_) < to) return false;
  const auto page = differing_.lower_bound(page_of(from));
  return page == differing_.end() || page->first * kPage >= to;
}

std::string SimulatedContent::on_disk() const {
  std::string bytes(static_cast<std::size_t>(sizes_.front()), '\0');
  if (buffer_) {
    const auto cached = std::min(bytes.size(), static_cast<std::size_t>(buffer_->capacity));
    std::memcpy(bytes.data(), buffer_->bytes, cached);
  }
  for (const auto& [page, differing] : differing_) {
    const auto at = static_cast<std::size_t>(page * kPage);
    if (at < bytes.size()) bytes.replace(at, kPage, differing.on_disk.substr(0, bytes.size() - at));
  }
  return bytes;
}

bool SimulatedContent::resident(std::int64_t from, std::int64_t to) const {
  for (auto page = page_of(from); page < pages_of(std::min(to, size_)); ++page) {
    if (static_cast<std::size_t>(page) >= warm_.size() || !warm_[static_cast<std::size_t>(page)])
      return false;
  }
  return true;
}

bool SimulatedContent::readable(std::int64_t from, std::int64_t to) const {
  const auto page = unreadable_.lower_bound(page_of(from));
  return page == unreadable_.end() || *page * kPage >= to;
}

void SimulatedContent::bring_in(std::int64_t from, std::int64_t to) {
  for (auto page = page_of(from); page < pages_of(std::min(to, size_)); ++page) warm(page, true);
}

void SimulatedContent::evict() {
  warm_.clear();
  for (auto page = differing_.begin(); page != differing_.end();) {
    if (page->second.dirty) {
      warm(page->first, true);
      ++page;
    } else {
      const std::int64_t at = page->first * kPage;
      if (at < size_) {
        put(at, std::string_view(page->second.on_disk).substr(0, static_cast<std::size_t>(size_ - at)));
      }
      page = differing_.erase(page);
    }
  }
}

void SimulatedContent::spoil(std::int64_t at, std::string_view bytes) {
  put(at, bytes);
  const std::int64_t end = at + static_cast<std::int64_t>(bytes.size());
  for (auto& [page, differing] : differing_) {
    const std::int64_t from = std::max(at, page * kPage);
    const std::int64_t to = std::min(end, (page + 1) * kPage);
    if (from < to) {
      differing.on_disk.replace(
          static_cast<std::size_t>(from - page * kPage), static_cast<std::size_t>(to - from),
          bytes.substr(static_cast<std::size_t>(from - at), static_cast<std::size_t>(to - from)));
    }
  }
}

void SimulatedContent::make_unreadable(std::int64_t from, std::int64_t to) {
  static constexpr std::array<char, kPage> kZeros{};
  for (auto page = page_of(from); page < pages_of(std::min(to, size_)); ++page) {
    unreadable_.insert(page);
    put(page * kPage, {kZeros.data(), kZeros.size()});
    warm(page, false);
  }
}

std::string SimulatedContent::torn(std::string_view old_page, std::string_view new_page,
                                   SeededRandom& random) {
  static constexpr std::uint64_t kSectors = kPage / kSector;
  // As a rule the front of the page made it; sometimes any of its sectors.
  const std::uint64_t arrived = random.one_in(4) ? random.below(std::uint64_t{1} << kSectors)
                                                 : (std::uint64_t{2} << random.below(kSectors - 1)) - 1;
  std::string page(old_page);
  for (std::size_t sector = 0; sector < kSectors; ++sector) {
    if ((arrived >> sector & 1) == 0) continue;
    page.replace(sector * kSector, kSector, new_page.substr(sector * kSector, kSector));
  }
  return page;
}

std::shared_ptr<SimulatedContent> SimulatedContent::after_power_cut(
    const std::shared_ptr<SimulatedBlocks>& blocks, SeededRandom& random) const {
  static constexpr std::array<std::uint64_t, 6> kKept{0, 0, 10, 50, 90, 100};
  const std::uint64_t kept = random.pick(kKept);
  const bool metadata_kept = random.percent(kept);

  auto next = std::make_shared<SimulatedContent>(blocks);
  next->modified = modified;
  next->unreadable_ = unreadable_;
  const std::int64_t size = metadata_kept ? size_ : random.pick(sizes_);
  next->need_capacity(std::max(size, std::int64_t{1}));
  next->size_ = size;
  next->sizes_ = {size};
  const auto take = [&](std::int64_t page, std::string_view bytes) {
    if (page >= pages_of(size)) return;
    next->take_block(page);
    const auto length = static_cast<std::size_t>(std::min(kPage, size - page * kPage));
    next->put(page * kPage, bytes.substr(0, length));
  };

  for (std::int64_t page = 0; page < static_cast<std::int64_t>(has_block_.size()); ++page) {
    if (!has_block(page) || differing_.contains(page)) continue;
    if (metadata_kept || !new_blocks_.contains(page)) take(page, cached_page(page));
  }
  for (const auto& [page, differing] : differing_) {
    const std::string_view cached = cached_page(page);
    if (differing.dirty && random.percent(kept)) {
      take(page, cached);
    } else if (differing.dirty && kept != 0 && random.one_in(3)) {
      take(page, torn(differing.on_disk, cached, random));
    } else if (metadata_kept || !new_blocks_.contains(page)) {
      take(page, differing.on_disk);
    }
  }
  next->new_blocks_.clear();
  return next;
}

}  // namespace gantry::store
