#include "server/sandbox/training/trainer.h"

#include <algorithm>
#include <numeric>

#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kBriefExamples = 16;

}  // namespace

absl::StatusOr<Trainer> Trainer::Create(const std::vector<Example>& training,
                                        const std::vector<Example>& validation,
                                        const TrainingPlan& plan) {
  TG_ASSIGN_OR_RETURN(Classifier classifier, Classifier::Create(training, plan.seed));
  Trainer trainer(std::move(classifier), plan);
  for (const Example& example : training) {
    trainer.training_.push_back(trainer.classifier_.Prepare(example));
  }
  for (const Example& example : validation) {
    trainer.validation_.push_back(trainer.classifier_.Prepare(example));
  }
  const int examples = static_cast<int>(training.size());
  trainer.steps_per_epoch_ = (examples + plan.batch_size - 1) / plan.batch_size;
  trainer.total_updates_ = int64_t{examples} * kPassesPerEpoch * plan.epochs;
  trainer.order_.resize(training.size());
  std::iota(trainer.order_.begin(), trainer.order_.end(), size_t{0});
  trainer.position_ = trainer.order_.size();  // so that the first pass is shuffled too
  return trainer;
}

size_t Trainer::NextExample() {
  if (position_ == order_.size()) {
    random_.Shuffle(order_);
    position_ = 0;
  }
  return order_[position_++];
}

absl::StatusOr<Classifier::Score> Trainer::Step() {
  ++step_;
  // The last step of an epoch is shorter when the batch does not divide the data.
  const int64_t due = total_updates_ / plan_.epochs * (step_ / steps_per_epoch_) +
                      int64_t{step_ % steps_per_epoch_} * plan_.batch_size * kPassesPerEpoch;
  const double base = kBaseLearningRate * plan_.learning_rate_multiplier;
  Classifier::Score sum;
  int count = 0;
  for (; updates_ < due; ++updates_, ++count) {
    const Classifier::Prepared& example = training_[NextExample()];
    if (count < plan_.batch_size) sum.accuracy += classifier_.Judge(example).accuracy;
    const double progress = static_cast<double>(updates_) / static_cast<double>(total_updates_);
    TG_ASSIGN_OR_RETURN(const double loss, classifier_.Learn(example, base * (1 - progress)));
    sum.loss += loss;
  }
  sum.loss /= std::max(count, 1);
  sum.accuracy /= std::clamp(count, 1, plan_.batch_size);
  return sum;
}

std::optional<Classifier::Score> Trainer::FullValidation() const {
  if (validation_.empty()) return std::nullopt;
  Classifier::Score sum;
  for (const Classifier::Prepared& example : validation_) sum += classifier_.Judge(example);
  return sum / validation_.size();
}

std::optional<Classifier::Score> Trainer::BriefValidation() const {
  if (validation_.empty()) return std::nullopt;
  const size_t count = std::min(kBriefExamples, validation_.size());
  Classifier::Score sum;
  for (size_t i = 0; i < count; ++i) {
    const size_t at = (static_cast<size_t>(step_) * count + i) % validation_.size();
    sum += classifier_.Judge(validation_[at]);
  }
  return sum / count;
}

}  // namespace tunegate::sandbox
