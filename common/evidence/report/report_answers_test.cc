// What a report says of answers beyond right and wrong: confidence, scores, where they are worst,
// and whether they were asked here and now.
#include <string>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder_fixture.h"
#include "common/evidence/report/score_tally.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::Build;
using fixture::Compared;
using fixture::Failed;
using fixture::MetricOf;
using fixture::TicketTask;
using store::v1::CallRecord;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// --- calibration ---

// Ten answers of confidence 0.75, six right, and ten of 0.95, all right: 10/20 * .15 + 10/20 * .05,
// and (6 * .25^2 + 4 * .75^2 + 10 * .05^2) / 20, by hand.
TEST(ReportAnswersTest, CalibrationIsByArm) {
  Asked asked = AskCells({16, 0, 4, 0});
  for (CallRecord& call : asked.calls) {
    if (call.arm() != CallRecord::ARM_CANDIDATE) continue;
    const bool sure = call.example() <= 10;
    call.set_confidence(sure ? 0.95 : 0.75);
  }
  const v1::Report report = Build(asked);
  ASSERT_EQ(report.calibrations_size(), 1);
  const auto& calibration = report.calibrations(0);
  EXPECT_TRUE(calibration.candidate());
  EXPECT_EQ(calibration.count(), 20);
  EXPECT_NEAR(calibration.expected_calibration_error(), 0.10, 1e-12);
  EXPECT_NEAR(calibration.brier_score(), 0.1325, 1e-12);
  ASSERT_EQ(calibration.bins_size(), 10);
  EXPECT_EQ(calibration.bins(7).count(), 10);
  EXPECT_NEAR(calibration.bins(7).mean_confidence(), 0.75, 1e-12);
  EXPECT_NEAR(calibration.bins(7).accuracy(), 0.6, 1e-12);
  EXPECT_EQ(calibration.bins(0).count(), 0);
  EXPECT_EQ(calibration.bins(0).accuracy(), 0);
}

TEST(ReportAnswersTest, WhatIsNoConfidenceAndWhatNeverCameIsLeftOut) {
  Asked asked = AskCells({60, 0, 0, 0});
  for (CallRecord& call : asked.calls) call.set_confidence(0.9);
  asked.calls[0].set_confidence(1.5);
  asked.calls[2] = Failed(asked.calls[2]);
  const v1::Report report = Build(asked);
  ASSERT_EQ(report.calibrations_size(), 2);
  EXPECT_FALSE(report.calibrations(0).candidate());
  EXPECT_EQ(report.calibrations(0).count(), 58);
  EXPECT_THAT(report.warnings(), Contains("1 confidence is no probability and left out of the "
                                          "calibration."));
  EXPECT_THAT(Build(AskCells({60, 0, 0, 0})).calibrations(), IsEmpty());
}

// --- scores ---

TEST(ReportAnswersTest, MeanScoresAreOfFieldsThatKnowMoreThanRightAndWrong) {
  v1::Task task = TicketTask();
  auto& grader = *task.mutable_fields(0)->mutable_grader();  // parts
  grader.mutable_set_f1();
  grader.set_pass_threshold(0.6);
  Asked asked = AskCells({20, 0, 0, 0});
  for (CallRecord& call : asked.calls) {
    // One of two parts: F1 is 2/3, which suffices.
    const bool half = call.arm() == CallRecord::ARM_CANDIDATE && call.example() % 2 == 1;
    if (half) call.set_text(R"({"parts":["door"],"kind":"bug","title":"El Tejado","mood":"calm"})");
  }
  const auto report = BuildReport(task, asked.examples, asked.calls, Compared());
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->scores_size(), 1);
  const auto& score = report->scores(0);
  EXPECT_EQ(score.field(), "parts");
  EXPECT_EQ(score.grader(), "set_f1");
  EXPECT_DOUBLE_EQ(score.baseline().value(), 1);
  EXPECT_EQ(score.baseline().lower(), 1);
  EXPECT_NEAR(score.candidate().value(), 5.0 / 6, 1e-6);
  EXPECT_EQ(score.candidate().method(), "bootstrap");
  EXPECT_LT(score.candidate().lower(), 5.0 / 6);
  EXPECT_GT(score.candidate().upper(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(MetricOf(*report, "overall_accuracy").candidate().value(), 1);
  EXPECT_THAT(Build(asked).scores(), IsEmpty());
}

// --- the worst slices ---

TEST(ReportAnswersTest, TheWorstSlicesAreTheCandidatesByTheirUpperBounds) {
  Asked asked = AskCells({80, 0, 20, 0});
  for (auto& example : asked.examples) {
    // Wrong are the lines from 81 on: all 5 of "tiny", 12 of 20 of "typo", 3 of 75 of "clean".
    const int64_t line = example.line;
    example.slices["noise"] = line > 95 ? "tiny" : line > 72 && line <= 92 ? "typo" : "clean";
  }
  const v1::Report report = Build(asked);
  EXPECT_THAT(report.worst_slices(), Contains("noise=typo"));
  EXPECT_EQ(report.worst_slices(0), "noise=typo");
  EXPECT_THAT(report.worst_slices(), Not(Contains("noise=tiny")));   // under ten examples
  EXPECT_THAT(report.worst_slices(), Not(Contains("noise=clean")));  // better than all together
  EXPECT_LE(report.worst_slices_size(), 5);
}

TEST(ReportAnswersTest, WhereNothingIsWorseNothingIsNamed) {
  EXPECT_THAT(Build(AskCells({60, 0, 0, 0})).worst_slices(), IsEmpty());
  EXPECT_THAT(Build(Asked{}).worst_slices(), IsEmpty());
}

// --- asked elsewhere, in a batch, or by another process ---

TEST(ReportAnswersTest, ReusedAnswersCountForAccuracyAlone) {
  Asked asked = AskCells({50, 10, 0, 0});
  for (CallRecord& call : asked.calls) {
    if (call.arm() != CallRecord::ARM_BASELINE || call.example() > 40) continue;
    call.set_reused_from("evaluations/earlier");
    call.set_attempts(3);
  }
  const v1::Report report = Build(asked);
  EXPECT_EQ(MetricOf(report, "overall_accuracy").baseline().sample_count(), 60);
  const auto& usage = report.baseline_usage();
  EXPECT_EQ(usage.reused(), 40);
  EXPECT_EQ(usage.usage().calls(), 20);
  EXPECT_EQ(usage.usage().input_tokens(), 200);
  EXPECT_EQ(usage.retries(), 0);
  EXPECT_EQ(usage.response_time().count(), 19);  // without the first that was asked here
  EXPECT_EQ(usage.user_time().count(), 20);
  EXPECT_THAT(usage.answering_models(), ElementsAre("old"));
  EXPECT_EQ(report.candidate_usage().reused(), 0);
  EXPECT_EQ(report.candidate_usage().usage().calls(), 60);
  // Twenty fresh pairs, less the baseline's first.
  EXPECT_EQ(report.latency_ratio().sample_count(), 19);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("40 answers of the baseline were taken from")));
}

TEST(ReportAnswersTest, WhatCouldNotBeReusedIsTold) {
  const Asked asked = AskCells({50, 10, 0, 0});
  ReportOptions options = fixture::Compared();
  options.reuse_answers = true;
  options.baseline_model = "gpt-4o-mini";
  options.candidate_model = "ft:gpt-4o-mini:x:y:1";
  const v1::Report report = Build(asked, options);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("gpt-4o-mini is no dated snapshot")));
  EXPECT_THAT(report.warnings(),
              Contains(HasSubstr("no earlier evaluation asked the same of ft:gpt-4o-mini:x:y:1")));
}

TEST(ReportAnswersTest, ABatchIsPaidForAndHasNoTimes) {
  Asked asked = AskCells({50, 10, 0, 0});
  for (CallRecord& call : asked.calls) call.set_batch(true);
  const v1::Report report = Build(asked);
  EXPECT_EQ(report.baseline_usage().usage().input_tokens(), 600);
  EXPECT_EQ(report.baseline_usage().response_time().count(), 0);
  EXPECT_EQ(report.baseline_usage().user_time().count(), 0);
  EXPECT_FALSE(report.has_latency_ratio());
  EXPECT_THAT(report.warnings(), Contains("Answers came in batches: response times were not "
                                          "measured."));
  EXPECT_THAT(report.warnings(), Not(Contains(HasSubstr("Response times rest on"))));
  EXPECT_DOUBLE_EQ(MetricOf(report, "overall_accuracy").candidate().value(), 1);
}

TEST(ReportAnswersTest, HalvesOfDifferentSessionsAreNoPair) {
  Asked asked = AskCells({40, 0, 0, 0});
  for (CallRecord& call : asked.calls) {
    const bool later =
        call.example() > 20 || (call.example() > 15 && call.arm() == CallRecord::ARM_CANDIDATE);
    call.set_session(later ? 2 : 1);
  }
  const v1::Report report = Build(asked);
  // The first pair, and the five that a restart tore apart.
  EXPECT_EQ(report.latency_ratio().sample_count(), 34);
  EXPECT_EQ(report.baseline_usage().response_time().count(), 39);
}

}  // namespace
}  // namespace tunegate::evaluations
