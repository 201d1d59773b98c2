// The generator against its authors' published sequences, and what is built on it.
#include "common/random.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "gtest/gtest.h"

namespace tunegate {
namespace {

TEST(SplitMix64Test, GivesThePublishedSequence) {
  uint64_t state = 1234567;
  for (const uint64_t expected : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                  4593380528125082431u, 16408922859458223821u}) {
    EXPECT_EQ(SplitMix64(state), expected);
  }
}

TEST(RandomTest, GivesThePublishedXoshiroSequence) {
  Random random(std::array<uint64_t, 4>{1, 2, 3, 4});
  constexpr uint64_t kPublished[] = {11520,
                                     0,
                                     1509978240,
                                     1215971899390074240,
                                     1216172134540287360,
                                     607988272756665600,
                                     16172922978634559625u,
                                     8476171486693032832,
                                     10595114339597558777u,
                                     2904607092377533576};
  for (const uint64_t expected : kPublished) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(RandomTest, SeedsItsStateBySplitMix64) {
  uint64_t seed = 42;
  std::array<uint64_t, 4> state;
  for (uint64_t& word : state) word = SplitMix64(seed);
  Random expected(state);
  Random random(42);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.Next(), expected.Next());
}

TEST(RandomTest, LabelsAndSeedsGiveDifferentStreams) {
  std::set<uint64_t> first;
  for (const uint64_t seed : {1, 2, 3}) {
    first.insert(Random(seed).Next());
    for (const char* label : {"", "a", "b", "train", "test"}) {
      first.insert(Random(seed, label).Next());
    }
  }
  EXPECT_EQ(first.size(), 3u * 6u);
}

TEST(RandomTest, SameSeedAndLabelGiveTheSameStream) {
  Random a(7, "train");
  Random b(7, "train");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.Next(), b.Next());
}

TEST(RandomTest, BelowIsUniform) {
  Random random(1);
  constexpr int kDraws = 70'000;
  std::array<int, 7> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.Below(7));
  // Chi-squared, 6 degrees of freedom: 22.5 is exceeded once in a thousand seeds; this one is
  // fixed.
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 1e4) * (count - 1e4) / 1e4;
  EXPECT_LT(chi_squared, 22.5);
}

TEST(RandomTest, BelowStaysBelowAtTheExtremes) {
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(random.Below(1), 0u);
    EXPECT_LT(random.Below((uint64_t{1} << 63) + 1), (uint64_t{1} << 63) + 1);
  }
}

TEST(RandomTest, UniformLiesInTheUnitIntervalAroundAHalf) {
  Random random(3);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double u = random.Uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(RandomTest, ChanceHonoursCertainties) {
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(random.Chance(0));
    EXPECT_TRUE(random.Chance(1));
  }
}

TEST(RandomTest, ShuffleKeepsItemsAndMovesThem) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  const std::vector<int> sorted = items;
  Random(5).Shuffle(items);
  EXPECT_NE(items, sorted);
  EXPECT_TRUE(std::is_permutation(items.begin(), items.end(), sorted.begin()));
}

TEST(RandomTest, PickReachesEveryItem) {
  Random random(6);
  const std::vector<int> items = {1, 2, 3};
  std::set<int> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.Pick(items));
  EXPECT_EQ(seen.size(), 3u);
}

}  // namespace
}  // namespace tunegate
