#include "plugins/store-mmap/mapping_guard.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/syscall.h>

namespace gantry::store {

// One guarded mapping, or room for one. The handler may read it at any moment of a change, and no lock would
// be safe there: a change makes the version odd, and whoever saw two versions passes the slot over. The slot
// of the mapping that a thread faults in cannot be changing, since the thread is reading from it.
struct MappingGuard::Slot {
  std::atomic<std::uint32_t> version{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> failed{false};
  bool taken = false;  // guarded by `changing`

  void set(std::uintptr_t new_begin, std::uintptr_t new_end) {
    ++version;
    begin = new_begin;
    end = new_end;
    ++version;
  }
};

namespace {

using Slot = MappingGuard::Slot;

// The handler walks these without a lock, so that none is ever freed.
struct Slots {
  std::array<Slot, 64> row;
  std::atomic<Slots*> more{nullptr};
};

constinit Slots first_slots;
constinit std::mutex changing;
std::size_t page_size = 0;
struct sigaction previous{};

// What is asked of the kernel directly here may be asked in a signal handler, and no sanitizer takes it for a
// write to these bytes.
bool put_zeros(std::uintptr_t from, std::size_t size) {
  return ::syscall(SYS_mmap, from, size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != -1;
}

bool replace_page(std::uintptr_t address) {
  for (Slots* slots = &first_slots; slots != nullptr; slots = slots->more) {
    for (Slot& slot : slots->row) {
      const auto version = slot.version.load();
      const auto begin = slot.begin.load();
      const auto end = slot.end.load();
      if (version % 2 != 0 || slot.version != version || address < begin || address >= end) continue;
      slot.failed = true;  // before anybody can see the zeros
      if (put_zeros(address & ~(page_size - 1), page_size)) return true;
      // A process may have only so many ranges of memory, and this page would have made two more.
      return put_zeros(begin, end - begin);
    }
  }
  return false;
}

void pass_on(int signal, siginfo_t* info, void* context) {
  const bool sent = info->si_code <= 0;  // by a process, rather than a fault
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_IGN && sent) {
    return;
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    // What would have happened without us; a fault happens again as soon as this returns.
    struct sigaction nobody{};
    nobody.sa_handler = SIG_DFL;
    ::sigaction(SIGBUS, &nobody, nullptr);
    if (sent) ::raise(signal);
  }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const int number = errno;
  const bool fault = info->si_code > 0;
  const bool ours = fault && replace_page(reinterpret_cast<std::uintptr_t>(info->si_addr));
  errno = number;
  if (!ours) pass_on(signal, info, context);
}

void install() {
  page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  ::sigaction(SIGBUS, nullptr, &previous);
  struct sigaction handler{};
  handler.sa_sigaction = on_fault;
  handler.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&handler.sa_mask);
  ::sigaction(SIGBUS, &handler, nullptr);
}

Slot& take_slot() {
  const std::lock_guard lock(changing);
  if (page_size == 0) install();
  Slots* slots = &first_slots;
  while (true) {
    for (Slot& slot : slots->row) {
      if (slot.taken) continue;
      slot.taken = true;
      return slot;
    }
    if (slots->more == nullptr) slots->more = new Slots;
    slots = slots->more;
  }
}

}  // namespace

MappingGuard::MappingGuard(std::string_view bytes) : slot_(take_slot()) {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  const auto pages = (bytes.size() + page_size - 1) / page_size;
  slot_.failed = false;
  slot_.set(begin, begin + pages * page_size);
}

MappingGuard::~MappingGuard() {
  slot_.set(0, 0);
  const std::lock_guard lock(changing);
  slot_.taken = false;
}

bool MappingGuard::failed() const {
  // The reads that the answer is about come before it, on processors too that turn reads around.
  std::atomic_thread_fence(std::memory_order_acquire);
  return slot_.failed;
}

}  // namespace gantry::store
