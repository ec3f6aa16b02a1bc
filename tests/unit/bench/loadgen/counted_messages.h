// What a load counted, as far as it is exact (load.h).
#pragma once

#include "bench/loadgen/load.h"

#include <gtest/gtest.h>

namespace gantry::bench {

// Of a load with one thread, of which each answer stands for so many messages.
inline void expect_messages_of_each_answer(const LoadResult& result, std::uint64_t messages) {
  EXPECT_GT(result.answers, 0u);
  EXPECT_EQ(result.messages % messages, 0u) << result.messages;
  EXPECT_LE(result.messages, messages * (result.answers + 1));
  EXPECT_GE(result.messages + messages, messages * result.answers);
}

}  // namespace gantry::bench
