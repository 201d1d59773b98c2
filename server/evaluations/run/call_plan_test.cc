#include "server/evaluations/run/call_plan.h"

#include <set>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using Key = std::tuple<size_t, int, int>;

Key KeyOf(const PlannedCall& call) { return {call.example, call.repeat, call.arm}; }

TEST(CallPlanTest, AsksEveryExampleOfEveryArmAsOftenAsWanted) {
  const CallPlan plan(50, 3, /*has_candidate=*/true, 7);
  ASSERT_EQ(plan.size(), 300u);
  std::set<Key> seen;
  for (size_t i = 0; i < plan.size(); ++i) seen.insert(KeyOf(plan.At(i)));
  EXPECT_EQ(seen.size(), 300u);
}

TEST(CallPlanTest, ArmsOfAPairAreNeighboursInRandomOrder) {
  const CallPlan plan(400, 1, /*has_candidate=*/true, 7);
  int candidate_first = 0;
  for (size_t i = 0; i < plan.size(); i += 2) {
    EXPECT_EQ(plan.At(i).example, plan.At(i + 1).example);
    EXPECT_EQ(plan.At(i).repeat, plan.At(i + 1).repeat);
    EXPECT_NE(plan.At(i).arm, plan.At(i + 1).arm);
    candidate_first += plan.At(i).arm == kCandidate ? 1 : 0;
  }
  // Five standard deviations about one half.
  EXPECT_GT(candidate_first, 150);
  EXPECT_LT(candidate_first, 250);
}

TEST(CallPlanTest, TheOrderFollowsFromTheSeedAlone) {
  const CallPlan one(100, 2, true, 42), same(100, 2, true, 42), other(100, 2, true, 43);
  int different = 0;
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(KeyOf(one.At(i)), KeyOf(same.At(i)));
    different += KeyOf(one.At(i)) != KeyOf(other.At(i)) ? 1 : 0;
  }
  EXPECT_GT(different, 300);
}

TEST(CallPlanTest, RepeatsArePassesInDifferentOrder) {
  const CallPlan plan(100, 2, /*has_candidate=*/false, 1);
  bool same_order = true;
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(plan.At(i).repeat, 0);
    EXPECT_EQ(plan.At(100 + i).repeat, 1);
    same_order = same_order && plan.At(i).example == plan.At(100 + i).example;
  }
  EXPECT_FALSE(same_order);
}

TEST(CallPlanTest, SequenceOfFindsEveryCallAgain) {
  for (const bool has_candidate : {false, true}) {
    const CallPlan plan(30, 4, has_candidate, 9);
    for (size_t i = 0; i < plan.size(); ++i) EXPECT_EQ(plan.SequenceOf(plan.At(i)), i);
  }
}

TEST(CallPlanTest, ContainsOnlyWhatIsAsked) {
  const CallPlan baseline_only(3, 2, /*has_candidate=*/false, 1);
  EXPECT_TRUE(baseline_only.Contains({2, 1, kBaseline}));
  EXPECT_FALSE(baseline_only.Contains({2, 1, kCandidate}));
  EXPECT_FALSE(baseline_only.Contains({3, 0, kBaseline}));
  EXPECT_FALSE(baseline_only.Contains({0, 2, kBaseline}));
  EXPECT_FALSE(baseline_only.Contains({0, -1, kBaseline}));
  EXPECT_FALSE(baseline_only.Contains({0, 0, store::v1::CallRecord::ARM_UNSPECIFIED}));
}

TEST(CallPlanTest, OfNothingIsEmpty) { EXPECT_EQ(CallPlan(0, 1, true, 1).size(), 0u); }

}  // namespace
}  // namespace tunegate::evaluations
