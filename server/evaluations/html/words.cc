#include "server/evaluations/html/words.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/evidence/report/figures.h"

namespace tunegate::evaluations::html {
namespace {

std::string WithoutUnit(const std::string& percent) { return percent.substr(0, percent.find(' ')); }

std::string MethodWords(const std::string& method) {
  if (method == "tango") return "Tango's score intervals";
  if (method == "newcombe10") return "Newcombe's intervals (method 10)";
  if (method == "bonett-price") return "Bonett and Price's adjusted Wald intervals";
  if (method == "wilson") return "Wilson's score intervals";
  return method;
}

std::string ClusterWords(const v1::Report& report) {
  return absl::StrCat("Examples of one ", report.cluster_key(), " are alike, so they count as ",
                      Counted(report.cluster_count(), "cluster", "clusters"),
                      report.cluster_count() < 10 ? ": fewer than 10 never suffice for GO." : ".");
}

}  // namespace

std::string SliceLabel(std::string_view slice) {
  const size_t equals = slice.find('=');
  if (equals == std::string_view::npos) return std::string(slice);
  return absl::StrCat(std::string(slice.substr(0, equals)), " = ",
                      std::string(slice.substr(equals + 1)));
}

std::string MetricLabel(std::string_view id, std::string_view slice) {
  constexpr std::string_view kAccuracy = ".accuracy";
  std::string label(id);
  if (id.ends_with(kAccuracy)) {
    label.resize(id.size() - kAccuracy.size());
  } else if (id == "overall_accuracy") {
    label = "overall accuracy";
  } else if (id == "json_valid_rate") {
    label = "valid JSON";
  } else if (id == "schema_valid_rate") {
    label = "follows the schema";
  } else if (id == "latency_ratio") {
    label = "response time, median";
  }
  return slice.empty() ? label : absl::StrCat(label, ", ", SliceLabel(slice));
}

std::string FieldName(const std::string& id) { return id.empty() ? "answer" : id; }

const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id,
                                     std::string_view slice) {
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (metric.id() == id && metric.slice() == slice) return &metric;
  }
  return nullptr;
}

const v1::Decision::CriterionResult* ImprovementIn(const v1::Decision& decision) {
  const int count = std::min(decision.criteria_size(), decision.policy().criteria_size());
  for (int i = 0; i < count; ++i) {
    const v1::Decision::CriterionResult& result = decision.criteria(i);
    if (decision.policy().criteria(i).has_improvement() && result.slice().empty() &&
        result.has_observed()) {
      return &result;
    }
  }
  return nullptr;
}

std::string DifferenceWithInterval(const v1::Estimate& estimate) {
  if (estimate.sample_count() == 0) return "not measured";
  const std::string value = SignedHundredths(estimate.value());
  if (estimate.confidence() == 0) return value;
  return absl::StrCat(value, " (", SignedHundredths(estimate.lower()), " to ",
                      SignedHundredths(estimate.upper()), ")");
}

std::string IntervalWords(const Page& page) {
  const v1::Report& report = page.report();
  const v1::Report::Metric* overall = FindMetric(report, "overall_accuracy");
  if (overall == nullptr || overall->baseline().confidence() == 0) return "";
  std::string words = absl::StrCat("Beneath each figure its ",
                                   ConfidenceText(overall->baseline().confidence()), " interval: ");
  const std::string& shares = overall->baseline().method();
  const std::string& pairs = overall->paired().points().method();
  if (shares == "cluster-t" || pairs == "cluster-t") {
    absl::StrAppend(&words, "means over clusters with Student's t",
                    report.cluster_count() > 1
                        ? absl::StrCat(" (", report.cluster_count() - 1, " degrees of freedom)")
                        : "",
                    ", never narrower than ",
                    shares == "cluster-t" ? "without clusters" : "Tango's; Wilson's for shares",
                    ".");
  } else {
    absl::StrAppend(&words, MethodWords(shares), " for shares");
    if (page.has_candidate()) {
      absl::StrAppend(&words, ", ", MethodWords(pairs), " for the paired difference");
    }
    absl::StrAppend(&words, ".");
  }
  if (report.cluster_count() > 0) absl::StrAppend(&words, " ", ClusterWords(report));
  return words;
}

namespace {

void WriteFigure(const std::string& value, const std::string& interval, Writer& w) {
  w.Raw("<span>").Text(value);
  if (!interval.empty()) w.Raw(" <span class=\"of\">").Text(interval).Raw("</span>");
  w.Raw("</span>");
}

}  // namespace

void WriteShare(const v1::Estimate& estimate, Writer& w) {
  if (estimate.sample_count() == 0) return WriteFigure("not measured", "", w);
  WriteFigure(Percent(estimate.value()),
              estimate.confidence() == 0
                  ? ""
                  : absl::StrCat(WithoutUnit(Percent(estimate.lower())), " to ",
                                 WithoutUnit(Percent(estimate.upper()))),
              w);
}

void WriteDifference(const v1::Estimate& estimate, Writer& w) {
  if (estimate.sample_count() == 0) return WriteFigure("not measured", "", w);
  WriteFigure(SignedHundredths(estimate.value()),
              estimate.confidence() == 0 ? ""
                                         : absl::StrCat(SignedHundredths(estimate.lower()), " to ",
                                                        SignedHundredths(estimate.upper())),
              w);
}

std::string ConfidenceText(double confidence) {
  for (const int decimals : {0, 1, 2}) {
    const std::string text = Percent(confidence, decimals);
    if (std::abs(std::stod(text) / 100 - confidence) < 1e-6) return text;
  }
  return Percent(confidence, 3);
}

std::string_view VerdictName(v1::Decision::Verdict verdict) {
  switch (verdict) {
    case v1::Decision::VERDICT_GO:
      return "GO";
    case v1::Decision::VERDICT_NO_GO:
      return "NO_GO";
    default:
      return "INCONCLUSIVE";
  }
}

std::string DateText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

}  // namespace tunegate::evaluations::html
