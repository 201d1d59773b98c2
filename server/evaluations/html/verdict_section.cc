// The verdict with what it stands on: what is assured, why, what would settle it, what to do next.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/explanation.h"
#include "common/statistics/multiplicity.h"
#include "server/evaluations/html/drawing.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Decision;

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

void WriteOverrides(const Decision& decision, Writer& w) {
  for (const Decision::Override& override : decision.overrides()) {
    w.Raw("<p class=\"override\"><strong>Overridden to ").Text(VerdictName(override.verdict()));
    w.Raw("</strong> by <bdi>").Text(override.actor()).Raw("</bdi>, ");
    w.Text(DateText(override.time())).Raw(": <bdi>").Text(override.reason());
    w.Raw("</bdi> The policy itself says ").Text(VerdictName(decision.verdict())).Raw(".</p>");
  }
}

// A number line with nothing, the target and the measured gain with its interval.
void DrawGain(const v1::Estimate& gain, double target, Writer& w) {
  const double low = std::min({0.0, gain.lower(), target});
  const double high = std::max({0.0, gain.upper(), target});
  const double room = std::max(0.02, (high - low) * 0.08);
  const Scale scale(low - room, high + room);
  OpenFigure({"Measured gain against the target",
              absl::StrCat("Measured ", DifferenceWithInterval(gain), " points; the target is ",
                           SignedHundredths(target), " points.")},
             84, /*square=*/false, w);
  w.Raw("<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"52\" y2=\"52\"/>");
  VerticalLine("base", scale.X(0), 28, 58, w);
  TextAt("tick", scale.X(0), 74, AnchorAt(scale.X(0)), "0", w);
  VerticalLine("target-line", scale.X(target), 28, 58, w);
  TextAt("target-text", scale.X(target), 74, AnchorAt(scale.X(target)),
         absl::StrCat("target ", SignedHundredths(target)), w);
  Whisker("new-mark thick", scale, gain.lower(), gain.value(), gain.upper(), 40, 7, w);
  TextAt("label", scale.X(gain.value()), 20, AnchorAt(scale.X(gain.value())),
         DifferenceWithInterval(gain), w);
  CloseFigure("", w);
}

// What is assured, large, beside the drawing of it.
void WriteHeadline(const Page& page, Writer& w) {
  const v1::Report::Metric* overall = FindMetric(page.report(), "overall_accuracy");
  if (overall == nullptr || overall->paired().points().sample_count() == 0) return;
  const Decision& decision = *page.decision;
  const Decision::CriterionResult* improvement = ImprovementIn(decision);
  const v1::Estimate& points = overall->paired().points();
  const double assured = decision.assured_gain();
  w.Raw("<div class=\"headline\"><div><p class=\"name\">Assured gain</p><p class=\"figure\">");
  w.Text(assured > 0 ? Points(assured) : "none").Raw("</p><p class=\"by\">measured ");
  w.Text(Points(points.value())).Raw("; the ");
  const double confidence =
      improvement != nullptr ? improvement->observed().confidence() : points.confidence();
  w.Text(ConfidenceText(confidence)).Raw(" interval begins at ").Text(SignedHundredths(assured));
  w.Raw("</p></div>");
  if (improvement != nullptr && improvement->observed().sample_count() > 0) {
    DrawGain(improvement->observed(), improvement->required(), w);
  }
  w.Raw("</div>");
}

// A criterion's own words: what was found, and under it what follows from that.
void WriteReason(const decisions::Reason& reason, Writer& w) {
  if (reason.sentences.empty()) return;
  w.Raw("<li><strong><bdi>").Text(reason.name).Raw("</bdi></strong> <bdi>");
  w.Text(reason.sentences.front()).Raw("</bdi>");
  if (reason.sentences.size() > 1) {
    w.Raw("<ul>");
    for (size_t i = 1; i < reason.sentences.size(); ++i) {
      // How near it is, is what people ask first.
      w.Raw(decisions::SaysHowNear(reason.sentences[i]) ? TrustedMarkup{"<li class=\"near\"><bdi>"}
                                                        : TrustedMarkup{"<li><bdi>"});
      w.Text(reason.sentences[i]).Raw("</bdi></li>");
    }
    w.Raw("</ul>");
  }
  w.Raw("</li>");
}

void WriteExplanation(const Decision& decision, Writer& w) {
  const decisions::ExplanationParts parts = decisions::TakeApart(decision);
  w.Raw("<p><bdi>").Text(parts.opening).Raw("</bdi></p>");
  if (!parts.reasons.empty()) {
    w.Raw("<ul class=\"reasons\">");
    for (const decisions::Reason& reason : parts.reasons) WriteReason(reason, w);
    w.Raw("</ul>");
  }
  if (!parts.rest.empty()) w.Raw("<p><bdi>").Text(parts.rest).Raw("</bdi></p>");
}

// On what the verdict stands, in one line of small facts.
void WriteGround(const Page& page, Writer& w) {
  const Decision& decision = *page.decision;
  const v1::Report& report = page.report();
  w.Raw("<ul class=\"ground\"><li>");
  w.Text(Counted(decision.example_count(), "example", "examples"));
  if (report.cluster_count() > 0) {
    w.Text(absl::StrCat(" in ", Counted(report.cluster_count(), "cluster", "clusters"), " by "));
    w.Raw("<bdi>").Text(report.cluster_key()).Raw("</bdi>");
  }
  w.Raw("</li>");
  const int look = std::max(decision.look(), page.evaluation->look());
  if (look > 0) {
    const double alpha = stats::AlphaAtLook(1 - decision.policy().confidence(), look);
    w.Raw("<li>").Text(absl::StrFormat("look %d at these questions, alpha %.4g", look, alpha));
    w.Raw("</li>");
  }
  w.Raw("<li>");
  w.Raw(decision.post_hoc() ? TrustedMarkup{"<strong>exploratory: policy made afterwards</strong>"}
                            : TrustedMarkup{"policy frozen before the first call"});
  w.Raw("</li>");
  if (!decision.certificate_digest().empty()) {
    w.Raw("<li>signed, certificate <code>").Text(decision.certificate_digest().substr(0, 12));
    w.Raw("</code></li>");
  } else if (!decision.name().empty()) {
    w.Raw("<li>not signed</li>");
  }
  w.Raw("</ul>");
}

}  // namespace

void WriteVerdict(const Page& page, Writer& w) {
  if (page.decision == nullptr) return;
  const Decision& decision = *page.decision;
  const VerdictLook look = LookOf(decision.effective_verdict());
  w.Raw("<section").Attribute("class", look.kind).Raw(" aria-labelledby=\"verdict\">");
  w.Raw("<h2 id=\"verdict\">");
  WriteSign(decision.effective_verdict(), w);
  w.Raw("<span>").Text(look.words).Raw("</span></h2>");
  WriteOverrides(decision, w);
  WriteHeadline(page, w);
  WriteExplanation(decision, w);
  if (!decision.next_step().empty()) {
    w.Raw("<p class=\"next\"><strong>Next</strong> <bdi>").Text(decision.next_step());
    w.Raw("</bdi></p>");
  }
  WriteGround(page, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
