// The figures that matter most, a tile each.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

void Tile(std::string_view name, std::string_view big, std::string_view by, Writer& w) {
  w.Raw("<div><dt>").Text(name).Raw("</dt><dd class=\"big\">").Text(big).Raw("</dd>");
  if (!by.empty()) w.Raw("<dd class=\"by\">").Text(by).Raw("</dd>");
  w.Raw("</div>");
}

void TimeTile(const Page& page, Writer& w) {
  constexpr std::string_view kName = "Response time, median";
  const v1::Report& report = page.report();
  if (page.in_batch()) return Tile(kName, "not measured", "asked in a batch", w);
  const v1::Report::Latency& before = report.baseline_usage().response_time();
  if (!page.has_candidate()) {
    if (before.count() > 0) Tile(kName, Time(before.p50()), "", w);
    return;
  }
  const v1::Report::Latency& after = report.candidate_usage().response_time();
  if (after.count() == 0) return;
  if (!report.has_latency_ratio()) return Tile(kName, Time(after.p50()), "", w);
  Tile(kName, Times(report.latency_ratio().value()),
       absl::StrCat("from ", Time(before.p50()), " to ", Time(after.p50())), w);
}

// What a thousand answers cost an arm, or nothing where no price is known.
std::optional<std::string> CostOfAThousand(const v1::Report::ArmUsage& arm) {
  const v1::Usage& usage = arm.usage();
  const int64_t answers = usage.calls() - arm.retries() - arm.failed();
  if (!usage.has_cost() || answers <= 0) return std::nullopt;
  const double amount =
      static_cast<double>(usage.cost().micros()) / 1e6 / static_cast<double>(answers) * 1000;
  return absl::StrCat(absl::StrFormat(amount < 1 ? "%.3f " : "%.2f ", amount),
                      usage.cost().currency_code());
}

void CostTile(const Page& page, Writer& w) {
  const auto before = CostOfAThousand(page.report().baseline_usage());
  const auto after = CostOfAThousand(page.report().candidate_usage());
  constexpr std::string_view kName = "Cost of 1,000 answers";
  if (page.has_candidate() && after) {
    Tile(kName, *after, before ? absl::StrCat("baseline ", *before) : "", w);
  } else if (!page.has_candidate() && before) {
    Tile(kName, *before, "", w);
  }
}

}  // namespace

void WriteTiles(const Page& page, Writer& w) {
  const v1::Report& report = page.report();
  const v1::Report::Metric* overall = FindMetric(report, "overall_accuracy");
  w.Raw("<dl class=\"tiles\">");
  if (overall != nullptr && overall->has_candidate()) {
    Tile("Overall accuracy", Percent(overall->candidate().value()),
         absl::StrCat("baseline ", Percent(overall->baseline().value())), w);
    Tile("Changed sides",
         absl::StrCat(Count(overall->paired().gained()), " gained, ",
                      Count(overall->paired().lost()), " lost"),
         absl::StrCat("of ", Counted(report.example_count(), "example", "examples")), w);
    if (page.decision == nullptr) {
      Tile("Gain", Points(overall->paired().points().value()),
           absl::StrCat("at least ", SignedHundredths(overall->paired().points().lower())), w);
    }
  } else if (overall != nullptr) {
    Tile("Overall accuracy", Percent(overall->baseline().value()),
         absl::StrCat(Percent(overall->baseline().lower()), " to ",
                      Percent(overall->baseline().upper())),
         w);
    Tile("Examples", Count(report.example_count()), "", w);
  }
  TimeTile(page, w);
  CostTile(page, w);
  w.Raw("</dl>");
}

}  // namespace tunegate::evaluations::html
