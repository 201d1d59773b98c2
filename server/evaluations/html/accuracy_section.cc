// Shares with their intervals, over all examples and for the worst slices.
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

std::string IntervalWords(const Page& page) {
  const v1::Report::Metric* overall = FindMetric(page.report(), "overall_accuracy");
  if (overall == nullptr) return "";
  const bool clustered = overall->baseline().method() == "cluster-t";
  return absl::StrCat(Percent(overall->baseline().confidence()), " intervals: ",
                      clustered ? "cluster-robust over repeated examples."
                      : page.has_candidate()
                          ? "Wilson's for shares, Tango's for the paired difference."
                          : "Wilson's.");
}

void WriteGains(const v1::Report::Paired& paired, Writer& w) {
  if (paired.points().sample_count() == 0) return;
  w.Raw("<p>The overall difference of ").Text(Points(paired.points().value()));
  if (paired.has_relative()) {
    w.Raw(" is ")
        .Text(SignedHundredths(paired.relative().value()))
        .Raw(" % relative to the baseline");
  }
  if (paired.has_error_reduction()) {
    const double removed = paired.error_reduction().value();
    w.Raw(paired.has_relative() ? TrustedMarkup{" and "} : TrustedMarkup{" is "});
    w.Text(Percent(removed < 0 ? -removed : removed));
    w.Raw(removed < 0 ? TrustedMarkup{" more errors"} : TrustedMarkup{" of its errors removed"});
  }
  w.Raw(". Right in both: ").Text(Count(paired.both_right())).Raw("; gained: ");
  w.Text(Count(paired.gained())).Raw("; lost: ").Text(Count(paired.lost()));
  w.Raw("; wrong in both: ").Text(Count(paired.both_wrong())).Raw(". McNemar's test: ");
  w.Text(PValue(paired.p_mid())).Raw(" (mid-p), ").Text(PValue(paired.p_exact()));
  w.Raw(" (exact).</p>");
}

}  // namespace

void WriteAccuracies(const Page& page, Writer& w) {
  std::vector<const v1::Report::Metric*> metrics;
  for (const v1::Report::Metric& metric : page.report().metrics()) {
    if (metric.slice().empty()) metrics.push_back(&metric);
  }
  if (metrics.empty()) return;
  w.Raw("<section aria-labelledby=\"accuracy\"><h2 id=\"accuracy\">Accuracy and structure</h2><p>");
  w.Text(IntervalWords(page)).Raw("</p>");
  WriteShareTable(page, metrics, "Accuracy and structure", /*slices=*/false, w);
  const v1::Report::Metric* overall = FindMetric(page.report(), "overall_accuracy");
  if (overall != nullptr && overall->has_paired()) WriteGains(overall->paired(), w);
  w.Raw("</section>\n");
}

void WriteSlices(const Page& page, Writer& w) {
  const std::vector<const v1::Report::Metric*> slices = WorstSlices(page);
  if (slices.empty()) return;
  w.Raw(
      "<section aria-labelledby=\"slices\"><h2 id=\"slices\">Worst slices</h2><p>Overall accuracy "
      "by what the examples are, for those below the overall figure, worst first. Of many slices "
      "some are bad by chance.</p>");
  WriteShareTable(page, slices, "Worst slices", /*slices=*/true, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
