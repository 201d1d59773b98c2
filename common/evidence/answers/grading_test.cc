#include "common/evidence/answers/grading.h"

#include <string>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::BareTask;
using fixture::kBug;
using fixture::MakeCall;
using fixture::TicketTask;
using store::v1::CallRecord;

class GradingTest : public ::testing::Test {
 protected:
  Graded Grade(const CallRecord& call) const {
    const auto expected = grader_.Prepare(kBug);
    EXPECT_TRUE(expected.ok()) << expected.status();
    return grader_.Grade(*expected, call);
  }
  Graded Grade(std::string_view text) const {
    return Grade(MakeCall(1, CallRecord::ARM_BASELINE, text));
  }
  // Right by field: kind, parts, title, mood.
  static std::vector<bool> Right(bool kind, bool parts, bool title, bool mood) {
    return {kind, parts, title, mood};
  }

  const Grader grader_ = *Grader::Create(TicketTask());
};

TEST_F(GradingTest, HeadlineFieldComesFirstAndUnscoredOnesLast) {
  ASSERT_EQ(grader_.fields().size(), 4u);
  EXPECT_EQ(grader_.fields()[0].id, "kind");
  EXPECT_EQ(grader_.fields()[1].id, "parts");
  EXPECT_EQ(grader_.fields()[2].id, "title");
  EXPECT_EQ(grader_.fields()[3].id, "mood");
  EXPECT_EQ(grader_.scored_count(), 3u);
}

TEST_F(GradingTest, TheSameAnswerIsRightEverywhere) {
  const Graded graded = Grade(kBug);
  EXPECT_TRUE(graded.json_valid && graded.schema_valid && graded.overall_right);
  EXPECT_EQ(graded.right, Right(true, true, true, true));
  EXPECT_EQ(graded.category, (std::vector<int>{0, -1, -1, 0}));
}

TEST_F(GradingTest, SetsIgnoreOrderAndRepetitionAndTextsIgnoreCaseAccentsAndSpace) {
  const Graded graded = Grade(
      R"( {"title":"  él TEJADO ","kind":"bug","parts":["roof","door","roof"],"mood":"calm"} )");
  EXPECT_TRUE(graded.overall_right);
  EXPECT_TRUE(graded.schema_valid);
}

TEST_F(GradingTest, CategoriesAreComparedExactly) {
  const Graded graded =
      Grade(R"({"parts":["door","roof"],"kind":"Bug","title":"el tejado","mood":"calm"})");
  EXPECT_EQ(graded.right, Right(false, true, true, true));
  EXPECT_FALSE(graded.overall_right);
  EXPECT_FALSE(graded.schema_valid);
  EXPECT_EQ(graded.category[0], -1);
}

TEST_F(GradingTest, AMissingOrWrongElementMakesASetWrong) {
  EXPECT_FALSE(
      Grade(R"({"parts":["door"],"kind":"bug","title":"el tejado","mood":"calm"})").right[1]);
  EXPECT_FALSE(
      Grade(R"({"parts":"door","kind":"bug","title":"el tejado","mood":"calm"})").right[1]);
  EXPECT_FALSE(
      Grade(R"({"parts":["door",7],"kind":"bug","title":"el tejado","mood":"calm"})").right[1]);
}

TEST_F(GradingTest, AnUnscoredFieldDoesNotMakeAnAnswerWrong) {
  const Graded graded =
      Grade(R"({"parts":["door","roof"],"kind":"bug","title":"el tejado","mood":"angry"})");
  EXPECT_TRUE(graded.overall_right);
  EXPECT_FALSE(graded.right[3]);
  EXPECT_EQ(graded.category[3], 1);
}

TEST_F(GradingTest, AnExtraFieldBreaksTheSchemaOnly) {
  const Graded graded = Grade(
      R"({"parts":["door","roof"],"kind":"bug","title":"el tejado","mood":"calm","why":"x"})");
  EXPECT_TRUE(graded.json_valid);
  EXPECT_FALSE(graded.schema_valid);
  EXPECT_TRUE(graded.overall_right);
}

TEST_F(GradingTest, ProseAndFencedJsonAreWrongInEveryField) {
  for (const char* text : {"It is a bug.", "", "```json\n{\"kind\":\"bug\"}\n```",
                           "{\"kind\":\"bug\"} as you asked", "{\"kind\":\"bug\""}) {
    const Graded graded = Grade(text);
    EXPECT_FALSE(graded.json_valid || graded.schema_valid || graded.overall_right) << text;
    EXPECT_EQ(graded.right, Right(false, false, false, false)) << text;
    EXPECT_FALSE(graded.missing);
  }
}

TEST_F(GradingTest, JsonThatIsNoObjectIsJsonAndNothingElse) {
  for (const char* text : {"\"bug\"", "[1]", "null", "7"}) {
    const Graded graded = Grade(text);
    EXPECT_TRUE(graded.json_valid) << text;
    EXPECT_FALSE(graded.schema_valid || graded.overall_right) << text;
  }
}

TEST_F(GradingTest, InvalidUtf8IsNoJson) {
  const Graded graded =
      Grade("{\"parts\":[],\"kind\":\"bug\",\"title\":\"\xff\xfe\",\"mood\":\"calm\"}");
  EXPECT_FALSE(graded.json_valid);
  EXPECT_FALSE(graded.overall_right);
}

TEST_F(GradingTest, AMegabyteIsGradedLikeAnythingElse) {
  const std::string long_title(1 << 20, 'x');
  const Graded graded = Grade(absl::StrCat(R"({"parts":["door","roof"],"kind":"bug","title":")",
                                           long_title, R"(","mood":"calm"})"));
  EXPECT_TRUE(graded.schema_valid);
  EXPECT_EQ(graded.right, Right(true, true, false, true));
  EXPECT_FALSE(Grade(std::string(1 << 20, '[')).json_valid);
}

TEST_F(GradingTest, ARefusalIsWrongWhateverItSays) {
  CallRecord call = MakeCall(1, CallRecord::ARM_BASELINE, kBug);
  call.set_refused(true);
  const Graded graded = Grade(call);
  EXPECT_FALSE(graded.json_valid || graded.schema_valid || graded.overall_right || graded.missing);
  EXPECT_EQ(grader_.AnsweredText(call, 0), "");
}

TEST_F(GradingTest, ACutAnswerIsWrongEvenWhereItParses) {
  for (const char* reason : {"length", "content_filter"}) {
    CallRecord call = MakeCall(1, CallRecord::ARM_BASELINE, kBug);
    call.set_finish_reason(reason);
    const Graded graded = Grade(call);
    EXPECT_TRUE(graded.json_valid) << reason;
    EXPECT_FALSE(graded.overall_right) << reason;
    EXPECT_EQ(graded.right, Right(false, false, false, false)) << reason;
  }
}

TEST_F(GradingTest, AFailedCallIsMissingAndNotWrong) {
  const Graded graded = Grade(fixture::Failed(MakeCall(1, CallRecord::ARM_BASELINE, kBug)));
  EXPECT_TRUE(graded.missing);
  EXPECT_FALSE(graded.overall_right);
}

TEST_F(GradingTest, TellsForPeopleWhatWasAnswered) {
  const CallRecord call = MakeCall(1, CallRecord::ARM_BASELINE, kBug);
  EXPECT_EQ(grader_.AnsweredText(call, 0), "bug");
  EXPECT_EQ(grader_.AnsweredText(call, 1), "door, roof");
  EXPECT_EQ(grader_.AnsweredText(MakeCall(1, CallRecord::ARM_BASELINE, R"({"kind":7})"), 0), "7");
  EXPECT_EQ(grader_.AnsweredText(MakeCall(1, CallRecord::ARM_BASELINE, "prose"), 0), "");
  EXPECT_EQ(grader_.ExpectedText(*grader_.Prepare(kBug), 1), "door, roof");
}

TEST_F(GradingTest, ARightAnswerThatIsNoneIsRefusedWithItsField) {
  const auto prose = grader_.Prepare("bug");
  EXPECT_EQ(prose.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailsOf(prose.status()).reason, "BAD_EXPECTED_ANSWER");
  const auto other = grader_.Prepare(R"({"parts":[],"kind":"rant","title":"","mood":"calm"})");
  ASSERT_EQ(DetailsOf(other.status()).field_violations.size(), 1u);
  EXPECT_EQ(DetailsOf(other.status()).field_violations[0].first, "expected.kind");
  EXPECT_FALSE(grader_.Prepare(R"({"kind":"bug","title":""})").ok());
  // What is not scored may be missing.
  EXPECT_TRUE(grader_.Prepare(R"({"parts":[],"kind":"bug","title":""})").ok());
}

TEST(BareTextGradingTest, TheTrimmedTextIsTheValue) {
  const Grader grader = *Grader::Create(BareTask());
  const Expected expected = *grader.Prepare(" yes\n");
  const auto grade = [&](std::string_view text) {
    return grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text));
  };
  EXPECT_TRUE(grade("\tyes ").overall_right);
  EXPECT_TRUE(grade("\tyes ").schema_valid);
  EXPECT_FALSE(grade("\tyes ").json_valid);
  EXPECT_EQ(grade("no").category[0], 1);
  EXPECT_FALSE(grade("no").overall_right);
  EXPECT_FALSE(grade("\"yes\"").schema_valid);
  EXPECT_FALSE(grade("\xff").overall_right);
  EXPECT_FALSE(grader.Prepare("maybe").ok());
}

TEST(GraderTest, ATaskWithoutAScoredFieldCannotBeGraded) {
  v1::Task task = TicketTask();
  for (auto& field : *task.mutable_fields()) field.set_scored(false);
  EXPECT_EQ(DetailsOf(Grader::Create(task).status()).reason, "NOTHING_TO_SCORE");
}

}  // namespace
}  // namespace tunegate::evaluations
