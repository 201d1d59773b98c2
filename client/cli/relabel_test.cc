// From results to a file for people and back to a relabelled dataset.
#include "client/cli/relabel.h"

#include <algorithm>
#include <set>

#include "client/cli/dispute.h"
#include "client/cli/dispute_file.h"
#include "common/evidence/answers/example.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr char kBlue[] = R"({"colour":"blue","tags":["a","b"],"note":"kept"})";

v1::Task ColourTask() {
  v1::Task task;
  task.set_name("tasks/colour");
  v1::Task::Field* colour = task.add_fields();
  colour->set_id("colour");
  colour->set_scored(true);
  for (const char* value : {"blue", "red", "green"}) colour->mutable_category()->add_values(value);
  v1::Task::Field* tags = task.add_fields();
  tags->set_id("tags");
  tags->set_scored(true);
  tags->mutable_set();
  v1::Task::Field* note = task.add_fields();
  note->set_id("note");
  note->mutable_text();
  return task;
}

v1::Result::Answer Answer(const std::string& text, bool colour_right, bool tags_right) {
  v1::Result::Answer answer;
  answer.set_text(text);
  (*answer.mutable_right())["colour"] = colour_right;
  (*answer.mutable_right())["tags"] = tags_right;
  answer.set_overall_right(colour_right && tags_right);
  return answer;
}

v1::Result ResultOf(const std::string& id, const v1::Result::Answer& baseline,
                    const v1::Result::Answer& candidate) {
  v1::Result result;
  result.set_example_id(id);
  result.set_query("which " + id);
  result.set_expected(kBlue);
  *result.mutable_baseline() = baseline;
  *result.mutable_candidate() = candidate;
  return result;
}

v1::Result::Answer Right() { return Answer(kBlue, true, true); }
v1::Result::Answer Red() {
  return Answer(R"({"note":"mine","tags":["b","a"],"colour":"red"})", false, true);
}

std::vector<Dispute> DisputesOf(const std::vector<v1::Result>& results, int64_t seed = 1) {
  auto finder = DisputeFinder::Create(ColourTask(), seed);
  EXPECT_TRUE(finder.ok()) << finder.status();
  for (const v1::Result& result : results) finder->Add(result);
  return std::move(*finder).Take();
}

TEST(DisputeTest, OnlyWhatSomebodyAnsweredOtherwiseIsDisputed) {
  v1::Result::Answer failed;
  failed.mutable_failure()->set_reason("TIMEOUT");
  const auto disputes = DisputesOf({ResultOf("1", Right(), Right()), ResultOf("2", Red(), Right()),
                                    ResultOf("3", Right(), Red()), ResultOf("4", failed, Right())});
  std::set<std::string> ids;
  for (const Dispute& dispute : disputes) ids.insert(dispute.example);
  EXPECT_THAT(ids, ElementsAre("2", "3"));
  EXPECT_EQ(disputes[0].query, "which " + disputes[0].example);
}

TEST(DisputeTest, AnswersTellNothingButWhatIsScored) {
  const auto disputes = DisputesOf({ResultOf("1", Red(), Right())});
  ASSERT_EQ(disputes.size(), 1u);
  EXPECT_THAT(disputes[0].answers,
              UnorderedElementsAre(kBlue, R"({"colour":"red","tags":["a","b"],"note":"kept"})"));
}

TEST(DisputeTest, EqualAnswersStandOnceAndWhatFitsNoLabelNotAtAll) {
  const v1::Result::Answer same =
      Answer(R"({"colour":"red","tags":["b","a","b"],"note":""})", false, false);
  EXPECT_EQ(DisputesOf({ResultOf("1", Red(), same)})[0].answers.size(), 2u);
  const v1::Result::Answer prose = Answer("Surely red.", false, false);
  const v1::Result::Answer unknown = Answer(R"({"colour":"pink","tags":[]})", false, false);
  EXPECT_THAT(DisputesOf({ResultOf("1", prose, unknown)})[0].answers, ElementsAre(kBlue));
  v1::Result::Answer refused = Red();
  refused.set_refused(true);
  EXPECT_THAT(DisputesOf({ResultOf("1", refused, Right())})[0].answers, ElementsAre(kBlue));
}

TEST(DisputeTest, RepeatsOfAnExampleAreOneDispute) {
  const v1::Result::Answer green = Answer(R"({"colour":"green","tags":["a","b"]})", false, true);
  const auto disputes = DisputesOf({ResultOf("1", Right(), Red()), ResultOf("1", Right(), green)});
  ASSERT_EQ(disputes.size(), 1u);
  EXPECT_EQ(disputes[0].answers.size(), 3u);
}

// Whoever knows one place must not know the next.
TEST(DisputeTest, OrderAndPlacesAreDrawnByTheSeed) {
  std::vector<v1::Result> results;
  for (int i = 100; i < 200; ++i) results.push_back(ResultOf(std::to_string(i), Red(), Right()));
  const auto one = DisputesOf(results), again = DisputesOf(results), other = DisputesOf(results, 2);
  const auto order = [](const std::vector<Dispute>& disputes) {
    std::vector<std::string> ids;
    for (const Dispute& dispute : disputes) ids.push_back(dispute.example);
    return ids;
  };
  EXPECT_EQ(order(one), order(again));
  EXPECT_NE(order(one), order(other));
  EXPECT_FALSE(std::is_sorted(one.begin(), one.end(),
                              [](const auto& a, const auto& b) { return a.example < b.example; }));
  const auto first = std::count_if(one.begin(), one.end(),
                                   [](const Dispute& each) { return each.answers[0] == kBlue; });
  EXPECT_GT(first, 30);
  EXPECT_LT(first, 70);
}

// --- files ---

class DisputeFileTest : public testing::TestWithParam<DisputeFormat> {};

TEST_P(DisputeFileTest, WhatIsWrittenIsRead) {
  const std::vector<Dispute> written = {
      {.example = "0000012", .query = "=1+1\t\"quoted\"\nand ñ", .answers = {kBlue, "{\"a\":1}"}},
      {.example = "0000002", .query = "'-", .answers = {kBlue}, .right = "#1"}};
  const std::string bytes = WriteDisputes(written, GetParam(), /*bare_text=*/false);
  Faults faults;
  const auto read = ReadDisputes("\xEF\xBB\xBF" + bytes, GetParam(), faults);
  EXPECT_THAT(faults, IsEmpty());
  ASSERT_EQ(read.size(), 2u);
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].example, written[i].example);
    EXPECT_EQ(read[i].query, written[i].query);
    EXPECT_EQ(read[i].answers, written[i].answers);
    EXPECT_EQ(read[i].right, written[i].right);
  }
  EXPECT_GT(read[1].line, read[0].line);
}

INSTANTIATE_TEST_SUITE_P(Formats, DisputeFileTest,
                         testing::Values(DisputeFormat::kJsonLines, DisputeFormat::kTable));

TEST(DisputeFilesTest, TablesNeedNoFormulaAndSayTheirColumns) {
  const std::string table =
      WriteDisputes({{.example = "1", .query = "=HYPERLINK()", .answers = {"A", "B"}}},
                    DisputeFormat::kTable, true);
  EXPECT_EQ(table, "example\tquery\tanswer #1\tanswer #2\tright\n1\t'=HYPERLINK()\tA\tB\t\n");
}

TEST(DisputeFilesTest, AnswersInFullMayBeWrittenAsJson) {
  Faults faults;
  const auto read =
      ReadDisputes(R"({"example":7,"query":"q","answers":[{"a":1}],"right":{"colour":"red"}})",
                   DisputeFormat::kJsonLines, faults);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].example, "7");
  EXPECT_EQ(read[0].right, R"({"colour":"red"})");
}

TEST(DisputeFilesTest, WhatCannotBeReadIsNamedByItsLine) {
  Faults faults;
  EXPECT_EQ(ReadDisputes("{}\n\nnonsense\n[1]\n", DisputeFormat::kJsonLines, faults).size(), 1u);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].first, "line 3");
  EXPECT_EQ(faults[1].first, "line 4");
  faults.clear();
  EXPECT_THAT(ReadDisputes("a\tb\n1\t2\n", DisputeFormat::kTable, faults), IsEmpty());
  EXPECT_THAT(faults[0].second, HasSubstr("columns example, query and right"));
  faults.clear();
  ReadDisputes("example\tquery\tright\n1\t\"open\n", DisputeFormat::kTable, faults);
  EXPECT_THAT(faults[0].second, HasSubstr("quote is opened"));
}

TEST(DisputeFilesTest, EndingSaysTheFormat) {
  EXPECT_EQ(*DisputeFormatOf("-o", "x.tsv"), DisputeFormat::kTable);
  EXPECT_EQ(*DisputeFormatOf("-o", "x.jsonl"), DisputeFormat::kJsonLines);
  EXPECT_FALSE(DisputeFormatOf("-o", "x.xlsx").ok());
}

// --- relabelling ---

class RelabelTest : public testing::Test {
 protected:
  Relabelled Make(const std::vector<Dispute>& rulings) {
    auto relabelled = Relabel(ColourTask(), jsonl_, rulings, faults_);
    EXPECT_TRUE(relabelled.ok()) << relabelled.status();
    return *relabelled;
  }
  static Dispute Ruling(const std::string& example, const std::string& right) {
    return {.example = example,
            .query = "query " + std::to_string(std::stoi(example)),
            .answers = {kBlue, R"({"colour":"red","tags":["a","b"],"note":"kept"})"},
            .right = right,
            .line = 2};
  }

  const std::string jsonl_ = [] {
    std::string lines;
    for (int i = 1; i <= 3; ++i) {
      lines += datasets::WriteExample("system", "query " + std::to_string(i), kBlue,
                                      {{"family", "f" + std::to_string(i)}}) +
               "\n";
    }
    return lines;
  }();
  Faults faults_;
};

TEST_F(RelabelTest, ChoiceChangesTheLabelAndNothingElse) {
  const Relabelled made = Make({Ruling("0000002", "#2")});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(made.changed, 1);
  const auto before = *datasets::ReadExamples(jsonl_), after = *datasets::ReadExamples(made.jsonl);
  ASSERT_EQ(after.size(), 3u);
  EXPECT_EQ(after[1].expected, R"({"colour":"red","tags":["a","b"],"note":"kept"})");
  EXPECT_EQ(after[1].query, before[1].query);
  EXPECT_EQ(after[1].system, "system");
  EXPECT_EQ(after[1].slices, before[1].slices);
  EXPECT_EQ(after[0].expected, before[0].expected);
  EXPECT_EQ(made.jsonl.substr(0, 40), jsonl_.substr(0, 40));
}

TEST_F(RelabelTest, AnswerInFullIsTakenAndTheOldOneConfirmsIt) {
  const Relabelled made =
      Make({Ruling("1", R"({"colour":"green","tags":[],"note":""})"), Ruling("2", "#1"),
            Ruling("3", R"({"tags":["b","a"],"note":"kept","colour":"blue"})")});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(made.changed, 1);
  EXPECT_EQ(made.confirmed, 2);
  EXPECT_THAT(made.jsonl, HasSubstr("green"));
}

TEST_F(RelabelTest, WhatIsLeftEmptyKeepsItsLabel) {
  const Relabelled made = Make({Ruling("1", "")});
  EXPECT_EQ(made.open, 1);
  EXPECT_EQ(made.jsonl, jsonl_);
}

TEST_F(RelabelTest, EveryFaultIsToldWithItsLineAndRemedy) {
  std::vector<Dispute> rulings = {Ruling("1", "#3"), Ruling("2", "pink"), Ruling("9", "#1"),
                                  Ruling("0000003", "#1"), Ruling("3", "#2")};
  rulings.push_back({.example = "x", .query = "query 1", .line = 8});
  rulings.push_back({.example = "0", .query = "query 1", .line = 9});
  Make(rulings);
  std::string all;
  for (const auto& [where, what] : faults_) all += where + ": " + what + "\n";
  EXPECT_EQ(faults_.size(), 6u) << all;
  EXPECT_THAT(all, HasSubstr("line 2: '#3' is neither #1 to #2 nor an answer of the task"));
  EXPECT_THAT(all, HasSubstr("line 2: 'pink' is neither"));
  EXPECT_THAT(all, HasSubstr("the dataset has no example 9; it has 3"));
  EXPECT_THAT(all, HasSubstr("example 3 stands in line 2 already"));
  EXPECT_THAT(all, HasSubstr("line 8: 'x' is no example's number"));
}

TEST_F(RelabelTest, AnotherDatasetsQuestionsAreRefused) {
  Dispute ruling = Ruling("1", "#1");
  ruling.query = "something else";
  const Relabelled made = Make({ruling});
  ASSERT_EQ(faults_.size(), 1u);
  EXPECT_THAT(faults_[0].second, HasSubstr("example 1 of the dataset asks otherwise ('query 1')"));
  EXPECT_THAT(made.jsonl, Not(HasSubstr("red")));
}

}  // namespace
}  // namespace tunegate::cli
