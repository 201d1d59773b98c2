#include "server/evaluations/json_report.h"

#include <string>

#include "common/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/report_sample.h"

namespace tunegate::evaluations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Render(const v1::Evaluation& evaluation, const v1::Decision* decision) {
  std::string text;
  const absl::Status status = RenderJson(evaluation, decision, [&](std::string_view piece) {
    EXPECT_LE(piece.size(), 64u * 1024);
    text.append(piece);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

json::Value Parse(const std::string& text) {
  const auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *value : json::Value();
}

TEST(JsonReportTest, HoldsEvaluationAndDecisionOnOneLine) {
  const ReportSample sample = MakeReportSample(SampleKind::kGo);
  const std::string text = Render(sample.evaluation, sample.decision_or_null());
  EXPECT_THAT(text, EndsWith("}\n"));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const json::Value report = Parse(text);
  EXPECT_EQ(report["evaluation"]["name"].String(), "evaluations/nov");
  EXPECT_EQ(report["evaluation"]["report"]["exampleCount"].String(), "160");
  EXPECT_EQ(report["evaluation"]["report"]["clusterKey"].String(), "family");
  EXPECT_EQ(report["decision"]["verdict"].String(), "VERDICT_GO");
  EXPECT_EQ(report["decision"]["criteria"].Elements().size(), 4u);
  EXPECT_EQ(report["decision"]["certificateDigest"].String().size(), 64u);
}

TEST(JsonReportTest, SaysZerosAndLeavesOutWhatWasNotMeasured) {
  ReportSample sample = MakeReportSample(SampleKind::kBatch);
  v1::Report& report = *sample.evaluation.mutable_report();
  report.mutable_metrics(0)->mutable_paired()->set_lost(0);
  report.mutable_classes(0)->mutable_baseline()->clear_precision();
  const std::string text = Render(sample.evaluation, nullptr);
  const json::Value made = Parse(text)["evaluation"]["report"];
  EXPECT_EQ(made["metrics"].Elements()[0]["paired"]["lost"].String(), "0");
  EXPECT_EQ(made.Find("latencyRatio"), nullptr);
  EXPECT_EQ(made["classes"].Elements()[0]["baseline"].Find("precision"), nullptr);
  EXPECT_THAT(text, Not(HasSubstr("\"decision\"")));
}

TEST(JsonReportTest, TheSameReportGivesTheSameBytes) {
  ReportSample sample = MakeReportSample(SampleKind::kBaseline);
  for (int i = 0; i < 50; ++i) {
    (*sample.evaluation.mutable_labels())["label" + std::to_string(i)] = "x";
  }
  v1::Evaluation reversed = sample.evaluation;
  reversed.clear_labels();  // another history, another order of the map
  for (int i = 49; i >= 0; --i) (*reversed.mutable_labels())["label" + std::to_string(i)] = "x";
  EXPECT_EQ(Render(sample.evaluation, nullptr), Render(reversed, nullptr));
}

TEST(JsonReportTest, ASinkThatFailsEndsTheWriting) {
  const ReportSample sample = MakeReportSample(SampleKind::kGo);
  const auto gone = [](std::string_view) { return absl::CancelledError("gone"); };
  EXPECT_EQ(RenderJson(sample.evaluation, nullptr, gone).code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tunegate::evaluations
