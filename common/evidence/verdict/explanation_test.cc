#include "common/evidence/verdict/explanation.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Decision Explained(const std::string& explanation) {
  v1::Decision decision;
  decision.set_explanation(explanation);
  auto& improvement = *decision.add_criteria();
  improvement.set_criterion_id("improvement");
  improvement.set_explanation("+8.0 points is below (p = .035). GO if 2 more were right.");
  auto& guard = *decision.add_criteria();
  guard.set_criterion_id("guard");
  guard.set_slice("noise=typo");
  guard.set_explanation("Too few.");
  return decision;
}

TEST(ExplanationTest, IsTakenApartIntoWhatDecided) {
  const v1::Decision decision = Explained(
      "It does not suffice. improvement: +8.0 points is below (p = .035). GO if 2 more were right. "
      "guard (noise=typo): Too few. This is look 2.");
  const ExplanationParts parts = TakeApart(decision);
  EXPECT_EQ(parts.opening, "It does not suffice.");
  ASSERT_EQ(parts.reasons.size(), 2u);
  EXPECT_EQ(parts.reasons[0].name, "improvement");
  EXPECT_THAT(parts.reasons[0].sentences,
              ElementsAre("+8.0 points is below (p = .035).", "GO if 2 more were right."));
  EXPECT_TRUE(SaysHowNear(parts.reasons[0].sentences[1]));
  EXPECT_TRUE(SaysHowNear("Accuracy would suffice if 4 more were right."));
  EXPECT_FALSE(SaysHowNear(parts.reasons[0].sentences[0]));
  EXPECT_EQ(parts.reasons[1].name, "guard (noise=typo)");
  EXPECT_EQ(parts.rest, "This is look 2.");
}

TEST(ExplanationTest, OtherWordsAreAllOpening) {
  const v1::Decision decision = Explained("Somebody wrote this.");
  const ExplanationParts parts = TakeApart(decision);
  EXPECT_EQ(parts.opening, "Somebody wrote this.");
  EXPECT_THAT(parts.reasons, IsEmpty());
  EXPECT_EQ(parts.rest, "");
}

TEST(ExplanationTest, FiguresDoNotEndASentence) {
  EXPECT_THAT(Sentences("p = .035, x 1. 2 and 3. Then. More"),
              ElementsAre("p = .035, x 1. 2 and 3.", "Then.", "More"));
  EXPECT_THAT(Sentences(""), IsEmpty());
}

}  // namespace
}  // namespace tunegate::decisions
