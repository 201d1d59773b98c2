// Evidence lines: what a figure is made of goes there and back; one evaluation has one text.
#include "common/evidence/certificate/evidence_lines.h"

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::certificates {
namespace {

namespace fixture = evaluations::fixture;
using store::v1::CallRecord;
using testing::HasSubstr;

std::string Fault(const absl::Status& status) {
  EXPECT_EQ(DetailsOf(status).reason, "BAD_EVIDENCE") << status;
  return std::string(status.message());
}

std::string_view WithoutEnd(std::string_view line) {
  EXPECT_TRUE(line.ends_with('\n'));
  return line.substr(0, line.size() - 1);
}

TEST(EvidenceLinesTest, HeaderHoldsWhatFiguresAreMadeOfAndNothingElse) {
  v1::Task task = fixture::TicketTask();
  task.set_display_name("Tickets");
  store::v1::EvaluationRecord record;
  record.mutable_resource()->set_name("evaluations/e");
  record.mutable_resource()->set_seed(INT64_MAX);
  record.mutable_resource()->set_etag("9");
  record.mutable_resource()->set_display_name("mine");
  record.mutable_resource()->mutable_usage()->set_calls(5);
  record.set_baseline_model("old");
  record.set_baseline_maybe_repeated_calls(3);
  const std::string line = WriteHeaderLine(MakeEvidenceHeader(task, record));
  EXPECT_EQ(line.find("Tickets"), std::string::npos);
  EXPECT_EQ(line.find("mine"), std::string::npos);
  const auto read = ReadHeaderLine(WithoutEnd(line));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->task.fields_size(), 4);
  EXPECT_EQ(read->record.resource().seed(), INT64_MAX);
  EXPECT_EQ(read->record.resource().etag(), "");
  EXPECT_FALSE(read->record.resource().has_usage());
  EXPECT_EQ(read->record.baseline_maybe_repeated_calls(), 3);
  EXPECT_EQ(WriteHeaderLine(*read), line);
}

TEST(EvidenceLinesTest, ExamplesGoThereAndBackWithWhateverWasAnswered) {
  datasets::Example example = fixture::MakeExample(12, fixture::kBug);
  example.query = "¿dónde \"está\"?\n";
  example.slices = {{"family", "f1"}, {"noise", "typo"}};
  std::vector<CallRecord> calls;
  calls.push_back(fixture::MakeCall(12, CallRecord::ARM_BASELINE, "\xff\xfe not text"));
  calls.push_back(fixture::Failed(fixture::MakeCall(12, CallRecord::ARM_CANDIDATE, "")));
  calls.push_back(fixture::MakeCall(12, CallRecord::ARM_CANDIDATE, std::string(1 << 20, 'x'), 1));
  calls[2].set_batch(true);
  calls[2].set_reused_from("evaluations/earlier");
  calls[2].set_confidence(0);
  const std::string line = WriteExampleLine(example, calls);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto read = ReadExampleLine(WithoutEnd(line));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->example.line, 12);
  EXPECT_EQ(read->example.id, "0000012");
  EXPECT_EQ(read->example.query, example.query);
  EXPECT_EQ(read->example.expected, example.expected);
  EXPECT_EQ(read->example.slices, example.slices);
  ASSERT_EQ(read->calls.size(), 3u);
  EXPECT_EQ(read->calls[0].text(), calls[0].text());
  EXPECT_TRUE(read->calls[1].has_failure());
  EXPECT_EQ(read->calls[2].SerializeAsString(), calls[2].SerializeAsString());
  EXPECT_TRUE(read->calls[2].has_confidence());
  EXPECT_EQ(WriteExampleLine(read->example, read->calls), line);
}

TEST(EvidenceLinesTest, ExampleThatNobodyWasAskedHasNoCalls) {
  const std::string line = WriteExampleLine(fixture::MakeExample(3, fixture::kWish), {});
  EXPECT_THAT(line, HasSubstr(R"("calls":[])"));
  const auto read = ReadExampleLine(WithoutEnd(line));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->calls.empty());
}

TEST(EvidenceLinesTest, WhatIsNoEvidenceIsToldByWhatIsWrong) {
  EXPECT_THAT(Fault(ReadHeaderLine("").status()), HasSubstr("line 1"));
  EXPECT_THAT(Fault(ReadHeaderLine(R"({"messages":[]})").status()), HasSubstr("--format evidence"));
  EXPECT_THAT(
      Fault(ReadHeaderLine(R"({"format":"tunegate.evidence.v1","task":{},"record":{},"note":1})")
                .status()),
      HasSubstr("'note' is no member"));
  EXPECT_THAT(
      Fault(ReadHeaderLine(R"({"format":"tunegate.evidence.v1","task":{"nme":"x"},"record":{}})")
                .status()),
      HasSubstr("task.nme"));
  EXPECT_THAT(Fault(ReadExampleLine("[1]").status()), HasSubstr("no JSON object"));
  EXPECT_THAT(Fault(ReadExampleLine(R"({"query":"q","expected":"e"})").status()),
              HasSubstr("'example' is missing"));
  EXPECT_THAT(Fault(ReadExampleLine(R"({"example":1,"query":"q"})").status()),
              HasSubstr("'expected' is missing"));
  EXPECT_THAT(Fault(ReadExampleLine(
                        R"({"example":1,"query":"q","expected":"e","slices":{"a":1},"calls":[]})")
                        .status()),
              HasSubstr("'a' is missing or no string"));
  EXPECT_THAT(Fault(ReadExampleLine(
                        R"({"example":1,"query":"q","expected":"e","calls":[{"arm":"ARM_THIRD"}]})")
                        .status()),
              HasSubstr("calls[0].arm"));
}

}  // namespace
}  // namespace tunegate::certificates
