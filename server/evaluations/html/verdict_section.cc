// The top of the page: who was compared, the verdict, the figures that matter, the warnings.
#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/style.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Decision;

std::string TitleOf(const Page& page) {
  const std::string& name = page.task->display_name();
  const std::string task = name.empty() ? page.evaluation->task() : name;
  return absl::StrCat(page.has_candidate() ? "Candidate against baseline: " : "Baseline: ", task);
}

std::string Date(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

struct VerdictLook {
  std::string_view kind;   // CSS class
  std::string_view words;  // beside the sign
};

VerdictLook LookOf(Decision::Verdict verdict) {
  switch (verdict) {
    case Decision::VERDICT_GO:
      return {"verdict go", "GO: ship the candidate"};
    case Decision::VERDICT_NO_GO:
      return {"verdict no", "NO_GO: keep the baseline"};
    default:
      return {"verdict open", "INCONCLUSIVE: keep the baseline"};
  }
}

void WriteSign(Decision::Verdict verdict, Writer& w) {
  w.Raw(
      "<svg class=\"sign\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" "
      "stroke=\"currentColor\" stroke-width=\"2.5\" stroke-linecap=\"round\" "
      "stroke-linejoin=\"round\"><circle cx=\"12\" cy=\"12\" r=\"10.5\"/>");
  switch (verdict) {
    case Decision::VERDICT_GO:
      w.Raw("<path d=\"M7 12.5l3.5 3.5L17 9\"/>");
      break;
    case Decision::VERDICT_NO_GO:
      w.Raw("<path d=\"M8 8l8 8M16 8l-8 8\"/>");
      break;
    default:
      w.Raw("<path d=\"M7 10h10M7 14.5h10\"/>");
  }
  w.Raw("</svg>");
}

std::string_view ShortName(Decision::Verdict verdict) {
  switch (verdict) {
    case Decision::VERDICT_GO:
      return "GO";
    case Decision::VERDICT_NO_GO:
      return "NO_GO";
    default:
      return "INCONCLUSIVE";
  }
}

void WriteOverrides(const Decision& decision, Writer& w) {
  for (const Decision::Override& override : decision.overrides()) {
    w.Raw("<p class=\"override\"><strong>Overridden to ").Text(ShortName(override.verdict()));
    w.Raw("</strong> by <bdi>").Text(override.actor()).Raw("</bdi>, ").Text(Date(override.time()));
    w.Raw(": <bdi>").Text(override.reason()).Raw("</bdi> The policy itself says ");
    w.Text(ShortName(decision.verdict())).Raw(".</p>");
  }
}

// The improvement that the policy asks for over all examples, with what came of it.
const Decision::CriterionResult* ImprovementIn(const Decision& decision) {
  for (int i = 0; i < decision.criteria_size() && i < decision.policy().criteria_size(); ++i) {
    if (decision.policy().criteria(i).has_improvement() && decision.criteria(i).slice().empty() &&
        decision.criteria(i).has_observed()) {
      return &decision.criteria(i);
    }
  }
  return nullptr;
}

// A number line with nothing, the target and the measured gain with its interval.
class GainDrawing {
 public:
  GainDrawing(const Decision::CriterionResult& result, Writer& w)
      : gain_(result.observed()), target_(result.required()), w_(w) {
    const double low = std::min({0.0, gain_.lower(), target_});
    const double high = std::max({0.0, gain_.upper(), target_});
    const double margin = std::max(0.02, (high - low) * 0.08);
    begin_ = low - margin;
    end_ = high + margin;
  }

  void Write() {
    w_.Raw("<figure class=\"chart\"><svg height=\"84\" role=\"img\"");
    w_.Attribute("aria-label", absl::StrCat("Measured gain ", DifferenceWithInterval(gain_),
                                            " points, target ", SignedHundredths(target_)));
    w_.Raw("><line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"52\" y2=\"52\"/>");
    Tick(0, "0", "base", "tick", "72");
    Tick(target_, absl::StrCat("target ", SignedHundredths(target_)), "target-line", "target-text",
         "72");
    w_.Raw(
        "<line class=\"new-mark\" stroke-linecap=\"round\" stroke-width=\"4\" y1=\"40\" y2=\"40\"");
    w_.PercentAttribute("x1", X(gain_.lower())).PercentAttribute("x2", X(gain_.upper()));
    w_.Raw("/><circle class=\"new-mark\" r=\"7\" cy=\"40\"")
        .PercentAttribute("cx", X(gain_.value()));
    w_.Raw("/><text class=\"label\" y=\"20\"").PercentAttribute("x", X(gain_.value()));
    w_.Attribute("text-anchor", AnchorAt(X(gain_.value()))).Raw(">");
    w_.Text(DifferenceWithInterval(gain_)).Raw("</text></svg></figure>");
  }

 private:
  double X(double gain) const { return (gain - begin_) / (end_ - begin_) * 100; }

  // Text near an edge leans inwards: it must fit a phone.
  static std::string_view AnchorAt(double x) {
    return x > 68 ? "end" : x < 32 ? "start" : "middle";
  }

  void Tick(double at, const std::string& text, std::string_view line, std::string_view label,
            std::string_view y) {
    w_.Raw("<line y1=\"28\" y2=\"58\"").Attribute("class", line).PercentAttribute("x1", X(at));
    w_.PercentAttribute("x2", X(at)).Raw("/><text").Attribute("class", label).Attribute("y", y);
    w_.PercentAttribute("x", X(at)).Attribute("text-anchor", AnchorAt(X(at))).Raw(">");
    w_.Text(text).Raw("</text>");
  }

  const v1::Estimate gain_;
  const double target_;
  double begin_ = 0, end_ = 1;
  Writer& w_;
};

void Tile(std::string_view name, std::string_view big, std::string_view by, Writer& w) {
  w.Raw("<div><dt>").Text(name).Raw("</dt><dd class=\"big\">").Text(big).Raw("</dd>");
  if (!by.empty()) w.Raw("<dd class=\"by\">").Text(by).Raw("</dd>");
  w.Raw("</div>");
}

void TimeTile(const Page& page, Writer& w) {
  const v1::Report& report = page.report();
  const v1::Report::Latency& before = report.baseline_usage().response_time();
  if (!page.has_candidate()) {
    if (before.count() > 0) Tile("Response time, median", Time(before.p50()), "", w);
    return;
  }
  const v1::Report::Latency& after = report.candidate_usage().response_time();
  if (before.count() == 0 || after.count() == 0) return;
  const std::string both = absl::StrCat(Time(before.p50()), " to ", Time(after.p50()));
  Tile("Response time, median",
       report.has_latency_ratio() ? Times(report.latency_ratio().value()) : Time(after.p50()), both,
       w);
}

void WriteTiles(const Page& page, Writer& w) {
  const v1::Report& report = page.report();
  const v1::Report::Metric* overall = FindMetric(report, "overall_accuracy");
  w.Raw("<dl class=\"tiles\">");
  if (overall != nullptr && overall->has_candidate()) {
    Tile("Overall accuracy", Percent(overall->candidate().value()),
         absl::StrCat("baseline ", Percent(overall->baseline().value())), w);
    Tile("Assured gain",
         Points(page.decision != nullptr ? page.decision->assured_gain()
                                         : overall->paired().points().lower()),
         absl::StrCat("measured ", SignedHundredths(overall->paired().points().value())), w);
    Tile("Changed sides",
         absl::StrCat(Count(overall->paired().gained()), " gained, ",
                      Count(overall->paired().lost()), " lost"),
         absl::StrCat("of ", Counted(report.example_count(), "example", "examples")), w);
  } else if (overall != nullptr) {
    Tile("Overall accuracy", Percent(overall->baseline().value()),
         absl::StrCat(Percent(overall->baseline().lower()), " to ",
                      Percent(overall->baseline().upper())),
         w);
    Tile("Examples", Count(report.example_count()), "", w);
  }
  TimeTile(page, w);
  w.Raw("</dl>");
}

void Link(const char* target, std::string_view text, bool there, Writer& w) {
  if (there) {
    w.Raw("<li><a").Attribute("href", target).Raw(">").Text(text).Raw("</a></li>");
  }
}

}  // namespace

void WriteHead(const Page& page, Writer& w) {
  w.Raw(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\"");
  w.Attribute("content", ContentSecurityPolicy()).Raw(">");
  w.Raw(
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"referrer\" content=\"no-referrer\">"
      "<meta name=\"color-scheme\" content=\"light dark\">"
      "<meta name=\"generator\" content=\"TuneGate\"><title>");
  if (page.decision != nullptr) {
    w.Text(ShortName(page.decision->effective_verdict())).Raw(" - ");
  }
  w.Text(TitleOf(page)).Raw("</title><style>").Raw(TrustedMarkup{StyleSheet()});
  w.Raw("</style></head>\n<body><a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
}

void WriteTop(const Page& page, const Contents& contents, Writer& w) {
  const v1::Evaluation& evaluation = *page.evaluation;
  w.Raw("<header class=\"top\"><p class=\"kicker\">TuneGate report of <bdi>");
  w.Text(evaluation.name()).Raw("</bdi>");
  if (evaluation.has_end_time()) w.Raw(", ").Text(Date(evaluation.end_time()));
  w.Raw("</p><h1><bdi>").Text(TitleOf(page)).Raw("</bdi></h1><dl class=\"versus\">");
  w.Raw("<dt><span class=\"dot\" aria-hidden=\"true\"></span>Baseline</dt><dd><bdi>");
  w.Text(evaluation.baseline().model()).Raw("</bdi></dd>");
  if (page.has_candidate()) {
    w.Raw("<dt><span class=\"dot new\" aria-hidden=\"true\"></span>Candidate</dt><dd><bdi>");
    w.Text(evaluation.candidate().model()).Raw("</bdi></dd>");
  }
  w.Raw("</dl><nav aria-label=\"Contents\"><ul>");
  Link("#criteria", "Criteria", contents.criteria, w);
  Link("#accuracy", "Accuracy", true, w);
  Link("#slices", "Worst slices", contents.slices, w);
  Link("#confusion", "Confusion", contents.confusions, w);
  Link("#changes", "What changed", contents.changes, w);
  Link("#time", "Time and cost", true, w);
  Link("#training", "Training", contents.training, w);
  Link("#examples", "Examples", contents.examples, w);
  Link("#provenance", "Provenance", true, w);
  w.Raw("</ul></nav></header>\n<main id=\"main\">\n");
}

void WriteVerdict(const Page& page, Writer& w) {
  if (page.decision != nullptr) {
    const Decision& decision = *page.decision;
    const VerdictLook look = LookOf(decision.effective_verdict());
    w.Raw("<section").Attribute("class", look.kind).Raw(" aria-labelledby=\"verdict\">");
    w.Raw("<h2 id=\"verdict\">");
    WriteSign(decision.effective_verdict(), w);
    w.Raw("<span>").Text(look.words).Raw("</span></h2>");
    WriteOverrides(decision, w);
    w.Raw("<p>").Text(decision.explanation()).Raw("</p>");
    const Decision::CriterionResult* improvement = ImprovementIn(decision);
    if (improvement != nullptr && improvement->observed().sample_count() > 0) {
      GainDrawing(*improvement, w).Write();
    }
    if (!decision.next_step().empty()) {
      w.Raw("<p class=\"next\"><strong>Next:</strong> <bdi>").Text(decision.next_step());
      w.Raw("</bdi></p>");
    }
    w.Raw("</section>\n");
  }
  WriteTiles(page, w);
}

void WriteWarnings(const Page& page, Writer& w) {
  if (page.report().warnings().empty()) return;
  w.Raw(
      "<section class=\"notes\" aria-labelledby=\"warnings\"><h2 id=\"warnings\">Before you trust "
      "these figures</h2><ul>");
  for (const std::string& warning : page.report().warnings()) {
    w.Raw("<li><bdi>").Text(warning).Raw("</bdi></li>");
  }
  w.Raw("</ul></section>\n");
}

}  // namespace tunegate::evaluations::html
