// What a report of 100,000 examples costs: time in the log, memory as a limit.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdio>
#include <ctime>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/report/report_builder_fixture.h"
#include "common/random.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

// Bytes in use; 0 under a sanitizer, which has an allocator of its own.
size_t HeapInUse() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Cost {
  double cpu_seconds = 0;
  double bytes_an_example = 0;
  v1::Report report;
};

Cost CostOf(int64_t examples, const ReportOptions& options) {
  Random random(20261122);
  ReportBuilder builder = *ReportBuilder::Create(fixture::TicketTask(), options);
  const std::clock_t start = std::clock();
  const size_t before = HeapInUse();
  for (int64_t line = 1; line <= examples; ++line) {
    datasets::Example example =
        fixture::MakeExample(line, line % 2 == 0 ? fixture::kBug : fixture::kWish);
    example.slices = {{"family", absl::StrCat("f", random.Below(40))},
                      {"noise", random.Chance(0.3) ? "typo" : "none"},
                      {"region", absl::StrCat("r", random.Below(20))}};
    CallRecord baseline = fixture::MakeCall(line, CallRecord::ARM_BASELINE,
                                            random.Chance(0.8) ? example.expected : fixture::kBug);
    CallRecord candidate = fixture::MakeCall(
        line, CallRecord::ARM_CANDIDATE, random.Chance(0.9) ? example.expected : fixture::kWish);
    baseline.set_response_time_us(static_cast<int64_t>(random.Below(1'000'000)));
    candidate.set_response_time_us(static_cast<int64_t>(random.Below(1'000'000)));
    EXPECT_TRUE(builder.Add(example, {&baseline, &candidate}).ok());
  }
  const size_t after = HeapInUse();
  Cost cost;
  cost.report = builder.Finish();
  cost.cpu_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  cost.bytes_an_example =
      after < before ? 0 : static_cast<double>(after - before) / static_cast<double>(examples);
  return cost;
}

TEST(ReportCostTest, AHundredThousandExamplesTakeLittleMemory) {
  constexpr int64_t kExamples = 100'000;
  const Cost cost = CostOf(kExamples, fixture::Compared());
  std::printf(
      "%lld examples in 40 families: %.2f s of processor time, grading included, "
      "%.0f bytes an example\n",
      static_cast<long long>(kExamples), cost.cpu_seconds, cost.bytes_an_example);
  EXPECT_EQ(cost.report.example_count(), kExamples);
  EXPECT_EQ(cost.report.cluster_count(), 40);
  EXPECT_EQ(cost.report.latency_ratio().sample_count(), kExamples - 1);
  // Vectors that double have up to twice what is in them.
  EXPECT_LT(cost.bytes_an_example, 100);
}

}  // namespace
}  // namespace tunegate::evaluations
