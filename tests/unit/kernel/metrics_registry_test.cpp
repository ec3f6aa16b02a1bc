#include "kernel/metrics_registry.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

template <class Call>
std::string refused(Call call) {
  try {
    call();
    return "it was taken";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Metrics, are_told_in_prometheus_text_under_the_owners_name) {
  MetricsRegistry registry;
  auto& metrics = registry.of("store-mmap");
  metrics.counter("appends_total", "Appends.").add(3);
  metrics.gauge("open_files", "Files that are open.", {{"kind", "log"}}).set(-2);
  auto& latency = metrics.histogram("append_seconds", "How long.", {0.1, 1});
  for (const double seconds : {0.05, 0.5, 0.6, 7.0}) latency.observe(seconds);
  EXPECT_EQ(registry.text(),
            "# HELP gantry_store_mmap_append_seconds How long.\n"
            "# TYPE gantry_store_mmap_append_seconds histogram\n"
            "gantry_store_mmap_append_seconds_count 4\n"
            "gantry_store_mmap_append_seconds_sum 8.15\n"
            "gantry_store_mmap_append_seconds_bucket{le=\"0.1\"} 1\n"
            "gantry_store_mmap_append_seconds_bucket{le=\"1\"} 3\n"
            "gantry_store_mmap_append_seconds_bucket{le=\"+Inf\"} 4\n"
            "# HELP gantry_store_mmap_appends_total Appends.\n"
            "# TYPE gantry_store_mmap_appends_total counter\n"
            "gantry_store_mmap_appends_total 3\n"
            "# HELP gantry_store_mmap_open_files Files that are open.\n"
            "# TYPE gantry_store_mmap_open_files gauge\n"
            "gantry_store_mmap_open_files{kind=\"log\"} -2\n");
}

TEST(Metrics, of_one_name_and_the_same_labels_are_one_figure) {
  MetricsRegistry registry;
  auto& metrics = registry.of("p");
  EXPECT_EQ(&metrics.counter("a_total", "A."), &registry.of("p").counter("a_total", "Another text."));
  EXPECT_NE(&metrics.counter("a_total", "A.", {{"x", "1"}}), &metrics.counter("a_total", "A.", {{"x", "2"}}));
  EXPECT_NE(&metrics.counter("a_total", "A."), &registry.of("q").counter("a_total", "A."));
  auto& first = metrics.histogram("h", "H.", {1, 2}, {{"x", "1"}});
  auto& second = metrics.histogram("h", "H.", {5}, {{"x", "2"}});
  EXPECT_EQ(first.bounds().size(), second.bounds().size());
}

TEST(Metrics, with_a_name_that_cannot_be_are_refused) {
  MetricsRegistry registry;
  auto& metrics = registry.of("p");
  metrics.counter("a_total", "A.");
  EXPECT_EQ(refused([&] { metrics.counter("A-total", "A."); }),
            "metric \"A-total\": must be lower case letters, digits and _, beginning with a letter");
  EXPECT_EQ(refused([&] { metrics.gauge("a_total", "A."); }),
            "metric \"a_total\": is a counter already; give the gauge another name");
  EXPECT_EQ(refused([&] { metrics.gauge("g", "G.", {{"Where", "x"}}); }),
            "metric label \"Where\": must be lower case letters, digits and _, beginning with a letter");
  EXPECT_EQ(refused([&] { metrics.histogram("h", "H.", {1}, {{"le", "x"}}); }),
            "metric label \"le\": is taken; give it another name");
  EXPECT_EQ(refused([&] { metrics.histogram("h", "H.", {2, 1}); }), "metric \"h\": its bounds must go up");
}

TEST(Metrics, escape_what_labels_may_hold) {
  MetricsRegistry registry;
  registry.of("p").counter("a_total", "A.", {{"x", "a\"b\nc"}}).add();
  EXPECT_THAT(registry.text(), HasSubstr(R"(gantry_p_a_total{x="a\"b\nc"} 1)"));
}

}  // namespace
}  // namespace gantry::kernel
