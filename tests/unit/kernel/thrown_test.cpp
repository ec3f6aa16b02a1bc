#include "kernel/thrown.h"

#include <exception>
#include <stdexcept>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

template <class Thrown>
std::string text_when_thrown(const Thrown& what) {
  try {
    throw what;
  } catch (...) {
    return text_of_what_was_thrown();
  }
}

TEST(WhatWasThrown, is_told_whatever_it_was) {
  EXPECT_EQ(text_when_thrown(std::runtime_error("no luck")), "no luck");
  EXPECT_EQ(text_when_thrown(std::runtime_error("")), "an exception without a text");
  EXPECT_EQ(text_when_thrown(42), "an exception of type int, which is no std::exception");
  struct OfItsOwn {};
  EXPECT_NE(text_when_thrown(OfItsOwn()).find("OfItsOwn, which is no std::exception"), std::string::npos);
}

}  // namespace
}  // namespace gantry::kernel
