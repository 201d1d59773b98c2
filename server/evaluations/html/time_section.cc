// Response times as distributions, with what the calls took.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Report;

// The buckets from the first that holds anything to the last, in either arm.
struct Range {
  int first = 0;
  int last = -1;  // below first: nothing was measured
  int count() const { return last - first + 1; }
};

void Widen(const Report::Latency& latency, Range& range, bool& any) {
  for (int i = 0; i < latency.bucket_counts_size(); ++i) {
    if (latency.bucket_counts(i) == 0) continue;
    range.first = any ? std::min(range.first, i) : i;
    range.last = any ? std::max(range.last, i) : i;
    any = true;
  }
}

// Histograms of both arms under one another, on one logarithmic axis.
class Histogram {
 public:
  Histogram(const Page& page, Writer& w)
      : baseline_(page.report().baseline_usage().response_time()),
        candidate_(page.report().candidate_usage().response_time()),
        two_(page.has_candidate()),
        w_(w) {
    bool any = false;
    Widen(baseline_, range_, any);
    if (two_) Widen(candidate_, range_, any);
    if (!any) return;
    // Room at both sides: a distribution that fills its drawing looks cut.
    const int bounds = baseline_.bucket_upper_bounds_ms_size();
    range_.first = std::max(0, range_.first - 2);
    range_.last = std::min(bounds, range_.last + 2);
    tallest_ = std::max(TallestShare(baseline_), two_ ? TallestShare(candidate_) : 0);
  }

  bool empty() const { return range_.count() <= 0 || tallest_ <= 0; }

  void Write() {
    const double height = kTop + kRow * (two_ ? 2 : 1) + kAxis;
    w_.Raw("<figure class=\"chart\"><svg role=\"img\"");
    w_.Attribute("height", absl::StrCat(static_cast<int>(height)));
    w_.Attribute("aria-label", Described()).Raw(">");
    WriteArm(baseline_, "Baseline", "old-bar", kTop);
    if (two_) WriteArm(candidate_, "Candidate", "new-bar", kTop + kRow);
    WriteAxis(kTop + kRow * (two_ ? 2 : 1));
    w_.Raw(
        "</svg><figcaption>Response times on a logarithmic axis; the line marks the median. "
        "Calls that had to connect first are left out.</figcaption></figure>");
  }

 private:
  static constexpr double kTop = 6;
  static constexpr double kRow = 96;
  static constexpr double kBars = 66;  // of a row; above them stands the label
  static constexpr double kAxis = 26;

  static double TallestShare(const Report::Latency& latency) {
    int64_t most = 0;
    for (const int64_t count : latency.bucket_counts()) most = std::max(most, count);
    return latency.count() == 0 ? 0
                                : static_cast<double>(most) / static_cast<double>(latency.count());
  }

  std::string Described() const {
    std::string text = absl::StrCat("Response times. Baseline: median ", Time(baseline_.p50()),
                                    ", 95 of 100 within ", Time(baseline_.p95()), ".");
    if (two_) {
      absl::StrAppend(&text, " Candidate: median ", Time(candidate_.p50()), ", 95 of 100 within ",
                      Time(candidate_.p95()), ".");
    }
    return text;
  }

  // Per cent of the width at which bucket `index` begins.
  double X(double index) const { return (index - range_.first) / range_.count() * 100; }

  // Where a time lies among the buckets: ten a decade, from 0.1 ms.
  static double IndexOf(double milliseconds) {
    return milliseconds <= 0 ? 0 : 1 + 10 * (std::log10(milliseconds) + 1);
  }

  void WriteArm(const Report::Latency& latency, std::string_view name, std::string_view bar,
                double top) {
    const double floor = top + kRow;
    for (int i = range_.first; i <= range_.last && i < latency.bucket_counts_size(); ++i) {
      if (latency.bucket_counts(i) == 0) continue;
      const double share =
          static_cast<double>(latency.bucket_counts(i)) / static_cast<double>(latency.count());
      const double height = std::max(1.5, share / tallest_ * kBars);
      w_.Raw("<rect rx=\"1\"").Attribute("class", bar).PercentAttribute("x", X(i + 0.06));
      w_.PercentAttribute("width", 88.0 / range_.count()).Raw(" y=\"").Number(floor - height);
      w_.Raw("\" height=\"").Number(height).Raw("\"/>");
    }
    w_.Raw("<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"").Number(floor).Raw("\" y2=\"");
    w_.Number(floor).Raw("\"/>");
    if (latency.count() == 0) return;
    const double median = X(IndexOf(SecondsOf(latency.p50()) * 1000));
    w_.Raw("<line class=\"median\"").PercentAttribute("x1", median);
    w_.PercentAttribute("x2", median).Raw(" y1=\"").Number(top + 22).Raw("\" y2=\"").Number(floor);
    w_.Raw("\"/><text class=\"label\" y=\"")
        .Number(top + 15)
        .Raw("\"")
        .PercentAttribute("x", median);
    w_.Attribute("text-anchor", median > 60 ? "end" : median < 40 ? "start" : "middle").Raw(">");
    w_.Text(absl::StrCat(std::string(name), ": median ", Time(latency.p50()))).Raw("</text>");
  }

  // Ticks at 1, 2 and 5 of each decade, as many as a phone has room for.
  void WriteAxis(double y) {
    std::vector<int> ticks;
    for (int i = range_.first; i <= range_.last; ++i) {
      const int in_decade = (i - 1 + 10) % 10;
      if (i >= 1 && (in_decade == 0 || in_decade == 3 || in_decade == 7)) ticks.push_back(i);
    }
    constexpr size_t kMostTicks = 6;
    if (ticks.size() > kMostTicks) {
      std::erase_if(ticks, [](int i) { return (i - 1 + 10) % 10 != 0; });
    }
    for (const int i : ticks) {
      const double at = X(i);
      w_.Raw("<line class=\"base\"").PercentAttribute("x1", at).PercentAttribute("x2", at);
      w_.Raw(" y1=\"").Number(y).Raw("\" y2=\"").Number(y + 5).Raw("\"/><text class=\"tick\" y=\"");
      w_.Number(y + 19).Raw("\"").PercentAttribute("x", at);
      w_.Attribute("text-anchor", at > 94 ? "end" : at < 6 ? "start" : "middle").Raw(">");
      w_.Text(BoundText(baseline_.bucket_upper_bounds_ms(i - 1))).Raw("</text>");
    }
  }

  static std::string BoundText(double ms) {
    return ms >= 1000 ? absl::StrFormat("%g s", ms / 1000) : absl::StrFormat("%g ms", ms);
  }

  const Report::Latency& baseline_;
  const Report::Latency& candidate_;
  const bool two_;
  Range range_;
  double tallest_ = 0;
  Writer& w_;
};

std::string CostText(const v1::Usage& usage) {
  if (!usage.has_cost()) return "no price known";
  const double amount = static_cast<double>(usage.cost().micros()) / 1e6;
  return absl::StrCat(absl::StrFormat(amount < 1 ? "%.4f " : "%.2f ", amount),
                      usage.cost().currency_code());
}

std::string Quantile(const Report::Latency& latency, const google::protobuf::Duration& value) {
  return latency.count() == 0 ? "-" : Time(value);
}

// A row with one figure an arm.
template <typename Figure>
void Row(const Page& page, std::string_view name, Figure figure, Writer& w) {
  w.Raw("<tr><th scope=\"row\">").Text(name).Raw("</th><td class=\"n\">");
  w.Text(figure(page.report().baseline_usage())).Raw("</td>");
  if (page.has_candidate()) {
    w.Raw("<td class=\"n\">").Text(figure(page.report().candidate_usage())).Raw("</td>");
  }
  w.Raw("</tr>");
}

void WriteFigures(const Page& page, Writer& w) {
  using Usage = Report::ArmUsage;
  w.Raw(
      "<table><thead><tr><th scope=\"col\">Figure</th><th scope=\"col\" class=\"n\">"
      "<span class=\"dot\" aria-hidden=\"true\"></span>Baseline</th>");
  if (page.has_candidate()) {
    w.Raw(
        "<th scope=\"col\" class=\"n\"><span class=\"dot new\" aria-hidden=\"true\"></span>"
        "Candidate</th>");
  }
  w.Raw("</tr></thead><tbody>");
  const auto response = [&](std::string_view name, auto quantile) {
    Row(
        page, name,
        [&](const Usage& u) { return Quantile(u.response_time(), quantile(u.response_time())); },
        w);
  };
  response("Response time, mean", [](const auto& l) { return l.mean(); });
  response("Response time, median", [](const auto& l) { return l.p50(); });
  response("95 of 100 within", [](const auto& l) { return l.p95(); });
  response("99 of 100 within", [](const auto& l) { return l.p99(); });
  Row(
      page, "As users wait, median",
      [](const Usage& u) { return Quantile(u.user_time(), u.user_time().p50()); }, w);
  Row(
      page, "Calls", [](const Usage& u) { return Count(u.usage().calls()); }, w);
  Row(
      page, "Retries among them", [](const Usage& u) { return Count(u.retries()); }, w);
  Row(
      page, "Failed after all retries", [](const Usage& u) { return Count(u.failed()); }, w);
  Row(
      page, "Tokens in", [](const Usage& u) { return Count(u.usage().input_tokens()); }, w);
  Row(
      page, "Tokens out", [](const Usage& u) { return Count(u.usage().output_tokens()); }, w);
  Row(
      page, "Cost", [](const Usage& u) { return CostText(u.usage()); }, w);
  w.Raw("</tbody></table>");
}

}  // namespace

void WriteTimes(const Page& page, Writer& w) {
  w.Raw("<section aria-labelledby=\"time\"><h2 id=\"time\">Time and cost</h2>");
  const Report& report = page.report();
  if (report.has_latency_ratio()) {
    const v1::Estimate& ratio = report.latency_ratio();
    w.Raw("<p>Median of the candidate over the baseline: ").Text(Times(ratio.value())).Raw(" (");
    w.Text(Times(ratio.lower())).Raw(" to ").Text(Times(ratio.upper())).Raw(", bootstrap over ");
    w.Text(Counted(ratio.sample_count(), "pair", "pairs")).Raw(" asked side by side).</p>");
  }
  Histogram histogram(page, w);
  if (!histogram.empty()) histogram.Write();
  WriteFigures(page, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
