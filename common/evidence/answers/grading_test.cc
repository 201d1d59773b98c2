#include "common/evidence/answers/grading.h"

#include <google/protobuf/text_format.h>

#include <string>
#include <vector>

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
  EXPECT_EQ(graded.scores, (std::vector<double>{1, 1, 1, 1}));
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

// A task of every kind, each but the first with a grader of its own.
v1::Task GradedTask() {
  v1::Task task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(name: "tasks/graded"
         fields { id: "kind" scored: true category { values: "bug" values: "wish" }
                  grader { folded {} } }
         fields { id: "parts" scored: true set {} grader { set_f1 {} pass_threshold: 0.666667 } }
         fields { id: "title" scored: true text {}
                  grader { text_similarity { metric: METRIC_ROUGE_1 } pass_threshold: 0.5 } }
         fields { id: "price" scored: true number {} grader { numeric { absolute_tolerance: 0.1 } } }
         fields { id: "order" scored: true json {} grader { json_subset {} } })",
      &task));
  return task;
}

constexpr char kOrder[] =
    R"({"kind":"bug","parts":["door","roof"],"title":"el tejado","price":1.0,"order":{"id":7}})";

TEST(GradedTaskTest, FieldsSayHowTheyAreGraded) {
  const Grader grader = *Grader::Create(GradedTask());
  std::vector<std::string> graders;
  std::vector<bool> partial;
  for (const GradedField& field : grader.fields()) {
    graders.push_back(field.grader);
    partial.push_back(field.partial);
  }
  EXPECT_EQ(graders, (std::vector<std::string>{"folded", "set_f1", "text_similarity", "numeric",
                                               "json_subset"}));
  EXPECT_EQ(partial, (std::vector<bool>{false, true, true, false, false}));
  const Grader plain = *Grader::Create(TicketTask());
  EXPECT_EQ(plain.fields()[0].grader, "exact");
  EXPECT_EQ(plain.fields()[2].grader, "folded");
  EXPECT_FALSE(plain.fields()[1].partial);
}

TEST(GradedTaskTest, AFieldIsRightWhenItsScoreReachesTheThreshold) {
  const Grader grader = *Grader::Create(GradedTask());
  const Expected expected = *grader.Prepare(kOrder);
  const auto grade = [&](std::string_view text) {
    return grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text));
  };
  const Graded all = grade(
      R"({"kind":"BUG","parts":["roof"],"title":"del tejado","price":1.1,"order":{"id":7,"n":1}})");
  EXPECT_EQ(all.scores, (std::vector<double>{1, 0.666667, 0.5, 1, 1})) << "to a millionth";
  EXPECT_EQ(all.right, (std::vector<bool>(5, true)));
  EXPECT_TRUE(all.overall_right);
  EXPECT_FALSE(all.schema_valid) << "BUG is right, and still none of the values";
  EXPECT_EQ(all.category[0], 0) << "the confusion matrix agrees with right";
  const Graded none =
      grade(R"({"kind":"bugs","parts":["roof","x"],"title":"la casa","price":1.2,"order":{}})");
  EXPECT_EQ(none.scores, (std::vector<double>{0, 0.5, 0, 0, 0}));
  EXPECT_EQ(none.right, (std::vector<bool>(5, false)));
  EXPECT_EQ(none.category[0], -1);
}

TEST(GradedTaskTest, AMissingFieldOrAnotherTypeScoresZero) {
  const Grader grader = *Grader::Create(GradedTask());
  const Expected expected = *grader.Prepare(kOrder);
  for (const char* text :
       {"{}", "[]", R"({"kind":0,"parts":"door","title":["el tejado"],"price":"1.0"})",
        R"({"kind":null,"parts":["door",1],"title":{},"price":[1.0],"order":7})"}) {
    const Graded graded = grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text));
    EXPECT_EQ(graded.scores, (std::vector<double>(5, 0))) << text;
    EXPECT_FALSE(graded.overall_right);
  }
}

TEST(GradedTaskTest, RefusedCutAndFailedAnswersScoreZero) {
  const Grader grader = *Grader::Create(GradedTask());
  const Expected expected = *grader.Prepare(kOrder);
  CallRecord refused = MakeCall(1, CallRecord::ARM_BASELINE, kOrder);
  refused.set_refused(true);
  CallRecord cut = MakeCall(1, CallRecord::ARM_BASELINE, kOrder);
  cut.set_finish_reason("length");
  CallRecord failed = fixture::Failed(MakeCall(1, CallRecord::ARM_BASELINE, kOrder));
  for (const CallRecord* call : {&refused, &cut, &failed}) {
    EXPECT_EQ(grader.Grade(expected, *call).scores, (std::vector<double>(5, 0)));
  }
}

TEST(GradedTaskTest, RightValuesMustBeOfTheFieldsType) {
  const Grader grader = *Grader::Create(GradedTask());
  const auto fault = [&](std::string_view text) {
    return std::string(grader.Prepare(text).status().message());
  };
  EXPECT_EQ(fault(R"({"kind":"bug","parts":[],"title":"","price":"1","order":1})"),
            "the right answer's field 'price' must be a number");
  EXPECT_EQ(fault(R"({"kind":"bug","parts":[],"title":"","price":1})"),
            "the right answer's field 'order' is missing");
  EXPECT_TRUE(
      grader.Prepare(R"({"kind":"bug","parts":[],"title":"","price":1,"order":null})").ok());
}

TEST(GradedTaskTest, NumbersAndJsonAreToldForPeople) {
  const Grader grader = *Grader::Create(GradedTask());
  EXPECT_EQ(grader.ExpectedText(*grader.Prepare(kOrder), 3), "1.0");
  EXPECT_EQ(grader.ExpectedText(*grader.Prepare(kOrder), 4), R"({"id":7})");
  EXPECT_EQ(grader.AnsweredText(MakeCall(1, CallRecord::ARM_BASELINE, kOrder), 3), "1.0");
}

TEST(GradedTaskTest, ARightAnswerThatIsThePatternMustCompile) {
  v1::Task task = GradedTask();
  task.mutable_fields(2)->mutable_grader()->mutable_regular_expression();
  const Grader grader = *Grader::Create(task);
  const auto prepared =
      grader.Prepare(R"({"kind":"bug","parts":[],"title":"a(","price":1,"order":1})");
  EXPECT_EQ(DetailsOf(prepared.status()).reason, "BAD_EXPECTED_ANSWER");
  EXPECT_NE(prepared.status().message().find("'title' is no regular expression: the pattern does "
                                             "not compile at character 2"),
            std::string::npos)
      << prepared.status();
}

TEST(GradedTaskTest, OpenAisJsonSeesTheWholeAnswerAndOtherFields) {
  v1::Task task = GradedTask();
  task.mutable_fields(2)->mutable_grader()->set_openai_json(
      R"({"type":"string_check","operation":"like","input":"{{sample.output_text}}",)"
      R"("reference":"\"kind\":\"{{item.kind}}\""})");
  const Grader grader = *Grader::Create(task);
  const Expected expected = *grader.Prepare(kOrder);
  const auto score = [&](std::string_view text) {
    return grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text)).scores[2];
  };
  EXPECT_EQ(score(R"({"title":"","kind":"bug"})"), 1);
  EXPECT_EQ(score(R"({"title":"","kind":"wish"})"), 0);
  EXPECT_EQ(score(R"({"kind":"bug"})"), 0) << "the field itself must be there";
}

TEST(GradedTaskTest, AMegabyteEndsUnderEveryGrader) {
  const Grader grader = *Grader::Create(GradedTask());
  const Expected expected = *grader.Prepare(kOrder);
  const std::string text =
      absl::StrCat(R"({"kind":"bug","parts":[],"title":")", std::string(1 << 20, 'x'),
                   R"(","price":1,"order":[)", std::string(1 << 19, ' '), "]}");
  EXPECT_EQ(grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text)).scores,
            (std::vector<double>{1, 0, 0, 1, 0}));
}

v1::Task BareTaskOf(const std::string& kind) {
  v1::Task task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "fields { scored: true headline: true " + kind + " }", &task));
  return task;
}

TEST(BareTextGradingTest, ANumberIsReadFromTheText) {
  const Grader grader =
      *Grader::Create(BareTaskOf("number {} grader { numeric { relative_tolerance: 0.1 } }"));
  const Expected expected = *grader.Prepare(" 100\n");
  const auto grade = [&](std::string_view text) {
    return grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text));
  };
  EXPECT_TRUE(grade("\t1.05e2 ").overall_right);
  EXPECT_TRUE(grade("120").schema_valid);
  EXPECT_FALSE(grade("120").overall_right);
  for (const char* text : {"", "about 100", "100 euros", "\"100\"", "NaN", "\xff"}) {
    EXPECT_FALSE(grade(text).schema_valid || grade(text).overall_right) << text;
  }
  EXPECT_FALSE(grader.Prepare("a hundred").ok());
}

TEST(BareTextGradingTest, TextMayHaveAGraderAndIllFormedUtf8) {
  const Grader grader = *Grader::Create(BareTaskOf(
      "text {} grader { text_similarity { metric: METRIC_COSINE } pass_threshold: 0.5 }"));
  const Expected expected = *grader.Prepare("más luz");
  const auto grade = [&](std::string_view text) {
    return grader.Grade(expected, MakeCall(1, CallRecord::ARM_BASELINE, text));
  };
  EXPECT_EQ(grade("mas\xff luz").scores, std::vector<double>{1});
  EXPECT_EQ(grade("luz").scores, std::vector<double>{0.707107});
  EXPECT_TRUE(grade("luz").overall_right);
  EXPECT_FALSE(grade("sombra").overall_right);
}

TEST(GraderTest, GradersThatCannotBeMadeAreNamedByField) {
  v1::Task task = TicketTask();
  task.mutable_fields(2)->mutable_grader()->mutable_numeric();
  const ErrorDetails details = DetailsOf(Grader::Create(task).status());
  EXPECT_EQ(details.reason, "INVALID_GRADER");
  ASSERT_EQ(details.field_violations.size(), 1u);
  EXPECT_EQ(details.field_violations[0].first, "task.fields[2].grader.numeric");
}

TEST(GraderTest, ATaskWithoutAScoredFieldCannotBeGraded) {
  v1::Task task = TicketTask();
  for (auto& field : *task.mutable_fields()) field.set_scored(false);
  EXPECT_EQ(DetailsOf(Grader::Create(task).status()).reason, "NOTHING_TO_SCORE");
}

}  // namespace
}  // namespace tunegate::evaluations
