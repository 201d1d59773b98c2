#include "server/decisions/forecast.h"

#include <cmath>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Policy ImprovementOnly() {
  v1::Policy policy = DefaultPolicy();
  policy.mutable_criteria()->DeleteSubrange(1, policy.criteria_size() - 1);
  return policy;
}

v1::Forecast ForecastOf(const ForecastInput& input) {
  const auto forecast = ForecastDecision(input);
  EXPECT_TRUE(forecast.ok()) << forecast.status();
  return *forecast;
}

std::vector<std::string> FaultsOf(ForecastInput input) {
  input.policy = DefaultPolicy();
  std::vector<std::string> fields;
  for (const auto& [field, fault] : DetailsOf(ForecastDecision(input).status()).field_violations) {
    fields.push_back(field);
  }
  return fields;
}

// The operating characteristics of the rule (target 10 points, losses 5 %), which follow from an
// enumeration made apart: GO .54 at n = 100 and a true gain of 10, .00 at 0, .87 at 15.
// The baseline is low, so that its errors do not limit the gains.
TEST(ForecastTest, ReproducesTheOperatingCharacteristics) {
  const auto at = [](double gain, int64_t n) {
    return ForecastOf({.policy = ImprovementOnly(),
                       .baseline_accuracy = 0.5,
                       .gain = gain,
                       .discordance = gain + 0.10,
                       .example_count = n});
  };
  EXPECT_NEAR(at(0.10, 100).go_probability(), 0.54, 0.006);
  EXPECT_NEAR(at(0.10, 100).no_go_probability(), 0.02, 0.006);
  EXPECT_NEAR(at(0.00, 100).go_probability(), 0.00, 0.006);
  EXPECT_NEAR(at(0.00, 100).no_go_probability(), 0.82, 0.006);
  EXPECT_NEAR(at(0.15, 100).go_probability(), 0.87, 0.006);
  EXPECT_NEAR(at(0.05, 200).no_go_probability(), 0.42, 0.006);
  EXPECT_NEAR(at(0.15, 400).go_probability(), 0.98, 0.006);
}

TEST(ForecastTest, TheThreeChancesAreAllThereIs) {
  const v1::Forecast forecast =
      ForecastOf({.policy = DefaultPolicy(), .baseline_accuracy = 0.69, .example_count = 100});
  EXPECT_NEAR(forecast.go_probability() + forecast.no_go_probability() +
                  forecast.inconclusive_probability(),
              1, 1e-5);
  EXPECT_DOUBLE_EQ(forecast.expected_gain(), 0.10);  // the target
  EXPECT_NEAR(forecast.discordance(), 0.20, 1e-9);
}

TEST(ForecastTest, SaysItInWords) {
  const v1::Forecast forecast = ForecastOf(
      {.policy = ImprovementOnly(), .baseline_accuracy = 0.69, .gain = 0.10, .example_count = 100});
  EXPECT_THAT(forecast.explanation(), HasSubstr("a true gain of 10 points ends in GO 54 of 100 "
                                                "times at n = 100"));
  EXPECT_THAT(forecast.explanation(), HasSubstr("no number of examples makes it 80 of 100"));
  EXPECT_FALSE(forecast.has_examples_for_80_percent());
  EXPECT_GT(forecast.minimum_detectable_gain(), 0.10);
  EXPECT_LT(forecast.minimum_detectable_gain(), 0.15);
}

TEST(ForecastTest, ABaselineWithoutRoomIsInfeasible) {
  const v1::Forecast forecast =
      ForecastOf({.policy = DefaultPolicy(), .baseline_accuracy = 0.95, .example_count = 100});
  EXPECT_TRUE(forecast.infeasible());
  EXPECT_DOUBLE_EQ(forecast.no_go_probability(), 1);
  EXPECT_THAT(forecast.explanation(), HasSubstr("wrong on about 5 of 100 examples, and the target "
                                                "of 10 points needs 10"));
  // 90 of 100 leaves exactly enough.
  EXPECT_FALSE(
      ForecastOf({.policy = DefaultPolicy(), .baseline_accuracy = 0.9, .example_count = 100})
          .infeasible());
}

TEST(ForecastTest, AbsoluteAccuracyCountsToo) {
  ForecastInput input{
      .policy = ImprovementOnly(), .baseline_accuracy = 0.5, .gain = 0.2, .example_count = 100};
  EXPECT_GT(ForecastOf(input).go_probability(), 0.9);
  input.policy = DefaultPolicy();  // 70 % does not reach 85 %
  EXPECT_LT(ForecastOf(input).go_probability(), 0.01);
}

TEST(ForecastTest, FewerThanTheLeastExamplesNeverGiveGo) {
  const v1::Forecast forecast = ForecastOf(
      {.policy = ImprovementOnly(), .baseline_accuracy = 0.5, .gain = 0.3, .example_count = 40});
  EXPECT_DOUBLE_EQ(forecast.go_probability(), 0);
  EXPECT_THAT(forecast.explanation(), HasSubstr("no GO below 50 examples"));
  EXPECT_GE(forecast.examples_for_80_percent(), 50);
}

TEST(ForecastTest, APolicyWithoutAccuracyCannotBeForecast) {
  v1::Policy policy = DefaultPolicy();
  policy.mutable_criteria()->DeleteSubrange(0, 2);
  const v1::Forecast forecast =
      ForecastOf({.policy = policy, .baseline_accuracy = 0.5, .example_count = 100});
  EXPECT_DOUBLE_EQ(forecast.inconclusive_probability(), 1);
  EXPECT_THAT(forecast.explanation(), HasSubstr("nothing can be forecast"));
}

TEST(ForecastTest, OnlyAnAccuracyFloorIsForecastByItself) {
  v1::Policy policy = DefaultPolicy();
  policy.mutable_criteria()->DeleteSubrange(0, 1);
  const v1::Forecast forecast = ForecastOf({.policy = policy,
                                            .baseline_accuracy = 0.95,
                                            .gain = 0.0,
                                            .discordance = 0.02,
                                            .example_count = 200});
  EXPECT_FALSE(forecast.infeasible());
  EXPECT_GT(forecast.go_probability(), 0.99);
}

TEST(ForecastTest, SaysWhatItLeavesOut) {
  ForecastInput input{.policy = ImprovementOnly(), .baseline_accuracy = 0.69, .example_count = 100};
  EXPECT_THAT(ForecastOf(input).explanation(), HasSubstr("a family are alike, they show less"));
  EXPECT_THAT(ForecastOf(input).explanation(), Not(HasSubstr("Tango")));
  input.policy.set_cluster_key("none");
  input.policy.set_interval(v1::Policy::INTERVAL_NEWCOMBE);
  EXPECT_THAT(ForecastOf(input).explanation(), Not(HasSubstr("family")));
  EXPECT_THAT(ForecastOf(input).explanation(), HasSubstr("from which newcombe10 differs little"));
}

// As the decision would say: a relative gain over nothing is open, and of no errors none can go.
TEST(ForecastTest, ZeroDenominatorsAreDefined) {
  v1::Policy relative = ImprovementOnly();
  relative.mutable_criteria(0)->mutable_improvement()->set_basis(v1::Policy::BASIS_RELATIVE);
  const v1::Forecast nothing =
      ForecastOf({.policy = relative, .baseline_accuracy = 0, .gain = 0.5, .example_count = 100});
  EXPECT_EQ(nothing.inconclusive_probability(), 1);
  EXPECT_THAT(nothing.explanation(), HasSubstr("relative to 0 % has no value"));
  v1::Policy errors = ImprovementOnly();
  errors.mutable_criteria(0)->mutable_improvement()->set_basis(v1::Policy::BASIS_ERROR_REDUCTION);
  const v1::Forecast perfect =
      ForecastOf({.policy = errors, .baseline_accuracy = 1, .gain = 0.0, .example_count = 100});
  EXPECT_TRUE(perfect.infeasible());
  EXPECT_EQ(perfect.no_go_probability(), 1);
}

TEST(ForecastTest, FiguresThatCannotBeAreNamed) {
  EXPECT_THAT(FaultsOf({.baseline_accuracy = NAN, .example_count = 100}),
              ElementsAre("baseline_accuracy"));
  EXPECT_THAT(FaultsOf({.baseline_accuracy = -0.1, .gain = 2.0, .example_count = 0}),
              ElementsAre("baseline_accuracy", "expected_gain", "example_count"));
  EXPECT_THAT(
      FaultsOf({.baseline_accuracy = 0.5, .gain = 0.2, .discordance = 0.1, .example_count = 10}),
      ElementsAre("discordance"));
  EXPECT_THAT(FaultsOf({.baseline_accuracy = 0.5, .discordance = NAN, .example_count = 1'000'001}),
              ElementsAre("discordance", "example_count"));
}

}  // namespace
}  // namespace tunegate::decisions
