#include "common/evidence/report/report_builder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder_fixture.h"
#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::BareTask;
using fixture::Build;
using fixture::Compared;
using fixture::Failed;
using fixture::kBug;
using fixture::kWish;
using fixture::MakeCall;
using fixture::MakeExample;
using fixture::MetricOf;
using fixture::TicketTask;
using store::v1::CallRecord;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kTight = 1e-9;

TEST(ReportTest, MetricsComeInTheOrderOfReportsThenBySlice) {
  Asked asked = AskCells({2, 1, 1, 1});
  asked.examples[0].slices = {{"noise", "typo"}};
  const v1::Report report = Build(asked);
  std::vector<std::string> ids;
  for (const auto& metric : report.metrics()) ids.push_back(metric.slice() + "|" + metric.id());
  EXPECT_THAT(
      ids,
      ElementsAre("|kind.accuracy", "|parts.accuracy", "|title.accuracy", "|overall_accuracy",
                  "|json_valid_rate", "|schema_valid_rate", "kind=bug|overall_accuracy",
                  "kind=bug|kind.accuracy", "kind=wish|overall_accuracy", "kind=wish|kind.accuracy",
                  "noise=typo|overall_accuracy", "noise=typo|kind.accuracy",
                  "query_length=short|overall_accuracy", "query_length=short|kind.accuracy"));
  EXPECT_EQ(report.example_count(), 5);
  EXPECT_EQ(MetricOf(report, "overall_accuracy", "kind=bug").baseline().sample_count(), 3);
}

// 69 and 91 of 100: Wilson's limits are published values' (59.4 to 77.2, 83.8 to 95.2); Tango's
// were computed apart, by maximising the restricted likelihood numerically.
TEST(ReportTest, SharesAndDifferenceHaveTheIntervalsOfTheBooks) {
  const v1::Report report = Build(AskCells({67, 24, 2, 7}));
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_DOUBLE_EQ(overall.baseline().value(), 0.69);
  EXPECT_NEAR(overall.baseline().lower(), 0.5937394428051057, kTight);
  EXPECT_NEAR(overall.baseline().upper(), 0.7722030278762395, kTight);
  EXPECT_EQ(overall.baseline().method(), "wilson");
  EXPECT_DOUBLE_EQ(overall.candidate().value(), 0.91);
  EXPECT_NEAR(overall.candidate().lower(), 0.837737871472837, kTight);
  EXPECT_NEAR(overall.candidate().upper(), 0.9519274599974348, kTight);
  const auto& paired = overall.paired();
  EXPECT_EQ(paired.both_right(), 67);
  EXPECT_EQ(paired.gained(), 24);
  EXPECT_EQ(paired.lost(), 2);
  EXPECT_EQ(paired.both_wrong(), 7);
  EXPECT_DOUBLE_EQ(paired.points().value(), 0.22);
  EXPECT_NEAR(paired.points().lower(), 0.13326858649908724, kTight);
  EXPECT_NEAR(paired.points().upper(), 0.31653474577742324, kTight);
  EXPECT_EQ(paired.points().method(), "tango");
  EXPECT_NEAR(paired.relative().value(), 22.0 / 69, kTight);
  EXPECT_NEAR(paired.relative().lower(), 0.13326858649908724 / 0.69, kTight);
  EXPECT_NEAR(paired.error_reduction().value(), 22.0 / 31, kTight);
  EXPECT_NEAR(paired.p_exact(), 1.049041748046875e-05, 1e-15);
  EXPECT_NEAR(paired.p_mid(), 5.647540092468262e-06, 1e-15);
}

TEST(ReportTest, GainsWithoutAWholeAreLeftOut) {
  const auto none_right = MetricOf(Build(AskCells({0, 3, 0, 2})), "overall_accuracy");
  EXPECT_FALSE(none_right.paired().has_relative());
  EXPECT_TRUE(none_right.paired().has_error_reduction());
  const auto none_wrong = MetricOf(Build(AskCells({3, 0, 2, 0})), "overall_accuracy");
  EXPECT_TRUE(none_wrong.paired().has_relative());
  EXPECT_FALSE(none_wrong.paired().has_error_reduction());
}

TEST(ReportTest, TheOrderOfAnswersChangesNoDigit) {
  Asked asked = AskCells({31, 9, 5, 5});
  Random random(7);
  for (auto& call : asked.calls) {
    call.set_response_time_us(10'000 + static_cast<int64_t>(random.Below(5000)));
  }
  const std::string before = Build(asked).SerializeAsString();
  random.Shuffle(asked.calls);
  EXPECT_EQ(Build(asked).SerializeAsString(), before);
}

TEST(ReportTest, ConfusionsPutNoAnswerLastAndRowsAreTheTruth) {
  Asked asked = AskCells({2, 1, 0, 0});  // bug, wish, bug (which the baseline took for a wish)
  asked.calls[0].set_text("prose");
  const v1::Report report = Build(asked);
  ASSERT_EQ(report.confusions_size(), 2);
  const auto& kind = report.confusions(0);
  EXPECT_EQ(kind.field(), "kind");
  EXPECT_THAT(kind.values(), ElementsAre("bug", "wish"));
  EXPECT_THAT(kind.baseline_counts(), ElementsAre(0, 1, 1, 0, 1, 0));
  EXPECT_THAT(kind.candidate_counts(), ElementsAre(2, 0, 0, 0, 1, 0));
  EXPECT_EQ(report.confusions(1).field(), "mood");
}

// Truth bug x4, wish x2; answers: bug 3 right, 1 called wish; wish 1 right, 1 called bug.
// By hand: bug P = 3/4, R = 3/4, F1 = 3/4; wish P = 1/2, R = 1/2; macro F1 = 0.625.
TEST(ReportTest, ClassFiguresAreTheHandComputedOnes) {
  Asked asked;
  const std::vector<std::pair<const char*, const char*>> answers = {
      {kBug, kBug}, {kBug, kBug}, {kBug, kBug}, {kBug, kWish}, {kWish, kWish}, {kWish, kBug}};
  for (size_t i = 0; i < answers.size(); ++i) {
    const int64_t line = static_cast<int64_t>(i) + 1;
    asked.examples.push_back(MakeExample(line, answers[i].first));
    asked.calls.push_back(MakeCall(line, CallRecord::ARM_BASELINE, answers[i].second));
  }
  ReportOptions options = Compared();
  options.has_candidate = false;
  const v1::Report report = Build(asked, options);
  const auto& bug = report.classes(0);
  EXPECT_EQ(bug.support(), 4);
  EXPECT_DOUBLE_EQ(bug.baseline().precision(), 0.75);
  EXPECT_DOUBLE_EQ(bug.baseline().recall(), 0.75);
  EXPECT_DOUBLE_EQ(bug.baseline().f1(), 0.75);
  const auto& macro = report.classes(2);
  EXPECT_EQ(macro.value(), "");
  EXPECT_EQ(macro.support(), 6);
  EXPECT_DOUBLE_EQ(macro.baseline().f1(), 0.625);
  EXPECT_DOUBLE_EQ(macro.baseline().recall(), 0.625);
  EXPECT_FALSE(bug.has_candidate());
}

TEST(ReportTest, ABaselineAloneHasNoComparison) {
  Asked asked = AskCells({3, 0, 0, 1});
  std::erase_if(asked.calls, [](const auto& c) { return c.arm() == CallRecord::ARM_CANDIDATE; });
  ReportOptions options = Compared();
  options.has_candidate = false;
  const v1::Report report = Build(asked, options);
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_DOUBLE_EQ(overall.baseline().value(), 0.75);
  EXPECT_FALSE(overall.has_candidate());
  EXPECT_FALSE(overall.has_paired());
  EXPECT_EQ(overall.candidate_missing(), 0);
  EXPECT_FALSE(report.has_candidate_usage());
  EXPECT_FALSE(report.has_latency_ratio());
  EXPECT_TRUE(report.confusions(0).candidate_counts().empty());
}

TEST(ReportTest, MissingAnswersAreCountedBesideTheShares) {
  Asked asked = AskCells({4, 0, 0, 0});
  asked.calls[0] = Failed(asked.calls[0]);     // example 1, baseline
  asked.calls[3] = Failed(asked.calls[3]);     // example 2, candidate
  asked.calls.erase(asked.calls.begin() + 5);  // example 3, candidate: never asked
  const v1::Report report = Build(asked);
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_EQ(overall.baseline().sample_count(), 3);
  EXPECT_EQ(overall.baseline_missing(), 1);
  EXPECT_EQ(overall.candidate().sample_count(), 2);
  EXPECT_EQ(overall.candidate_missing(), 2);
  EXPECT_EQ(overall.paired().points().sample_count(), 1);
  EXPECT_EQ(report.baseline_usage().failed(), 1);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("2 calls of the candidate brought no answer")));
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("1 call of the baseline brought no answer")));
}

TEST(ReportTest, UsageIsTheSumAndCostComesFromThePrices) {
  Asked asked = AskCells({3, 0, 0, 0});
  asked.calls[0].set_attempts(3);
  asked.calls[0].set_cached_input_tokens(4);
  ReportOptions options = Compared();
  options.price_table = "openai-2026-11-01";
  options.candidate_maybe_repeated = 2;
  options.price = [](const std::string& model, const v1::Usage& usage) {
    std::optional<v1::Money> money;
    if (model != "old") return money;
    money.emplace();
    money->set_currency_code("USD");
    money->set_micros(usage.input_tokens() * 2);
    return money;
  };
  const v1::Report report = Build(asked, options);
  const auto& baseline = report.baseline_usage();
  EXPECT_EQ(baseline.usage().calls(), 5);
  EXPECT_EQ(baseline.retries(), 2);
  EXPECT_EQ(baseline.usage().input_tokens(), 30);
  EXPECT_EQ(baseline.usage().cached_input_tokens(), 4);
  EXPECT_EQ(baseline.usage().output_tokens(), 15);
  EXPECT_EQ(baseline.usage().cost().micros(), 60);
  EXPECT_EQ(baseline.usage().price_table(), "openai-2026-11-01");
  EXPECT_FALSE(report.candidate_usage().usage().has_cost());
  EXPECT_EQ(report.candidate_usage().usage().maybe_repeated_calls(), 2);
  EXPECT_THAT(baseline.answering_models(), ElementsAre("old"));
}

// Times 1..10 ms but the first call's and one that connected; type 7 quantiles by hand.
TEST(ReportTest, ResponseTimesLeaveOutTheFirstCallAndThoseThatConnected) {
  Asked asked;
  for (int64_t line = 1; line <= 10; ++line) {
    asked.examples.push_back(MakeExample(line, kBug));
    asked.calls.push_back(MakeCall(line, CallRecord::ARM_BASELINE, kBug));
    asked.calls.back().set_response_time_us(line * 1000);
    asked.calls.back().set_user_time_us(line * 1000);
  }
  asked.calls[9].set_fresh_connection(true);
  ReportOptions options = Compared();
  options.has_candidate = false;
  const v1::Report report = Build(asked, options);
  const auto& times = report.baseline_usage().response_time();
  EXPECT_EQ(times.count(), 8);  // 2 to 9 ms
  EXPECT_EQ(times.mean().nanos(), 5'500'000);
  EXPECT_EQ(times.p50().nanos(), 5'500'000);
  EXPECT_FALSE(times.has_p95());  // of 8 calls it would be a guess
  EXPECT_EQ(report.baseline_usage().user_time().count(), 10);
  ASSERT_EQ(times.bucket_counts_size(), times.bucket_upper_bounds_ms_size() + 1);
  int64_t counted = 0;
  for (int i = 0; i < times.bucket_counts_size(); ++i) {
    counted += times.bucket_counts(i);
    if (i == 0 || i + 1 == times.bucket_counts_size()) continue;
    EXPECT_GT(times.bucket_upper_bounds_ms(i), times.bucket_upper_bounds_ms(i - 1));
  }
  EXPECT_EQ(counted, 8);
}

TEST(ReportTest, QuantilesOfTheTailNeedCallsBeyondThem) {
  const auto times_of = [](int count) {
    Asked asked;
    for (int64_t line = 1; line <= count; ++line) {
      asked.examples.push_back(MakeExample(line, kBug));
      asked.calls.push_back(MakeCall(line, CallRecord::ARM_BASELINE, kBug));
      asked.calls.back().set_response_time_us(line * 1000);
    }
    ReportOptions options = Compared();
    options.has_candidate = false;
    return Build(asked, options).baseline_usage().response_time();
  };
  EXPECT_FALSE(times_of(500).has_p95());  // the first call does not count
  const v1::Report::Latency enough = times_of(501);
  EXPECT_EQ(enough.p95().nanos(), 476'050'000);  // 2 to 501 ms, type 7
  EXPECT_FALSE(enough.has_p99());
  EXPECT_TRUE(times_of(2501).has_p99());
}

TEST(ReportTest, LatencyRatioIsOfMediansOverFreshPairs) {
  Asked asked = AskCells({40, 0, 0, 0});
  const v1::Report report = Build(asked);
  EXPECT_EQ(report.latency_ratio().sample_count(), 39);  // the first pair is left out
  EXPECT_DOUBLE_EQ(report.latency_ratio().value(), 1.5);
  EXPECT_DOUBLE_EQ(report.latency_ratio().lower(), 1.5);
  EXPECT_EQ(report.latency_ratio().method(), "bootstrap");
}

TEST(ReportTest, AFailedCallIsInfinitelySlow) {
  Asked asked = AskCells({40, 0, 0, 0});
  for (size_t i = 1; i < asked.calls.size(); i += 2) {
    if (i > 30) asked.calls[i] = Failed(asked.calls[i]);
  }
  EXPECT_TRUE(std::isinf(Build(asked).latency_ratio().value()));
}

TEST(ReportTest, HalvesOfAPairThatWereAskedFarApartAreNoPair) {
  Asked asked = AskCells({40, 0, 0, 0});
  for (auto& call : asked.calls) {
    const bool resumed = call.arm() == CallRecord::ARM_CANDIDATE && call.example() <= 11;
    call.mutable_time()->set_seconds(1'000'000 + (resumed ? 3600 : 0));
  }
  EXPECT_EQ(Build(asked).latency_ratio().sample_count(), 29);
}

TEST(ReportTest, TooFewPairsGiveNoRatioAndSaySo) {
  const v1::Report report = Build(AskCells({8, 0, 0, 0}));
  EXPECT_FALSE(report.has_latency_ratio());
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("rest on 7 pairs")));
}

TEST(ReportTest, ChangesAreGroupedByWhatTheyWereConfusedWith) {
  const v1::Report report = Build(AskCells({0, 3, 1, 0}));  // gained bug wish bug, lost wish
  ASSERT_EQ(report.changes_size(), 3);
  EXPECT_EQ(report.changes(0).field(), "kind");
  EXPECT_EQ(report.changes(0).expected(), "bug");
  EXPECT_EQ(report.changes(0).answered(), "wish");
  EXPECT_TRUE(report.changes(0).gained());
  EXPECT_EQ(report.changes(0).count(), 2);
  EXPECT_FALSE(report.changes(1).gained());
  EXPECT_EQ(report.changes(1).expected(), "wish");
}

TEST(ReportTest, AChangeIsCountedUnderTheFieldThatDecided) {
  Asked asked = AskCells({1, 0, 0, 0});
  asked.calls[0].set_text(R"({"parts":["door"],"kind":"bug","title":"el tejado","mood":"calm"})");
  const v1::Report report = Build(asked);
  ASSERT_EQ(report.changes_size(), 1);
  EXPECT_EQ(report.changes(0).field(), "parts");
  EXPECT_EQ(report.changes(0).expected(), "door, roof");
  EXPECT_EQ(report.changes(0).answered(), "door");
}

// Ten examples asked twice. By hand: baseline right once in all of them (mean 0.5), candidate
// twice: every item gains 0.5.
TEST(ReportTest, RepeatsEnterAsTheirMeans) {
  Asked asked;
  for (int64_t line = 1; line <= 10; ++line) {
    asked.examples.push_back(MakeExample(line, kBug));
    for (int repeat = 0; repeat < 2; ++repeat) {
      asked.calls.push_back(
          MakeCall(line, CallRecord::ARM_BASELINE, repeat == 0 ? kBug : kWish, repeat));
      asked.calls.push_back(MakeCall(line, CallRecord::ARM_CANDIDATE, kBug, repeat));
    }
  }
  ReportOptions options = Compared();
  options.repeat_count = 2;
  const auto overall = MetricOf(Build(asked, options), "overall_accuracy");
  EXPECT_DOUBLE_EQ(overall.baseline().value(), 0.5);
  EXPECT_EQ(overall.baseline().sample_count(), 10);
  EXPECT_EQ(overall.baseline().method(), "cluster-t");
  EXPECT_DOUBLE_EQ(overall.paired().points().value(), 0.5);
  EXPECT_EQ(overall.paired().points().method(), "cluster-t");
  EXPECT_EQ(overall.paired().points().sample_count(), 10);
  EXPECT_EQ(overall.paired().gained(), 10);
  EXPECT_EQ(overall.paired().both_right(), 10);
  EXPECT_LT(overall.paired().points().lower(), 0.5);  // as wide as Tango's, not a point
  // All ten did better on balance: the sign test's p is 2 / 2^10.
  EXPECT_DOUBLE_EQ(overall.paired().p_exact(), 2.0 / 1024);
}

TEST(ReportTest, BareTextReportsOverallAccuracyAndStructureOnly) {
  std::vector<datasets::Example> examples = {MakeExample(1, "yes"), MakeExample(2, "no")};
  const std::vector<CallRecord> calls = {MakeCall(1, CallRecord::ARM_BASELINE, "yes"),
                                         MakeCall(2, CallRecord::ARM_BASELINE, "perhaps")};
  ReportOptions options;
  const auto report = BuildReport(BareTask(), examples, calls, options);
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> ids;
  for (const auto& metric : report->metrics()) {
    if (metric.slice().empty()) ids.push_back(metric.id());
  }
  EXPECT_THAT(ids, ElementsAre("overall_accuracy", "schema_valid_rate"));
  EXPECT_DOUBLE_EQ(MetricOf(*report, "schema_valid_rate").baseline().value(), 0.5);
}

}  // namespace
}  // namespace tunegate::evaluations
