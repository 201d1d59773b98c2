#include "server/datasets/product_intent/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/datasets/leakage.h"
#include "server/datasets/product_intent/family.h"
#include "server/datasets/quota.h"

namespace tunegate::datasets::product_intent {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::map<std::string, int> Intents(const std::vector<GeneratedExample>& examples) {
  std::map<std::string, int> counts;
  for (const GeneratedExample& example : examples) ++counts[example.answer.intent_type];
  return counts;
}

std::map<std::string, int> Tiers(const std::vector<GeneratedExample>& examples) {
  std::map<std::string, int> counts;
  for (const GeneratedExample& example : examples) ++counts[example.answer.budget_tier];
  return counts;
}

std::map<std::string, int> Slice(const std::vector<GeneratedExample>& examples,
                                 const std::string& key) {
  std::map<std::string, int> counts;
  for (const GeneratedExample& example : examples) ++counts[example.slices.at(key)];
  return counts;
}

TEST(Generator, DefaultsAreTheGuidesNumbers) {
  const auto generated = Generate({}, 1);
  ASSERT_TRUE(generated.ok()) << generated.status();
  EXPECT_EQ(generated->train.size(), 400u);
  EXPECT_EQ(generated->validation.size(), 60u);
  EXPECT_EQ(generated->test.size(), 100u);
  EXPECT_THAT(
      Intents(generated->train),
      UnorderedElementsAre(Pair("GIFT", 180), Pair("PERSONAL_USE", 100), Pair("BUSINESS", 40),
                           Pair("COMPARISON", 40), Pair("URGENT", 40)));
  EXPECT_THAT(Tiers(generated->train),
              UnorderedElementsAre(Pair("mid_range", 200), Pair("economic", 80),
                                   Pair("premium", 80), Pair("unspecified", 40)));
  for (const auto& [intent, count] : Intents(generated->test)) EXPECT_EQ(count, 20) << intent;
}

TEST(Generator, QuotasAreExactForAnyCountAndSeed) {
  for (const int count : {10, 11, 37, 101, 399, 401}) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const auto generated = Generate({count, 10 + count % 7, count}, seed);
      ASSERT_TRUE(generated.ok()) << generated.status();
      for (const auto* split : {&generated->train, &generated->validation}) {
        const int size = static_cast<int>(split->size());
        const std::vector<int> intents = LargestRemainder(size, {45, 25, 10, 10, 10});
        const std::vector<int> tiers = LargestRemainder(size, {50, 20, 20, 10});
        auto by_intent = Intents(*split);
        auto by_tier = Tiers(*split);
        for (size_t i = 0; i < kIntents.size(); ++i) {
          ASSERT_EQ(by_intent[IntentLabel(kIntents[i])], intents[i]) << count << " seed " << seed;
        }
        for (size_t i = 0; i < kTiers.size(); ++i) {
          ASSERT_EQ(by_tier[TierLabel(kTiers[i])], tiers[i]) << count << " seed " << seed;
        }
      }
      ASSERT_EQ(generated->test.size(), static_cast<size_t>(count));
    }
  }
}

TEST(Generator, NoQueryStandsTwiceInAnySpelling) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const auto generated = Generate({}, seed);
    ASSERT_TRUE(generated.ok());
    std::set<uint64_t> seen;
    for (const auto* split : {&generated->train, &generated->validation, &generated->test}) {
      for (const GeneratedExample& example : *split) {
        EXPECT_TRUE(seen.insert(DigestQuery(example.query)).second) << example.query;
      }
    }
  }
}

TEST(Generator, TestFamiliesAreUnknownToTrainingAndOfEqualSize) {
  const auto generated = Generate({}, 4);
  ASSERT_TRUE(generated.ok());
  const auto train = Slice(generated->train, "family");
  const auto test = Slice(generated->test, "family");
  EXPECT_GE(train.size(), 60u);
  EXPECT_EQ(test.size(), 50u);
  for (const auto& [family, count] : test) {
    EXPECT_EQ(count, 2) << family;
    EXPECT_FALSE(train.contains(family)) << family;
  }
  for (const auto& [family, count] : Slice(generated->validation, "family")) {
    EXPECT_FALSE(test.contains(family)) << family;
  }
}

TEST(Generator, OtherTestCountsChooseFamiliesThatDivideThem) {
  const std::map<int, std::pair<size_t, int>> families_and_size = {
      {40, {40, 1}}, {45, {45, 1}}, {80, {40, 2}}, {90, {45, 2}}, {120, {40, 3}}, {1300, {50, 26}}};
  for (const auto& [count, expected] : families_and_size) {
    const auto generated = Generate({10, 10, count}, 2);
    ASSERT_TRUE(generated.ok()) << generated.status();
    const auto families = Slice(generated->test, "family");
    EXPECT_EQ(families.size(), expected.first) << count;
    for (const auto& [family, size] : families) EXPECT_EQ(size, expected.second) << family;
  }
}

TEST(Generator, TestHasEdgeAndAmbiguousCasesAndEveryNoise) {
  const auto generated = Generate({}, 1);
  ASSERT_TRUE(generated.ok());
  const auto cases = Slice(generated->test, "case");
  EXPECT_THAT(cases,
              ElementsAre(Pair("ambiguous", ::testing::Ge(10)), Pair("edge", ::testing::Ge(10)),
                          Pair("plain", ::testing::Ge(60))));
  const auto noises = Slice(generated->test, "noise");
  EXPECT_EQ(noises.size(), 5u);
  EXPECT_GE(noises.at("typo"), 10);
  EXPECT_EQ(Slice(generated->test, "region").size(), 3u);
}

TEST(Generator, SameSeedSameExamplesAndOtherSeedOthers) {
  const auto queries = [](const std::vector<GeneratedExample>& examples) {
    std::vector<std::string> all;
    for (const GeneratedExample& example : examples) all.push_back(example.query);
    return all;
  };
  const auto a = Generate({}, 9);
  const auto b = Generate({}, 9);
  const auto c = Generate({}, 10);
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_EQ(queries(a->train), queries(b->train));
  EXPECT_EQ(queries(a->test), queries(b->test));
  EXPECT_NE(queries(a->test), queries(c->test));
}

TEST(Generator, LargestCountsAreThere) {
  const auto generated = Generate(kMaxCounts, 3);
  ASSERT_TRUE(generated.ok()) << generated.status();
  EXPECT_EQ(generated->train.size(), static_cast<size_t>(kMaxCounts.train));
}

}  // namespace
}  // namespace tunegate::datasets::product_intent
