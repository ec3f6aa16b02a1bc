#include "plugins/store-mmap/log_walk.h"

#include "plugins/store-mmap/look_behind.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gantry::store {
namespace {

constexpr std::int64_t kTellEach = std::int64_t{4} << 20;

}  // namespace

IoResult<api::LogOffset> LogWalk::run(api::LogOffset from, Visitor& visitor) {
  end_ = std::max(from, row_.first());
  told_ = end_;
  for (std::size_t i = row_.holding(from); i < row_.files().size(); ++i) {
    auto on = walk_file(i, std::max(from, row_.files()[i].start), visitor);
    if (!on) return on.error();
    if (!*on) break;
  }
  visitor.progress(end_);
  return end_;
}

// Where no whole message is, and what comes behind.
struct LogWalk::Place {
  Unreadable stretch;
  Next next = Next::nothing;
  bool nothing_was_written = false;  // there or behind: the log ends there as it should
};

// False: the log ends in it, or the visitor has enough.
IoResult<bool> LogWalk::walk_file(std::size_t index, api::LogOffset from, Visitor& visitor) {
  const LogRow::File& file = row_.files()[index];
  auto opened = disk_.open(file.path, FileSystem::Open::read);
  if (!opened) return opened.error();
  LogScan scan(**opened, file.start, file.size, settings_.check_crc);
  scan.seek(from);
  for (;;) {
    auto step = scan.next();
    if (!step) {
      // What the disk cannot give is a hole like any other; how far it reaches is not known.
      const LogScan::Step unknown{.kind = LogScan::Kind::bad, .at = scan.position(), .end = file.end()};
      return visitor.unreadable({file, unknown, file.end(), Unreadable::Verdict::damage, step.error().text});
    }
    std::optional<Place> bad;
    switch (step->kind) {
      case LogScan::Kind::record:
        if (!settings_.whole_records && step->at >= settings_.durable_to && may_lack_its_end(*step->record)) {
          bad.emplace(look_at(index, **opened, *step, "its properties were not written whole"));
          if (bad->stretch.verdict == Unreadable::Verdict::torn) break;
          bad.reset();
        }
        end_ = step->end;
        if (!visitor.message(file, *step) || !told_progress(step->end, visitor)) return false;
        break;
      case LogScan::Kind::blank:
        end_ = file.end();
        break;
      case LogScan::Kind::end_of_file:
        return told_progress(file.end(), visitor);
      case LogScan::Kind::bad:
        bad.emplace(look_at(index, **opened, *step, scan.why()));
        break;
    }
    if (!bad) continue;
    const Next next = tell(*bad, visitor);
    if (next != Next::message) return next == Next::file;
    scan.seek(bad->stretch.to);
  }
}

// As recovery judges it.
LogWalk::Place LogWalk::look_at(std::size_t index, File& bytes, const LogScan::Step& step,
                                const std::string& why) const {
  const LogRow::File& file = row_.files()[index];
  const bool last = index + 1 == row_.files().size();
  Place place{{file, step, file.end(), Unreadable::Verdict::damage, why}};
  const auto behind = look_behind(bytes, file.start, file.size, step);
  if (!behind) {
    place.stretch.why += "; what follows it cannot be read (" + behind.error().text + ")";
    place.next = Next::file;
    return place;
  }
  const bool more_here = behind->next_valid.has_value();
  if (more_here) {
    place.stretch.to = *behind->next_valid;
    place.next = Next::message;
  } else if (!last && later_file_has_messages(index)) {
    place.next = Next::file;
  }
  const bool more = place.next != Next::nothing;
  place.nothing_was_written =
      !more && step.at >= settings_.durable_to && (behind->only_zeros || (settings_.closed && last));
  const bool rest_never_arrived = !more_here && behind->written_to < file.end();
  if (step.at >= settings_.durable_to && (!more || behind->zero_sector || rest_never_arrived))
    place.stretch.verdict = Unreadable::Verdict::torn;
  return place;
}

LogWalk::Next LogWalk::tell(const Place& place, Visitor& visitor) const {
  if (place.nothing_was_written) return Next::nothing;
  return visitor.unreadable(place.stretch) ? place.next : Next::nothing;
}

bool LogWalk::later_file_has_messages(std::size_t index) const {
  const auto& files = row_.files();
  return std::any_of(files.begin() + static_cast<std::ptrdiff_t>(index) + 1, files.end(),
                     [this](const LogRow::File& file) {
                       const auto stored = row_.first_stored_at(file);
                       return stored && stored->has_value();
                     });
}

bool LogWalk::told_progress(api::LogOffset read_to, Visitor& visitor) {
  if (read_to - told_ < kTellEach) return true;
  told_ = read_to;
  return visitor.progress(read_to);
}

}  // namespace gantry::store
