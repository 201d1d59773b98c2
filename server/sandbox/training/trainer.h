// Trainer: one fine-tuning run as OpenAI counts it: epochs of steps of `batch_size` examples, with
// losses and accuracies that are measured on the data when they are reported.
//
// fastText starts from nothing where a language model starts from much, so an epoch here goes over
// the data kPassesPerEpoch times, a step being that many passes over its share. Its updates are for
// one example each: batch_size groups them into steps, and does not average them.
#ifndef TUNEGATE_SERVER_SANDBOX_TRAINING_TRAINER_H_
#define TUNEGATE_SERVER_SANDBOX_TRAINING_TRAINER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "server/sandbox/training/chat_lines.h"
#include "server/sandbox/training/classifier.h"

namespace tunegate::sandbox {

inline constexpr int kPassesPerEpoch = 20;
// The learning rate that multiplier 1 stands for; it falls to 0 over the run.
inline constexpr double kBaseLearningRate = 0.5;

struct TrainingPlan {
  int epochs = 3;
  int batch_size = 1;
  double learning_rate_multiplier = 2;
  int32_t seed = 0;
};

// Not thread-safe. The same examples and plan give the same model.
class Trainer {
 public:
  // `training` holds at least one example.
  static absl::StatusOr<Trainer> Create(const std::vector<Example>& training,
                                        const std::vector<Example>& validation,
                                        const TrainingPlan& plan);

  int total_steps() const { return steps_per_epoch_ * plan_.epochs; }
  int steps_per_epoch() const { return steps_per_epoch_; }
  int step() const { return step_; }  // how many are done
  bool done() const { return step_ == total_steps(); }

  // Does the next step: the loss of its updates, and the share of fields that the model had right
  // on its examples before it. INVALID_ARGUMENT, reason training_diverged, when the learning rate
  // is too high.
  absl::StatusOr<Classifier::Score> Step();

  // Means over the whole validation set, or over a few examples of it that change with the step.
  // nullopt without validation data.
  std::optional<Classifier::Score> FullValidation() const;
  std::optional<Classifier::Score> BriefValidation() const;

  const Classifier& classifier() const { return classifier_; }

 private:
  Trainer(Classifier classifier, const TrainingPlan& plan)
      : classifier_(std::move(classifier)),
        plan_(plan),
        random_(static_cast<uint64_t>(plan.seed), "order") {}
  size_t NextExample();

  Classifier classifier_;
  TrainingPlan plan_;
  Random random_;
  std::vector<Classifier::Prepared> training_;
  std::vector<Classifier::Prepared> validation_;
  std::vector<size_t> order_;  // of one pass
  size_t position_ = 0;        // in order_
  int64_t updates_ = 0;
  int64_t total_updates_ = 0;
  int steps_per_epoch_ = 0;
  int step_ = 0;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TRAINING_TRAINER_H_
