#include "common/statistics/classification.h"

#include <gtest/gtest.h>

namespace tunegate::stats {
namespace {

// By hand. Truth by answer, last column "other":
//        A  B  C  other
//   A    8  1  0  1
//   B    2  3  0  0
//   C    0  0  0  0      absent, though nothing answers it either
ConfusionMatrix Example() {
  ConfusionMatrix matrix(3);
  matrix.Add(0, 0, 8);
  matrix.Add(0, 1);
  matrix.Add(0, 99);  // not a class
  matrix.Add(1, 0, 2);
  matrix.Add(1, 1, 3);
  return matrix;
}

TEST(Classification, FiguresEqualThoseByHand) {
  const ClassificationFigures figures = FiguresOf(Example());
  EXPECT_EQ(figures.total, 15);
  EXPECT_EQ(figures.right, 11);
  EXPECT_DOUBLE_EQ(*figures.accuracy, 11.0 / 15);
  EXPECT_EQ(figures.classes[0].support, 10);
  EXPECT_EQ(figures.classes[0].answered, 10);
  EXPECT_DOUBLE_EQ(*figures.classes[0].precision, 0.8);
  EXPECT_DOUBLE_EQ(*figures.classes[0].recall, 0.8);
  EXPECT_DOUBLE_EQ(*figures.classes[0].f1, 0.8);
  EXPECT_DOUBLE_EQ(*figures.classes[1].precision, 0.75);
  EXPECT_DOUBLE_EQ(*figures.classes[1].recall, 0.6);
  EXPECT_DOUBLE_EQ(*figures.classes[1].f1, 2.0 / 3);
}

TEST(Classification, AbsentClassesHaveNoValueAndStayOutOfMacroF1) {
  const ClassificationFigures figures = FiguresOf(Example());
  EXPECT_EQ(figures.classes[2].support, 0);
  EXPECT_FALSE(figures.classes[2].precision.has_value());
  EXPECT_FALSE(figures.classes[2].recall.has_value());
  EXPECT_FALSE(figures.classes[2].f1.has_value());
  EXPECT_DOUBLE_EQ(*figures.macro_f1, (0.8 + 2.0 / 3) / 2);
}

TEST(Classification, AbsentButAnsweredClassStaysAbsent) {
  ConfusionMatrix matrix(2);
  matrix.Add(0, 1, 4);
  const ClassificationFigures figures = FiguresOf(matrix);
  EXPECT_FALSE(figures.classes[1].f1.has_value());
  EXPECT_EQ(figures.classes[1].answered, 4);
  EXPECT_EQ(*figures.macro_f1, 0);
}

TEST(Classification, NeverAnsweredClassHasNoPrecisionAndZeroF1) {
  ConfusionMatrix matrix(2);
  matrix.Add(0, 0, 5);
  matrix.Add(1, 0, 5);
  const ClassFigures never = FiguresOf(matrix).classes[1];
  EXPECT_FALSE(never.precision.has_value());
  EXPECT_EQ(*never.recall, 0);
  EXPECT_EQ(*never.f1, 0);
}

TEST(Classification, OneClassAllRightIsPerfect) {
  ConfusionMatrix matrix(1);
  matrix.Add(0, 0, 7);
  EXPECT_EQ(*FiguresOf(matrix).macro_f1, 1);
  EXPECT_EQ(*FiguresOf(matrix).accuracy, 1);
}

TEST(Classification, NoExamplesHaveNoFigures) {
  EXPECT_FALSE(FiguresOf(ConfusionMatrix(0)).accuracy.has_value());
  EXPECT_FALSE(FiguresOf(ConfusionMatrix(3)).macro_f1.has_value());
}

TEST(Classification, CountsAreRowMajorWithOtherLast) {
  const ConfusionMatrix matrix = Example();
  EXPECT_EQ(matrix.counts(), (std::vector<int64_t>{8, 1, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0}));
}

TEST(Classification, TruthBeyondTheClassesIsLeftOut) {
  ConfusionMatrix matrix(2);
  matrix.Add(2, 0);
  EXPECT_EQ(FiguresOf(matrix).total, 0);
}

}  // namespace
}  // namespace tunegate::stats
