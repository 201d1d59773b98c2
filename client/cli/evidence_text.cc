#include "client/cli/evidence_text.h"

#include <cmath>

#include "client/cli/format.h"
#include "common/statistics/multiplicity.h"

namespace tunegate::cli {
namespace {

using v1::Report;

constexpr int kMostSlices = 3;
constexpr int kMostGroups = 3;

// "+22.0" of "+22.0 points".
std::string PointsNumber(double difference) {
  const std::string points = Points(difference);
  return points.substr(0, points.find(" points"));
}

// As papers print it: ".05", ".025".
std::string AlphaText(double alpha) {
  std::string figure = Figure(alpha);
  if (!figure.starts_with("0.")) return figure;
  figure.erase(figure.find_last_not_of('0') + 1);
  return figure.substr(1);
}

const v1::Estimate& JudgedShare(const Report::Metric& metric) {
  return metric.has_candidate() ? metric.candidate() : metric.baseline();
}

// "URGENT in place of GIFT 3x, ..." of one side, largest first.
std::string ChangesText(const Report& report, bool gained) {
  std::string text;
  int shown = 0, left = 0;
  for (const Report::ChangeGroup& group : report.changes()) {
    if (group.gained() != gained) continue;
    if (shown == kMostGroups) {
      ++left;
      continue;
    }
    ++shown;
    text += (text.empty() ? "" : ", ") +
            (group.answered().empty() ? "no valid answer" : group.answered()) + " in place of " +
            group.expected() + " " + Count(group.count()) + "x";
  }
  if (left > 0) text += ", " + Counted(left, "other kind");
  return text;
}

// "baseline 84.0 %, candidate 93.0 %".
std::string ScoreText(const Report::MeanScore& score) {
  std::string text = (score.field().empty() ? "answer" : score.field()) + " (" + score.grader() +
                     ") " + Percent(score.baseline().value());
  if (score.has_candidate()) text += " to " + Percent(score.candidate().value());
  return text;
}

// "too sure by 13.3 points": mean confidence against the share that is right.
std::string SureText(const Report::Calibration& calibration) {
  constexpr double kLittle = 0.02;
  double excess = 0;
  for (const Report::Calibration::Bin& bin : calibration.bins()) {
    excess += static_cast<double>(bin.count()) * (bin.mean_confidence() - bin.accuracy());
  }
  if (calibration.count() > 0) excess /= static_cast<double>(calibration.count());
  if (std::abs(excess) < kLittle) return "as sure as it is right";
  return (excess > 0 ? "too sure by " : "not sure enough by ") + Points(std::abs(excess)).substr(1);
}

}  // namespace

const Report::Metric* FindMetric(const Report& report, std::string_view id,
                                 std::string_view slice) {
  for (const Report::Metric& metric : report.metrics()) {
    if (metric.id() == id && metric.slice() == slice) return &metric;
  }
  return nullptr;
}

std::string AssuredGainText(const Report& report, double assured) {
  const Report::Metric* overall = FindMetric(report, "overall_accuracy");
  if (overall == nullptr || !overall->paired().has_points()) return "";
  const v1::Estimate& points = overall->paired().points();
  const std::string measured = PointsNumber(points.value());
  const std::string interval =
      (points.confidence() > 0 ? ShortPercent(points.confidence()) + " " : "") + "interval";
  if (assured > 0) {
    return Points(assured) + " assured (measured " + measured + "; the lower end of its " +
           interval + ")";
  }
  return "none assured (measured " + measured + "; its " + interval + " begins at " +
         PointsNumber(assured) + ")";
}

std::string ExamplesText(const Report& report) {
  std::string text = Counted(report.example_count(), "example");
  if (report.cluster_count() > 0) {
    text += " in " + Counted(report.cluster_count(), "cluster") + " by " + report.cluster_key();
  }
  return text;
}

std::string LookText(int look, double policy_confidence) {
  if (look <= 0) return "";
  std::string text = "look " + Count(look);
  if (policy_confidence <= 0) return text;
  const double alpha = 1 - policy_confidence;
  text += ", alpha " + AlphaText(stats::AlphaAtLook(alpha, look));
  return look > 1 ? text + " in place of " + AlphaText(alpha) : text;
}

std::string RelatedText(const v1::Evaluation& evaluation) {
  const int others = evaluation.related_datasets_size() - 1;
  if (others < 0) return "";
  const std::string& first = evaluation.related_datasets(0);
  if (others == 0) return first + " asks the same";
  return first + " and " + Counted(others, "other") + " ask the same";
}

void AddWorstSlices(const Report& report, Facts& facts) {
  std::string text;
  for (int i = 0; i < report.worst_slices_size() && i < kMostSlices; ++i) {
    const std::string& slice = report.worst_slices(i);
    text += (text.empty() ? "" : ", ") + slice;
    const Report::Metric* metric = FindMetric(report, "overall_accuracy", slice);
    if (metric == nullptr) continue;
    const v1::Estimate& share = JudgedShare(*metric);
    text += " " + Percent(share.value()) + " of " + Count(share.sample_count());
  }
  facts.Add("worst", text);
}

void AddChanges(const Report& report, Facts& facts) {
  facts.Add("lost", ChangesText(report, false));
  facts.Add("gained", ChangesText(report, true));
}

void AddScores(const Report& report, Facts& facts) {
  std::string text;
  for (const Report::MeanScore& score : report.scores()) {
    text += (text.empty() ? "" : ", ") + ScoreText(score);
  }
  facts.Add("scores", text);
}

void AddCalibrations(const Report& report, Facts& facts) {
  std::string text;
  for (const Report::Calibration& calibration : report.calibrations()) {
    if (calibration.count() == 0) continue;
    text += text.empty() ? "" : "; ";
    text += calibration.candidate() ? "candidate " : "baseline ";
    text += SureText(calibration) + " (calibration error " +
            Percent(calibration.expected_calibration_error()) + ")";
  }
  facts.Add("calibration", text);
}

}  // namespace tunegate::cli
