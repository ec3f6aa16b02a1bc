#include "plugins/store-mmap/planted.h"

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

TEST(Planted, is_no_at_compile_time_in_what_is_shipped) {
  static_assert(!planted(Planted::sync_skipped));
  static_assert(!planted(Planted::none));
}

}  // namespace
}  // namespace gantry::store
