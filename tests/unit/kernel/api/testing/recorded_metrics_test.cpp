#include "kernel/api/testing/recorded_metrics.h"

#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

TEST(RecordedMetrics, give_the_same_figure_for_the_same_name_and_labels) {
  RecordedMetrics metrics;
  auto& orders = metrics.counter("seen_total", "Seen.", {{"topic", "orders"}});
  metrics.counter("seen_total", "Seen.", {{"topic", "bills"}}).add(5);
  orders.add();
  EXPECT_EQ(&metrics.counter("seen_total", "Seen.", {{"topic", "orders"}}), &orders);
  EXPECT_EQ(metrics.counter_value("seen_total", {{"topic", "orders"}}), 1u);
  EXPECT_THROW(metrics.counter_value("seen_total"), std::out_of_range);
}

TEST(RecordedMetrics, refuse_what_the_brokers_would) {
  RecordedMetrics metrics;
  EXPECT_THROW(metrics.counter("Seen", "Seen.", {}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge("", "Seen.", {}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge("seen", "Seen.", {{"to-pic", "x"}}), std::invalid_argument);
  metrics.histogram("seen", "Seen.", {1, 2}, {}).observe(1.5);
  EXPECT_EQ(metrics.histogram_of("seen").count(1), 1u);
  EXPECT_THROW(metrics.counter("seen", "Seen.", {}), std::invalid_argument);
}

}  // namespace
}  // namespace gantry::api::testing
