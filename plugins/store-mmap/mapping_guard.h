// Turns a memory fault under a mapped file into a mark on its mapping. A disk that cannot read a page, or a
// file that somebody cut short, is a SIGBUS in whoever reads the mapping, and would end the process: here the
// page becomes zeros, and the mapping says from then on that it failed.
//
//   const MappingGuard guard(bytes);
//   parse(bytes);
//   if (guard.failed()) ...                    // what was parsed is not the file's
//
// The first guard installs a handler of SIGBUS for the process, and it stays. Faults elsewhere go to the
// handler that was there before. Who installs one later has to call this one for what is not theirs.
// Only reads by the program are guarded: a system call that is handed such bytes fails with EFAULT.
//
// Thread: any. Making and ending one takes a lock; the handler takes none.
#pragma once

#include <string_view>

namespace gantry::store {

class MappingGuard {
 public:
  // `bytes`: from a page's first byte on, and mapped until this object is gone.
  explicit MappingGuard(std::string_view bytes);
  ~MappingGuard();
  MappingGuard(const MappingGuard&) = delete;
  MappingGuard& operator=(const MappingGuard&) = delete;

  // Once it is true it stays so. What was read before an answer of false is the file's.
  bool failed() const;

  struct Slot;

 private:
  Slot& slot_;
};

}  // namespace gantry::store
