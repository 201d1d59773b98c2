// Bad input has a defined report: test sets that show nothing, answers that are none, ledgers that
// do not match.
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/report/report_builder_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Asked;
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

TEST(ReportBadInputTest, NoExamplesGiveAReportThatSaysSo) {
  const v1::Report report = Build({});
  EXPECT_EQ(report.example_count(), 0);
  EXPECT_THAT(report.warnings(), ElementsAre("No example was judged."));
  EXPECT_DOUBLE_EQ(MetricOf(report, "overall_accuracy").baseline().upper(), 1);
}

TEST(ReportBadInputTest, OneExampleShowsNextToNothing) {
  const v1::Report report = Build(AskCells({1, 0, 0, 0}));
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("Only one example")));
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_NEAR(overall.candidate().lower(), 0.2065493143772375, kTight);  // 1 / (1 + z^2)
  EXPECT_NEAR(overall.paired().points().upper(), 0.7934506856227626, kTight);
}

TEST(ReportBadInputTest, OneClassIsSaid) {
  Asked asked;
  for (int64_t line = 1; line <= 3; ++line) {
    asked.examples.push_back(MakeExample(line, kBug));
    asked.calls.push_back(MakeCall(line, CallRecord::ARM_BASELINE, kBug));
  }
  ReportOptions options = Compared();
  options.has_candidate = false;
  const v1::Report report = Build(asked, options);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("Every example's right kind is bug")));
  EXPECT_FALSE(report.classes(1).baseline().has_f1());  // no wish anywhere: undefined, not 0
  EXPECT_DOUBLE_EQ(report.classes(2).baseline().f1(), 1);
}

TEST(ReportBadInputTest, NoDiscordantPairsGiveAnIntervalAllTheSame) {
  const v1::Report report = Build(AskCells({90, 0, 0, 10}));
  const auto& paired = MetricOf(report, "overall_accuracy").paired();
  EXPECT_DOUBLE_EQ(paired.points().value(), 0);
  EXPECT_NEAR(paired.points().upper(), 0.03699349820698768, kTight);  // z^2 / (n + z^2)
  EXPECT_DOUBLE_EQ(paired.p_mid(), 1);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("No example changed sides")));
}

TEST(ReportBadInputTest, AllRightAndAllWrongAreSaid) {
  EXPECT_THAT(Build(AskCells({60, 0, 0, 0})).warnings(),
              Contains(HasSubstr("The baseline is right on every example")));
  const v1::Report wrong = Build(AskCells({0, 0, 60, 0}));
  EXPECT_THAT(wrong.warnings(), Contains(HasSubstr("The candidate is wrong on every example")));
}

TEST(ReportBadInputTest, ACandidateThatAnswersNothingIsMissingNotWrong) {
  Asked asked = AskCells({60, 0, 0, 0});
  for (auto& call : asked.calls) {
    if (call.arm() == CallRecord::ARM_CANDIDATE) call = Failed(call);
  }
  const v1::Report report = Build(asked);
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_EQ(overall.candidate().sample_count(), 0);
  EXPECT_EQ(overall.candidate_missing(), 60);
  EXPECT_DOUBLE_EQ(overall.candidate().upper(), 1);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("The candidate answered no example")));
  EXPECT_THAT(report.warnings(), Not(Contains(HasSubstr("No example changed sides"))));
}

TEST(ReportBadInputTest, ProseRefusalsAndCutAnswersAreWrongAndSaid) {
  Asked asked = AskCells({60, 0, 0, 0});
  asked.calls[1].set_text("Sure! It is a bug.");
  asked.calls[3].set_refused(true);
  asked.calls[5].set_finish_reason("length");
  const v1::Report report = Build(asked);
  EXPECT_DOUBLE_EQ(MetricOf(report, "overall_accuracy").candidate().value(), 57.0 / 60);
  EXPECT_DOUBLE_EQ(MetricOf(report, "json_valid_rate").candidate().value(), 58.0 / 60);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("1 answer of the candidate is a refusal")));
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("1 answer of the candidate was cut")));
}

TEST(ReportBadInputTest, AnotherModelThanAskedIsNamed) {
  Asked asked = AskCells({60, 0, 0, 0});
  ReportOptions options = Compared();
  options.baseline_model = "gpt-4o-mini";
  EXPECT_THAT(Build(asked, options).warnings(),
              Contains("The baseline asked for gpt-4o-mini; old answered."));
  for (auto& call : asked.calls) call.set_answering_model("gpt-4o-mini-2024-07-18");
  EXPECT_THAT(Build(asked, options).warnings(), Contains(HasSubstr("An alias moves")));
  asked.calls[0].set_answering_model("third");
  EXPECT_THAT(Build(asked, options).warnings(), Contains(HasSubstr("by 2 different models")));
}

TEST(ReportBadInputTest, AKeyThatNamesEveryExampleIsNoSlice) {
  Asked asked = AskCells({201, 0, 0, 0});
  for (auto& example : asked.examples) example.slices = {{"id", example.id}};
  const v1::Report report = Build(asked);
  for (const auto& metric : report.metrics()) EXPECT_FALSE(metric.slice().starts_with("id="));
  EXPECT_THAT(report.warnings(), Contains("Figures by id are left out: it has more than 200 "
                                          "values."));
}

TEST(ReportBadInputTest, ABadRightAnswerIsNamedByItsLine) {
  const auto report = BuildReport(TicketTask(), {MakeExample(7, "prose")}, {}, Compared());
  EXPECT_EQ(DetailsOf(report.status()).reason, "BAD_EXPECTED_ANSWER");
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("line 7"));
}

TEST(ReportBadInputTest, ALedgerThatDoesNotMatchTheDatasetIsRefused) {
  Asked asked = AskCells({2, 0, 0, 0});
  asked.calls.push_back(asked.calls[0]);
  EXPECT_EQ(
      DetailsOf(BuildReport(TicketTask(), asked.examples, asked.calls, Compared()).status()).reason,
      "CALLS_OUT_OF_ORDER");
  asked = AskCells({2, 0, 0, 0});
  asked.calls[0].set_repeat(1);
  EXPECT_FALSE(BuildReport(TicketTask(), asked.examples, asked.calls, Compared()).ok());
}

TEST(ReportBadInputTest, TheReportOfAHugeTaskStaysWellUnderFourMegabytes) {
  v1::Task task = TicketTask();
  auto* kind = task.mutable_fields(1)->mutable_category();
  for (int i = 0; i < 250; ++i) kind->add_values(absl::StrCat("value-", i));
  Asked asked = AskCells({2000, 0, 0, 0});
  for (size_t i = 0; i < asked.examples.size(); ++i) {
    for (int key = 0; key < 12; ++key) {
      asked.examples[i].slices[absl::StrCat("key", key)] =
          absl::StrCat(std::string(90, 'x'), i % 200);
    }
  }
  const auto report = BuildReport(task, asked.examples, asked.calls, Compared());
  ASSERT_TRUE(report.ok());
  EXPECT_LT(report->ByteSizeLong(), 1'500'000u);
}

TEST(ReportBadInputTest, AMegabyteAndInvalidUtf8MakeAReportThatCanBeSent) {
  for (const std::string& text :
       {std::string(1 << 20, 'x'), std::string("{\"kind\":\"\xff\"}"), std::string("\xc3"),
        "{\"kind\":\"" + std::string(1 << 20, 'k') + "\"}"}) {
    Asked asked = AskCells({60, 0, 0, 0});
    asked.calls[1].set_text(text);
    asked.examples[0].slices = {{"no\xffise", "ty\xffpo"}};
    const v1::Report report = Build(asked);
    EXPECT_DOUBLE_EQ(MetricOf(report, "overall_accuracy").candidate().value(), 59.0 / 60);
    EXPECT_EQ(report.changes_size(), 1);
    std::string bytes;
    ASSERT_TRUE(report.SerializeToString(&bytes));
    EXPECT_TRUE(v1::Report().ParseFromString(bytes));
    EXPECT_LT(bytes.size(), 40'000u);
  }
}

TEST(ReportBadInputTest, ATenthOfTheCallsFailingIsCountedBesideTheShares) {
  Asked asked = AskCells({60, 20, 5, 15});
  for (size_t i = 0; i < asked.calls.size(); i += 10) asked.calls[i] = Failed(asked.calls[i]);
  const v1::Report report = Build(asked);
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_EQ(overall.baseline_missing() + overall.candidate_missing(), 20);
  EXPECT_EQ(overall.baseline().sample_count(), 80);
  EXPECT_EQ(overall.paired().points().sample_count(), 80);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("20 calls of the baseline brought no answer")));
}

TEST(ReportBadInputTest, ExtraFieldsBreakTheStructureOnly) {
  Asked asked = AskCells({60, 0, 0, 0});
  asked.calls[1].set_text(R"({"parts":["door","roof"],"kind":"bug","title":"El Tejado",)"
                          R"("mood":"calm","why":"because"})");
  const v1::Report report = Build(asked);
  EXPECT_DOUBLE_EQ(MetricOf(report, "overall_accuracy").candidate().value(), 1);
  EXPECT_DOUBLE_EQ(MetricOf(report, "schema_valid_rate").candidate().value(), 59.0 / 60);
}

}  // namespace
}  // namespace tunegate::evaluations
