// The verdict with what it stands on: what is assured, why, what would settle it, what to do next.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
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

// Cut after each full stop that a capital follows: for a list in place of a block of text.
std::vector<std::string_view> Sentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  size_t begin = 0;
  for (size_t at = text.find(". "); at != std::string_view::npos; at = text.find(". ", at + 1)) {
    if (at + 2 >= text.size() || !std::isupper(static_cast<unsigned char>(text[at + 2]))) continue;
    sentences.push_back(text.substr(begin, at + 1 - begin));
    begin = at + 2;
  }
  if (begin < text.size()) sentences.push_back(text.substr(begin));
  return sentences;
}

// A criterion's own words: what was found, and under it what follows from that.
void WriteReason(const std::string& name, std::string_view words, Writer& w) {
  const std::vector<std::string_view> sentences = Sentences(words);
  if (sentences.empty()) return;
  w.Raw("<li><strong><bdi>").Text(name).Raw("</bdi></strong> <bdi>");
  w.Text(sentences.front()).Raw("</bdi>");
  if (sentences.size() > 1) {
    w.Raw("<ul>");
    for (size_t i = 1; i < sentences.size(); ++i) {
      // How near it is, is what people ask first.
      const bool near = sentences[i].starts_with("GO if ");
      w.Raw(near ? TrustedMarkup{"<li class=\"near\"><bdi>"} : TrustedMarkup{"<li><bdi>"});
      w.Text(sentences[i]).Raw("</bdi></li>");
    }
    w.Raw("</ul>");
  }
  w.Raw("</li>");
}

// The explanation holds the words of the criteria that decided, each behind its name; here they are
// a list.
void WriteExplanation(const Decision& decision, Writer& w) {
  struct Part {
    size_t at, size;
    std::string name;
    std::string_view words;
  };
  const std::string& whole = decision.explanation();
  std::vector<Part> parts;
  size_t from = 0;
  for (const Decision::CriterionResult& result : decision.criteria()) {
    const std::string name =
        absl::StrCat(result.criterion_id(),
                     result.slice().empty() ? "" : absl::StrCat(" (", result.slice(), ")"));
    const std::string line = absl::StrCat(name, ": ", result.explanation());
    const size_t at = whole.find(line, from);
    if (at == std::string::npos) continue;
    parts.push_back({at, line.size(), name, result.explanation()});
    from = at + line.size();
  }
  const std::string_view text(whole);
  w.Raw("<p><bdi>").Text(text.substr(0, parts.empty() ? text.size() : parts.front().at));
  w.Raw("</bdi></p>");
  if (parts.empty()) return;
  w.Raw("<ul class=\"reasons\">");
  for (const Part& part : parts) WriteReason(part.name, part.words, w);
  w.Raw("</ul>");
  const std::string_view rest = text.substr(std::min(text.size(), from));
  if (rest.find_first_not_of(' ') != std::string_view::npos) {
    w.Raw("<p><bdi>").Text(rest).Raw("</bdi></p>");
  }
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
    w.Raw("<li>").Text(absl::StrFormat("look %d at this test set, alpha %.4g", look, alpha));
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
