// Metrics count what they are told, also from many threads, and are shown as Prometheus reads them.
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"
#include "server/metrics/exposition.h"
#include "server/metrics/process.h"

namespace tunegate::metrics {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(MetricTest, CounterOnlyGrows) {
  Counter counter;
  counter.Add();
  counter.Add(41);
  counter.Add(-5);
  EXPECT_EQ(counter.value(), 42);
}

TEST(MetricTest, HistogramPutsAValueOnABoundBelowIt) {
  const std::vector<double> bounds = {1, 10};
  Histogram histogram(&bounds);
  for (const double value : {0.5, 1.0, 1.5, 10.0, 11.0, 99.0}) histogram.Observe(value);
  histogram.Observe(absl::Milliseconds(1500));
  EXPECT_THAT(histogram.counts(), ElementsAre(2, 3, 2));
  EXPECT_DOUBLE_EQ(histogram.sum(), 124.5);
}

TEST(MetricTest, InFlightEndsWithItsScope) {
  Gauge gauge;
  {
    const InFlight one(gauge);
    const InFlight two(gauge);
    EXPECT_EQ(gauge.value(), 2);
  }
  EXPECT_EQ(gauge.value(), 0);
}

TEST(RegistryTest, UpdatesOfManyThreadsAreAllCounted) {
  Registry registry;
  Family<Counter>& calls = registry.Counters("calls_total", "Calls.", {"method"});
  Histogram& seconds = registry.OneHistogram("seconds", "Time.", {1, 2});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        calls.Of({j % 2 == 0 ? "even" : "odd"}).Add();
        seconds.Observe(0.5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls.Of({"even"}).value(), 2000);
  EXPECT_EQ(calls.Of({"odd"}).value(), 2000);
  EXPECT_THAT(seconds.counts(), ElementsAre(4000, 0, 0));
  EXPECT_DOUBLE_EQ(seconds.sum(), 2000);
}

TEST(RegistryTest, MembersBeyondTheLimitAreCountedTogether) {
  Registry registry;
  Family<Counter>& tokens = registry.Counters("tokens_total", "Tokens.", {"model", "kind"});
  for (size_t i = 0; i < kMaxMembers + 7; ++i) tokens.Of({std::to_string(i), "input"}).Add();
  EXPECT_EQ(tokens.Of({"other", "other"}).value(), 7);
  EXPECT_EQ(tokens.Of({"3", "input"}).value(), 1) << "what was there before keeps its own";
  EXPECT_THAT(tokens.Collect(), SizeIs(kMaxMembers + 1));
}

TEST(ExpositionTest, EveryTypeIsWrittenAsPrometheusReadsIt) {
  Registry registry;
  registry.Counters("calls_total", "Calls \\ that\nended.", {"method", "code"})
      .Of({"Get\"Job\"", "OK"})
      .Add(3);
  registry.OneGauge("size_bytes", "Size.").Set(1.5e9);
  registry.OneReading("cpu_seconds_total", "Time.").Set(2.25);
  Histogram& wait = registry.OneHistogram("wait_seconds", "Waits.", {0.1, 1});
  for (const double value : {0.05, 0.5, 7.0}) wait.Observe(value);
  registry.Counters("never_total", "Nothing yet.", {"x"});
  const std::string text = Exposition(registry.Collect());
  EXPECT_THAT(text, HasSubstr("# TYPE calls_total counter\n"));
  EXPECT_THAT(text, HasSubstr("calls_total{method=\"Get\\\"Job\\\"\",code=\"OK\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# HELP size_bytes Size.\n# TYPE size_bytes gauge\n"));
  EXPECT_THAT(text, HasSubstr("size_bytes 1500000000\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE cpu_seconds_total counter\ncpu_seconds_total 2.25\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_sum 7.5"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("never_total")));
}

TEST(ExpositionTest, LabelOfAnyBytesIsWrittenAsValidText) {
  Registry registry;
  registry.Counters("calls_total", "Calls.", {"model"}).Of({"a\xff\nb"}).Add();
  const std::string text = Exposition(registry.Collect());
  EXPECT_THAT(text, HasSubstr("\\nb\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(ProcessTest, KernelsFiguresAreRead) {
  Catalogue catalogue;
  ReadProcess(catalogue);
  EXPECT_GT(catalogue.resident_bytes.value(), 100'000);
  EXPECT_GE(catalogue.open_fds.value(), 3);
  EXPECT_GE(catalogue.max_fds.value(), catalogue.open_fds.value());
  EXPECT_GT(catalogue.start_time.value(), 1.6e9);
  const double before = catalogue.cpu_seconds.value();
  volatile double sink = 0;
  while (catalogue.cpu_seconds.value() <= before) {
    for (int i = 0; i < 1'000'000; ++i) sink = sink + i;
    ReadProcess(catalogue);
  }
  EXPECT_GT(catalogue.cpu_seconds.value(), before);
}

}  // namespace
}  // namespace tunegate::metrics
