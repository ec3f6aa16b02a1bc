// Faults on purpose, to see that the sanitizers of this build find them: a clean run of the suites says
// something only where a fault would have been reported. Built with a sanitizer only; prints nothing itself.
#include <limits>
#include <memory>
#include <string_view>
#include <thread>

namespace {

int shared_by_two_threads = 0;

int race() {
  std::thread other([] { ++shared_by_two_threads; });
  ++shared_by_two_threads;
  other.join();
  return shared_by_two_threads;
}

int read_past_the_end(int length) {
  const auto numbers = std::make_unique<int[]>(static_cast<std::size_t>(length));
  const volatile int* first = numbers.get();
  return first[length];
}

int signed_overflow(int one) {
  return std::numeric_limits<int>::max() + one;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view fault = argc == 2 ? argv[1] : "";
  int used = 0;
  if (fault == "race") used = race();
  if (fault == "read-past-the-end") used = read_past_the_end(argc);
  if (fault == "signed-overflow") used = signed_overflow(argc - 1);
  return used == 12345 ? 1 : 0;
}
