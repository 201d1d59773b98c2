#include "common/evidence/report/confusion_figures.h"

#include <optional>

namespace tunegate::evaluations {
namespace {

constexpr size_t kMaxClasses = 256;

void FillScores(const stats::ClassFigures& figures, v1::Report::Scores& scores) {
  if (figures.precision.has_value()) scores.set_precision(*figures.precision);
  if (figures.recall.has_value()) scores.set_recall(*figures.recall);
  if (figures.f1.has_value()) scores.set_f1(*figures.f1);
}

// The mean over classes that occur, or nothing when one of them has no value.
template <typename Figure>
std::optional<double> MacroOf(const stats::ClassificationFigures& figures, Figure figure) {
  double sum = 0;
  int64_t classes = 0;
  for (const stats::ClassFigures& one : figures.classes) {
    if (one.support == 0) continue;
    if (!(one.*figure).has_value()) return std::nullopt;
    sum += *(one.*figure);
    ++classes;
  }
  if (classes == 0) return std::nullopt;
  return sum / static_cast<double>(classes);
}

void FillMacro(const stats::ClassificationFigures& figures, v1::Report::Scores& scores) {
  const auto precision = MacroOf(figures, &stats::ClassFigures::precision);
  const auto recall = MacroOf(figures, &stats::ClassFigures::recall);
  if (precision.has_value()) scores.set_precision(*precision);
  if (recall.has_value()) scores.set_recall(*recall);
  if (figures.macro_f1.has_value()) scores.set_f1(*figures.macro_f1);
}

}  // namespace

ConfusionFigures::ConfusionFigures(const std::vector<GradedField>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool category = fields[i].kind == GradedField::Kind::kCategory;
    support_.emplace_back(category ? fields[i].values.size() : 0);
    if (!category || fields[i].values.size() > kMaxClasses) continue;
    const stats::ConfusionMatrix empty(fields[i].values.size());
    fields_.push_back({i, fields[i], empty, empty});
  }
}

void ConfusionFigures::AddExample(const Expected& expected) {
  for (size_t i = 0; i < support_.size(); ++i) {
    const int truth = expected.values[i].category;
    if (truth >= 0 && !support_[i].empty()) ++support_[i][static_cast<size_t>(truth)];
  }
}

void ConfusionFigures::AddAnswer(Arm arm, const Expected& expected, const Graded& graded) {
  if (graded.missing) return;
  for (Field& field : fields_) {
    const int truth = expected.values[field.index].category;
    const int answer = graded.category[field.index];
    if (truth < 0) continue;
    stats::ConfusionMatrix& matrix = arm == Arm::kBaseline ? field.baseline : field.candidate;
    matrix.Add(static_cast<size_t>(truth),
               answer < 0 ? matrix.classes() : static_cast<size_t>(answer));
  }
}

void ConfusionFigures::AppendFigures(bool has_candidate, v1::Report& report) const {
  for (const Field& field : fields_) {
    v1::Report::Confusion& confusion = *report.add_confusions();
    confusion.set_field(field.field.id);
    confusion.mutable_values()->Add(field.field.values.begin(), field.field.values.end());
    const auto& baseline = field.baseline.counts();
    confusion.mutable_baseline_counts()->Add(baseline.begin(), baseline.end());
    if (has_candidate) {
      const auto& candidate = field.candidate.counts();
      confusion.mutable_candidate_counts()->Add(candidate.begin(), candidate.end());
    }
    const stats::ClassificationFigures before = stats::FiguresOf(field.baseline);
    const stats::ClassificationFigures after = stats::FiguresOf(field.candidate);
    const std::vector<int64_t>& support = support_[field.index];
    int64_t total = 0;
    for (size_t value = 0; value < support.size(); ++value) {
      v1::Report::ClassMetric& metric = *report.add_classes();
      metric.set_field(field.field.id);
      metric.set_value(field.field.values[value]);
      metric.set_support(support[value]);
      total += support[value];
      FillScores(before.classes[value], *metric.mutable_baseline());
      if (has_candidate) FillScores(after.classes[value], *metric.mutable_candidate());
    }
    v1::Report::ClassMetric& macro = *report.add_classes();
    macro.set_field(field.field.id);
    macro.set_support(total);
    FillMacro(before, *macro.mutable_baseline());
    if (has_candidate) FillMacro(after, *macro.mutable_candidate());
  }
}

}  // namespace tunegate::evaluations
