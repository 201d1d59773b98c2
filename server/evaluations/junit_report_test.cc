#include "server/evaluations/junit_report.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/report_sample.h"

namespace tunegate::evaluations {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Render(const v1::Evaluation& evaluation, const v1::Decision& decision) {
  std::string text;
  const absl::Status status = RenderJunit(evaluation, decision, [&](std::string_view piece) {
    EXPECT_LE(piece.size(), 64u * 1024);
    text.append(piece);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

std::string Render(const ReportSample& sample) {
  return Render(sample.evaluation, *sample.decision);
}

int CountOf(const std::string& text, const std::string& piece) {
  int count = 0;
  for (size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1))
    ++count;
  return count;
}

TEST(JunitReportTest, EveryCriterionIsATestCase) {
  const std::string xml = Render(MakeReportSample(SampleKind::kGo));
  EXPECT_THAT(xml, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
  EXPECT_THAT(xml, HasSubstr("name=\"product_intent\" hostname=\"localhost\" "
                             "timestamp=\"2026-11-22T10:27:01\" tests=\"4\" failures=\"0\" "
                             "errors=\"0\" skipped=\"0\" time=\"420.000\""));
  for (const char* id : {"improvement", "absolute_accuracy", "structure", "latency"}) {
    EXPECT_THAT(xml, HasSubstr("<testcase name=\"" + std::string(id) +
                               "\" classname=\"tunegate.product_intent\" time=\"0.000\"/>"));
  }
  EXPECT_THAT(xml, HasSubstr("<property name=\"verdict\" value=\"GO\"/>"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"overall_accuracy.difference_lower\" value=\"0."));
  EXPECT_THAT(xml, HasSubstr("<property name=\"clusters\" value=\"40\"/>"));
}

TEST(JunitReportTest, FailuresErrorsAndSkipsAreTold) {
  EXPECT_THAT(Render(MakeReportSample(SampleKind::kNoGo)),
              HasSubstr("<failure type=\"FAIL\" message=\"FAIL: "));
  const std::string open = Render(MakeReportSample(SampleKind::kInconclusive));
  EXPECT_THAT(open, HasSubstr("<error type=\"INCONCLUSIVE\" message=\"INCONCLUSIVE: "));
  EXPECT_THAT(open, HasSubstr("errors=\"" + std::to_string(CountOf(open, "<error ")) + "\""));
  const std::string batch = Render(MakeReportSample(SampleKind::kBatch));
  EXPECT_THAT(batch, HasSubstr("<skipped message=\"SKIPPED: "));
  EXPECT_THAT(batch, HasSubstr("skipped=\"1\""));
  ReportSample infeasible = MakeReportSample(SampleKind::kNoGo);
  for (auto& result : *infeasible.decision->mutable_criteria()) {
    result.set_outcome(v1::Decision::OUTCOME_INFEASIBLE);
  }
  EXPECT_THAT(Render(infeasible), HasSubstr("failures=\"4\" errors=\"0\""));
}

// Green cases must not hide that the verdict is another one.
TEST(JunitReportTest, AVerdictThatTheCriteriaDoNotTellIsACaseOfItsOwn) {
  ReportSample few = MakeReportSample(SampleKind::kGo);
  few.decision->set_verdict(v1::Decision::VERDICT_INCONCLUSIVE);
  few.decision->set_effective_verdict(v1::Decision::VERDICT_INCONCLUSIVE);
  few.decision->set_explanation("Only 20 examples were judged.");
  EXPECT_THAT(Render(few), HasSubstr("<testcase name=\"verdict\" "));
  EXPECT_THAT(Render(few), HasSubstr("<error type=\"INCONCLUSIVE\" message=\"INCONCLUSIVE: Only "
                                     "20 examples were judged.\""));
  ReportSample overridden = MakeReportSample(SampleKind::kNoGo);
  overridden.decision->set_effective_verdict(v1::Decision::VERDICT_GO);
  auto& override = *overridden.decision->add_overrides();
  override.set_verdict(v1::Decision::VERDICT_GO);
  override.set_actor("ana");
  override.set_reason("agreed");
  const std::string xml = Render(overridden);
  EXPECT_THAT(xml, HasSubstr("<testcase name=\"verdict\" classname=\"tunegate.product_intent\" "
                             "time=\"0.000\"/>"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"computed_verdict\" value=\"NO_GO\"/>"));
  EXPECT_THAT(Render(MakeReportSample(SampleKind::kGo)), Not(HasSubstr("name=\"verdict\" class")));
}

TEST(JunitReportTest, AnUnrecordedDecisionSaysSo) {
  ReportSample sample = MakeReportSample(SampleKind::kGo);
  sample.decision->clear_name();
  EXPECT_THAT(Render(sample), HasSubstr("value=\"not recorded; tunegate decision create "
                                        "evaluations/nov\""));
}

TEST(JunitReportTest, HostileTextStaysText) {
  const std::string evil = "]]></failure><testcase name=\"x\"/>&amp;\x01\x1b[31m\xff\n\u202E\uFFFE";
  ReportSample sample = MakeReportSample(SampleKind::kNoGo);
  sample.evaluation.mutable_candidate()->set_model(evil);
  sample.evaluation.mutable_report()->add_warnings(evil);
  for (auto& result : *sample.decision->mutable_criteria()) {
    result.set_outcome(v1::Decision::OUTCOME_FAIL);
    result.set_criterion_id(evil);
    result.set_slice(evil);
    result.set_explanation(evil);
  }
  const std::string xml = Render(sample);
  EXPECT_EQ(CountOf(xml, "<testcase "), 4);
  for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
  EXPECT_THAT(xml, Not(HasSubstr("\u202E")));
  EXPECT_THAT(xml, Not(HasSubstr("]]>")));
}

}  // namespace
}  // namespace tunegate::evaluations
