#include "server/sandbox/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

// Questions whose first word decides, among words that do not.
std::vector<Example> Examples(int count, uint64_t seed) {
  const std::vector<std::string> deciding = {"comprar", "vender", "alquilar", "reparar"};
  const std::vector<std::string> noise = {"casa",  "coche", "piso",  "moto",
                                          "barco", "bici",  "garaje"};
  Random random(seed);
  std::vector<Example> examples;
  for (int i = 0; i < count; ++i) {
    const std::string& label = deciding[static_cast<size_t>(i) % deciding.size()];
    examples.push_back({label + " " + random.Pick(noise) + " " + random.Pick(noise), label});
  }
  return examples;
}

Classifier::Score TrainAndValidate(const TrainingPlan& plan) {
  Trainer trainer = *Trainer::Create(Examples(80, 1), Examples(40, 2), plan);
  while (!trainer.done()) EXPECT_TRUE(trainer.Step().ok());
  return *trainer.FullValidation();
}

TEST(TrainerTest, StepsCoverAllExamplesOfAllEpochs) {
  EXPECT_EQ(Trainer::Create(Examples(10, 1), {}, {3, 4, 1, 0})->total_steps(), 9);
  EXPECT_EQ(Trainer::Create(Examples(10, 1), {}, {3, 4, 1, 0})->steps_per_epoch(), 3);
  EXPECT_EQ(Trainer::Create(Examples(10, 1), {}, {1, 256, 1, 0})->total_steps(), 1);
}

TEST(TrainerTest, LossFallsAndAccuracyRises) {
  Trainer trainer = *Trainer::Create(Examples(80, 1), {}, {3, 8, 2, 1});
  const Classifier::Score first = *trainer.Step();
  Classifier::Score last;
  while (!trainer.done()) last = *trainer.Step();
  EXPECT_LT(last.loss, first.loss / 3);
  EXPECT_EQ(last.accuracy, 1);
  EXPECT_FALSE(trainer.FullValidation().has_value());
  EXPECT_FALSE(trainer.BriefValidation().has_value());
}

TEST(TrainerTest, MoreEpochsAndAHigherRateTrainMore) {
  const Classifier::Score little = TrainAndValidate({1, 1, 0.1, 1});
  const Classifier::Score usual = TrainAndValidate({3, 1, 2, 1});
  EXPECT_LT(usual.loss, little.loss);
  EXPECT_GT(usual.accuracy, 0.9);
  EXPECT_LT(TrainAndValidate({3, 1, 0.5, 1}).loss, TrainAndValidate({1, 1, 0.5, 1}).loss);
}

TEST(TrainerTest, SeedDecidesEverything) {
  const TrainingPlan plan{2, 1, 1, 5};
  EXPECT_EQ(TrainAndValidate(plan).loss, TrainAndValidate(plan).loss);
  EXPECT_NE(TrainAndValidate(plan).loss, TrainAndValidate({2, 1, 1, 6}).loss);
}

TEST(TrainerTest, BriefValidationIsAPartOfTheFullOne) {
  Trainer trainer = *Trainer::Create(Examples(20, 1), Examples(16, 2), {1, 1, 2, 1});
  ASSERT_TRUE(trainer.Step().ok());
  EXPECT_DOUBLE_EQ(trainer.BriefValidation()->accuracy, trainer.FullValidation()->accuracy);
}

TEST(TrainerTest, DivergenceIsAnErrorThatNamesTheRemedy) {
  Trainer trainer = *Trainer::Create(Examples(20, 1), {}, {3, 1, 1e30, 1});
  absl::Status status;
  while (status.ok() && !trainer.done()) status = trainer.Step().status();
  EXPECT_EQ(DetailsOf(status).reason, "training_diverged");
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("learning_rate_multiplier"));
}

}  // namespace
}  // namespace tunegate::sandbox
