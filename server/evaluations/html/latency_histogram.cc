#include "server/evaluations/html/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/drawing.h"

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
    range_.first = std::max(0, range_.first - 2);
    range_.last = std::min(bounds().size(), range_.last + 2);
    tallest_ = std::max(TallestShare(baseline_), two_ ? TallestShare(candidate_) : 0);
  }

  bool empty() const { return range_.count() <= 0 || tallest_ <= 0; }

  void Write() {
    const double floor = kTop + kRow * (two_ ? 2 : 1);
    OpenFigure({"Response times", Described()}, floor + kAxis, /*square=*/false, w_);
    WriteArm(baseline_, "Baseline", "old-bar", kTop);
    if (two_) WriteArm(candidate_, "Candidate", "new-bar", kTop + kRow);
    WriteAxis(floor);
    CloseFigure(
        "Response times on a logarithmic axis; the line marks the median. Calls that had to "
        "connect first are left out.",
        w_);
  }

 private:
  // Both arms have the same; one without measurements has none.
  const google::protobuf::RepeatedField<double>& bounds() const {
    return baseline_.bucket_upper_bounds_ms().empty() ? candidate_.bucket_upper_bounds_ms()
                                                      : baseline_.bucket_upper_bounds_ms();
  }

  static constexpr double kTop = 6;
  static constexpr double kRow = 104;
  static constexpr double kBars = 62;  // of a row; above them stands the label
  static constexpr double kAxis = 26;

  static double TallestShare(const Report::Latency& latency) {
    int64_t most = 0;
    for (const int64_t count : latency.bucket_counts()) most = std::max(most, count);
    return latency.count() == 0 ? 0
                                : static_cast<double>(most) / static_cast<double>(latency.count());
  }

  std::string Described() const {
    const auto arm = [](const char* name, const Report::Latency& latency) {
      if (latency.count() == 0) return absl::StrCat(name, ": not measured.");
      return absl::StrCat(
          name, ": median ", Time(latency.p50()),
          latency.has_p95() ? absl::StrCat(", 95 of 100 within ", Time(latency.p95())) : "", ".");
    };
    const std::string baseline = arm("Baseline", baseline_);
    return two_ ? absl::StrCat(baseline, " ", arm("Candidate", candidate_)) : baseline;
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
    if (latency.count() == 0) {
      TextAt("label", 0, top + 60, "start", absl::StrCat(std::string(name), ": not measured"), w_);
      return;
    }
    const double median = X(IndexOf(SecondsOf(latency.p50()) * 1000));
    VerticalLine("median", median, top + 30, floor, w_);
    TextAt("label", median, top + 23, AnchorAt(median),
           absl::StrCat(std::string(name), ": median ", Time(latency.p50())), w_);
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
      VerticalLine("base", at, y, y + 5, w_);
      TextAt("tick", at, y + 19,
             at > 94  ? "end"
             : at < 6 ? "start"
                      : "middle",
             BoundText(bounds().Get(i - 1)), w_);
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

}  // namespace

void WriteLatencyHistogram(const Page& page, Writer& w) {
  Histogram histogram(page, w);
  if (!histogram.empty()) histogram.Write();
}

}  // namespace tunegate::evaluations::html
