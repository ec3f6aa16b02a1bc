#include "plugins/store-mmap/log_writer.h"

#include "plugins/store-mmap/planted.h"
#include "remoting/byte_order.h"
#include "remoting/message_record.h"

#include <algorithm>
#include <array>
#include <string>

namespace gantry::store {

using remoting::record_layout::kBlankMagic;
using remoting::record_layout::kBlankSize;

std::int64_t LogWriter::room() const {
  if (!file_) return 0;
  return file_->end() - end_ - static_cast<std::int64_t>(kBlankSize);
}

bool LogWriter::fit_files_there(std::int64_t bytes) const {
  if (bytes <= room()) return true;
  return bytes <= files_.file_size() - static_cast<std::int64_t>(kBlankSize) && next_is_there();
}

IoResult<void> LogWriter::write(std::span<const iovec> pieces, std::int64_t bytes) {
  if (auto written = put(pieces, bytes, end_ + bytes); !written) return written;
  end_ = dirty_to_ = end_ + bytes;
  return {};
}

IoResult<void> LogWriter::put(std::span<const iovec> pieces, std::int64_t bytes, api::LogOffset goes_on_at) {
  const std::int64_t at = end_ - file_->start();
  if (pool_) {
    const auto size = static_cast<std::size_t>(bytes);
    if (pool_->room() < size) {
      if (auto made_room = pool_->commit(); !made_room) return made_room;
    }
    if (size <= pool_->room()) {
      pool_->stage(file_, at, pieces, size, goes_on_at);
      return {};
    }
  }
  auto file = file_->file();
  if (!file) return file.error();
  if (auto ahead = write_zeros_ahead(**file, end_ + bytes); !ahead) return ahead;
  auto written = (*file)->write(at, pieces);
  if (!written) dirty_to_ = std::max(dirty_to_, end_ + bytes);
  if (written && pool_) pool_->written_around(goes_on_at);
  return written;
}

IoResult<void> LogWriter::write_zeros_ahead(File& file, api::LogOffset behind) {
  if (zeros_ahead_ == 0 || behind <= zeros_to_ || behind >= file_->end()) return {};
  const auto to = std::min(behind + zeros_ahead_, file_->end());
  const std::string zeros(static_cast<std::size_t>(to - behind), '\0');
  if (auto written = file.write(behind - file_->start(), zeros); !written) return written;
  zeros_to_ = to;
  return {};
}

IoResult<void> LogWriter::roll() {
  const api::LogOffset start = file_ ? file_->end() : end_;
  auto next = files_.add(start);
  if (!next) return next.error();
  // Where a checkpoint lies, the log can end so near to the file's end that no blank fits.
  const bool blank_fits = file_ && room() >= 0;
  if (blank_fits && !planted(Planted::blank_not_written)) {
    std::array<char, kBlankSize> blank;
    remoting::store_i32(blank.data(), static_cast<std::int32_t>(file_->end() - end_));
    remoting::store_i32(blank.data() + 4, kBlankMagic);
    const iovec piece{blank.data(), blank.size()};
    if (auto closed = put({&piece, 1}, static_cast<std::int64_t>(kBlankSize), start); !closed) return closed;
  }
  if (!file_ || !planted(Planted::wrong_file_on_roll)) file_ = *next;
  end_ = dirty_to_ = zeros_to_ = start;
  return {};
}

IoResult<void> LogWriter::clean_up() {
  if (planted(Planted::failed_write_not_undone)) dirty_to_ = end_;
  if (clean()) return {};
  auto file = file_->file();
  if (!file) return file.error();
  const auto begin = file_->start();
  auto zeroed = (*file)->zero(end_ - begin, dirty_to_ - begin);
  // Or a power cut could put a sector of the failed write between those of the next one.
  if (zeroed) zeroed = file_->sync();
  if (zeroed) dirty_to_ = end_;
  return zeroed;
}

}  // namespace gantry::store
