#include "common/evidence/report/score_tally.h"

#include <algorithm>

#include "common/statistics/bootstrap.h"

namespace tunegate::evaluations {
namespace {

// Resamples cost time in proportion to the examples; beyond this many draws in all there are fewer.
constexpr int64_t kMaxDraws = 20'000'000;
constexpr int64_t kMostResamples = 2000;
constexpr int64_t kFewestResamples = 200;

void AddMean(const std::vector<const Graded*>& repeats, size_t field, std::vector<double>& means) {
  double sum = 0;
  int64_t answered = 0;
  for (const Graded* graded : repeats) {
    if (graded->missing) continue;
    sum += graded->scores[field];
    ++answered;
  }
  if (answered > 0) means.push_back(sum / static_cast<double>(answered));
}

v1::Estimate MeanOf(const std::vector<double>& means, double confidence, uint64_t seed) {
  v1::Estimate estimate;
  estimate.set_sample_count(static_cast<int64_t>(means.size()));
  estimate.set_method("none");
  if (means.empty()) return estimate;
  const int64_t resamples =
      std::clamp(kMaxDraws / static_cast<int64_t>(means.size()), kFewestResamples, kMostResamples);
  const auto mean = stats::BootstrapMean(
      means, {.confidence = confidence, .resamples = static_cast<int>(resamples), .seed = seed});
  estimate.set_value(mean->value);
  estimate.set_lower(mean->interval.lower);
  estimate.set_upper(mean->interval.upper);
  estimate.set_confidence(confidence);
  estimate.set_method("bootstrap");
  return estimate;
}

}  // namespace

ScoreTally::ScoreTally(const Grader& grader) {
  for (size_t i = 0; i < grader.scored_count(); ++i) {
    if (grader.fields()[i].partial) fields_.push_back({i, grader.fields()[i], {}, {}});
  }
}

void ScoreTally::Add(const std::vector<const Graded*>& baseline,
                     const std::vector<const Graded*>& candidate) {
  for (Field& field : fields_) {
    AddMean(baseline, field.index, field.baseline);
    AddMean(candidate, field.index, field.candidate);
  }
}

void ScoreTally::AppendFigures(bool has_candidate, double confidence, uint64_t seed,
                               v1::Report& report) const {
  for (const Field& field : fields_) {
    v1::Report::MeanScore& score = *report.add_scores();
    score.set_field(field.field.id);
    score.set_grader(field.field.grader);
    *score.mutable_baseline() = MeanOf(field.baseline, confidence, seed);
    if (has_candidate) *score.mutable_candidate() = MeanOf(field.candidate, confidence, seed);
  }
}

}  // namespace tunegate::evaluations
