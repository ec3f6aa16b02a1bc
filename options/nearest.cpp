#include "options/nearest.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace gantry::options {
namespace {

constexpr std::size_t kLongestName = 64;  // a longer one was not mistyped, and the comparison is quadratic
constexpr std::size_t kShortestBeginning = 4;

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_above, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    two_above = above;
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kLongestName) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto d = distance(name, candidate);
    if (d >= best_distance) continue;
    best = candidate;
    best_distance = d;
  }
  if (!best.empty() || name.size() < kShortestBeginning) return best;
  const auto begun = std::find_if(candidates.begin(), candidates.end(),
                                  [&](std::string_view candidate) { return candidate.starts_with(name); });
  return begun == candidates.end() ? best : *begun;
}

}  // namespace gantry::options
