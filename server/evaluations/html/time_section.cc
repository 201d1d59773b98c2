// Response times as distributions, with what the calls took and cost.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/latency_histogram.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Report;

std::string CostText(const v1::Usage& usage) {
  if (!usage.has_cost()) return "no price known";
  const double amount = static_cast<double>(usage.cost().micros()) / 1e6;
  return absl::StrCat(absl::StrFormat(amount < 1 ? "%.4f " : "%.2f ", amount),
                      usage.cost().currency_code());
}

std::string Quantile(const Report::Latency& latency, const google::protobuf::Duration& value) {
  return latency.count() == 0 || SecondsOf(value) == 0 ? "-" : Time(value);
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

void WriteTimeRows(const Page& page, Writer& w) {
  using Usage = Report::ArmUsage;
  const auto response = [&](std::string_view name, auto quantile) {
    const auto figure = [&](const Usage& usage) {
      return Quantile(usage.response_time(), quantile(usage.response_time()));
    };
    Row(page, name, figure, w);
  };
  response("Response time, mean", [](const auto& l) { return l.mean(); });
  response("Response time, median", [](const auto& l) { return l.p50(); });
  const auto either = [&](auto has) {
    return has(page.report().baseline_usage().response_time()) ||
           has(page.report().candidate_usage().response_time());
  };
  // Of few calls they would be guesses, and the report has none.
  if (either([](const auto& l) { return l.has_p95(); })) {
    response("95 of 100 within", [](const auto& l) { return l.p95(); });
  }
  if (either([](const auto& l) { return l.has_p99(); })) {
    response("99 of 100 within", [](const auto& l) { return l.p99(); });
  }
  const auto waited = [](const Usage& u) { return Quantile(u.user_time(), u.user_time().p50()); };
  Row(page, "With queueing and retries, median", waited, w);
}

void WriteFigures(const Page& page, Writer& w) {
  using Usage = Report::ArmUsage;
  const Report& report = page.report();
  w.Raw(
      "<table class=\"figures\"><caption class=\"unseen\">Time and cost by arm</caption><thead><tr>"
      "<th scope=\"col\">Figure</th><th scope=\"col\" class=\"n\">"
      "<span class=\"dot\" aria-hidden=\"true\"></span>Baseline</th>");
  if (page.has_candidate()) {
    w.Raw(
        "<th scope=\"col\" class=\"n\"><span class=\"dot new\" aria-hidden=\"true\"></span>"
        "Candidate</th>");
  }
  w.Raw("</tr></thead><tbody>");
  if (!page.in_batch()) WriteTimeRows(page, w);
  const auto count = [&](std::string_view name, auto of) {
    const auto figure = [&](const Usage& usage) { return Count(of(usage)); };
    Row(page, name, figure, w);
  };
  count("Calls", [](const Usage& u) { return u.usage().calls(); });
  count("Retries among them", [](const Usage& u) { return u.retries(); });
  count("Failed after all retries", [](const Usage& u) { return u.failed(); });
  if (report.baseline_usage().reused() + report.candidate_usage().reused() > 0) {
    count("Answers taken from earlier evaluations", [](const Usage& u) { return u.reused(); });
  }
  count("Tokens in", [](const Usage& u) { return u.usage().input_tokens(); });
  count("Tokens out", [](const Usage& u) { return u.usage().output_tokens(); });
  const auto cost = [](const Usage& usage) { return CostText(usage.usage()); };
  Row(page, "Cost", cost, w);
  w.Raw("</tbody></table>");
}

void WriteRatio(const v1::Estimate& ratio, Writer& w) {
  w.Raw("<p>Median of the candidate over the baseline: ").Text(Times(ratio.value())).Raw(" (");
  w.Text(Times(ratio.lower())).Raw(" to ").Text(Times(ratio.upper())).Raw(", bootstrap over ");
  w.Text(Counted(ratio.sample_count(), "pair", "pairs")).Raw(" asked side by side).</p>");
}

}  // namespace

void WriteTimes(const Page& page, Writer& w) {
  const Report& report = page.report();
  w.Raw("<section aria-labelledby=\"time\"><h2 id=\"time\">Time and cost</h2>");
  if (page.in_batch()) {
    w.Raw(
        "<p>Response times were not measured: a batch answers within a day. Criteria on them are "
        "skipped.</p>");
  } else {
    if (report.has_latency_ratio()) WriteRatio(report.latency_ratio(), w);
    WriteLatencyHistogram(page, w);
  }
  WriteFigures(page, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
