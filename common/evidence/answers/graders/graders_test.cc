#include "common/evidence/answers/graders/graders.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/evidence/answers/graders/grader_fixture.h"

namespace tunegate::graders {
namespace {

using fixture::Score;
using fixture::ScoreText;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();

TEST(ExactTest, ComparesStringsToTheByte) {
  const auto grader = NewExact();
  EXPECT_EQ(Score(*grader, "bug", "bug"), 1);
  EXPECT_EQ(Score(*grader, "bug", "Bug"), 0);
  EXPECT_EQ(Score(*grader, "bug", "bug "), 0);
}

TEST(ExactTest, ComparesNumbersAndJsonByValue) {
  const auto grader = NewExact();
  EXPECT_EQ(ScoreText(*grader, "1", "1.0"), 1);
  EXPECT_EQ(ScoreText(*grader, "1e0", "1"), 1);
  EXPECT_EQ(ScoreText(*grader, "9007199254740993", "9007199254740992"), 0) << "beyond 2^53";
  EXPECT_EQ(ScoreText(*grader, R"({"a":1,"b":[1,2]})", R"({"b":[1.0,2],"a":1})"), 1);
  EXPECT_EQ(ScoreText(*grader, R"({"a":1})", R"({"a":1,"b":2})"), 0);
  EXPECT_EQ(ScoreText(*grader, "[1,2]", "[2,1]"), 0);
  EXPECT_EQ(ScoreText(*grader, "null", "null"), 1);
  EXPECT_EQ(ScoreText(*grader, "null", "false"), 0);
}

TEST(ExactSetTest, IgnoresOrderAndRepetition) {
  const auto grader = NewExactSet();
  EXPECT_EQ(ScoreText(*grader, R"(["a","b"])", R"(["b","a","b"])"), 1);
  EXPECT_EQ(ScoreText(*grader, R"(["a","b"])", R"(["a"])"), 0);
  EXPECT_EQ(ScoreText(*grader, "[]", "[]"), 1);
}

TEST(FoldedTest, IgnoresCaseAccentsAndOuterWhiteSpace) {
  const auto grader = NewFolded();
  EXPECT_EQ(Score(*grader, "El Tejado", "  él tejado\n"), 1);
  EXPECT_EQ(Score(*grader, "jose\xCC\x81", "JOSÉ"), 1);
  EXPECT_EQ(Score(*grader, "el tejado", "el  tejado"), 0) << "white space inside counts";
}

TEST(SetF1Test, IsTheHarmonicMeanOfPrecisionAndRecall) {
  const auto grader = NewSetF1();
  // Precision 2/3, recall 2/4.
  EXPECT_DOUBLE_EQ(ScoreText(*grader, R"(["a","b","c","d"])", R"(["a","b","x"])"), 4.0 / 7);
  EXPECT_DOUBLE_EQ(ScoreText(*grader, R"(["a"])", R"(["a","a","b"])"), 2.0 / 3) << "a set";
  EXPECT_EQ(ScoreText(*grader, R"(["a"])", R"(["b"])"), 0);
  EXPECT_EQ(ScoreText(*grader, R"(["a"])", "[]"), 0);
  EXPECT_EQ(ScoreText(*grader, "[]", R"(["a"])"), 0);
  EXPECT_EQ(ScoreText(*grader, "[]", "[]"), 1);
}

TEST(NumericTest, WithoutToleranceOnlyTheSameNumberIsRight) {
  const auto grader = NewNumeric(0, 0);
  EXPECT_EQ(ScoreText(*grader, "12.5", "12.50"), 1);
  EXPECT_EQ(Score(*grader, 0.3, 0.1 + 0.2), 0);
  EXPECT_EQ(ScoreText(*grader, "9007199254740993", "9007199254740992"), 0);
}

TEST(NumericTest, EitherToleranceSuffices) {
  const auto grader = NewNumeric(0.5, 0.1);
  EXPECT_EQ(Score(*grader, 2.0, 2.5), 1) << "within the absolute one";
  EXPECT_EQ(Score(*grader, 2.0, 2.51), 0);
  EXPECT_EQ(Score(*grader, 100.0, 110.0), 1) << "within the relative one";
  EXPECT_EQ(Score(*grader, 100.0, 110.1), 0);
  EXPECT_EQ(Score(*grader, -100.0, -90.0), 1);
  EXPECT_EQ(Score(*grader, 0.0, 0.6), 0) << "nothing is relative to 0";
}

TEST(NumericTest, ADecimalFractionAtTheEdgeIsWithin) {
  EXPECT_GT(1.1 - 1.0, 0.1) << "or this test shows nothing";
  EXPECT_EQ(Score(*NewNumeric(0.1, 0), 1.0, 1.1), 1);
  EXPECT_EQ(Score(*NewNumeric(0.1, 0), 1.0, 1.1000001), 0);
  EXPECT_EQ(Score(*NewNumeric(0, 0.05), 19.9, 19.9 * 1.05), 1);
}

TEST(NumericTest, WhatIsNotFiniteIsNeverRight) {
  const auto grader = NewNumeric(kLargest, 1);
  for (const double odd : {kNaN, kInfinity, -kInfinity}) {
    EXPECT_EQ(Score(*grader, 1.0, odd), 0) << odd;
    EXPECT_EQ(Score(*grader, odd, odd), 0) << odd;
  }
}

TEST(NumericTest, HugeNumbersDoNotOverflow) {
  EXPECT_EQ(Score(*NewNumeric(1, 0), kLargest, -kLargest), 0);
  EXPECT_EQ(Score(*NewNumeric(0, 1.5), kLargest, -kLargest), 0);
  EXPECT_EQ(Score(*NewNumeric(0, 2), kLargest, -kLargest), 1);
}

TEST(JsonSubsetTest, WantsEveryMemberAtAnyDepthAndAllowsMore) {
  const auto grader = NewJsonSubset();
  constexpr char kRight[] = R"({"a":1,"b":{"c":[1,{"d":"x"}]}})";
  EXPECT_EQ(ScoreText(*grader, kRight, R"({"z":0,"b":{"c":[1,{"d":"x","e":2}],"f":3},"a":1.0})"),
            1);
  EXPECT_EQ(ScoreText(*grader, kRight, R"({"a":1,"b":{"c":[1,{"e":2}]}})"), 0);
  EXPECT_EQ(ScoreText(*grader, kRight, R"({"a":1})"), 0);
  EXPECT_EQ(ScoreText(*grader, R"({"a":null})", "{}"), 0) << "a missing member is not null";
  EXPECT_EQ(ScoreText(*grader, "{}", R"({"a":1})"), 1);
  EXPECT_EQ(ScoreText(*grader, "{}", "[]"), 0);
}

TEST(JsonSubsetTest, ElementsOfArraysKeepTheirOrder) {
  const auto grader = NewJsonSubset();
  EXPECT_EQ(ScoreText(*grader, "[1,3]", "[1,2,3]"), 1);
  EXPECT_EQ(ScoreText(*grader, "[3,1]", "[1,2,3]"), 0);
  EXPECT_EQ(ScoreText(*grader, "[1,1]", "[1]"), 0);
  EXPECT_EQ(ScoreText(*grader, "1", "[1]"), 0);
}

TEST(TextSimilarityTest, GivesWhatItsMeasureSays) {
  EXPECT_DOUBLE_EQ(Score(*NewTextSimilarity(RougeL), "a b c d", "a x c"), 4.0 / 7);
  EXPECT_DOUBLE_EQ(Score(*NewTextSimilarity(FuzzyMatch), "abcd", "abxd"), 0.75);
}

}  // namespace
}  // namespace tunegate::graders
