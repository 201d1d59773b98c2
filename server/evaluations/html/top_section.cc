// The head of the document and the top of the page: who was compared, and what stands where.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/version.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/style.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

std::string TaskName(const Page& page) {
  const std::string& name = page.task->display_name();
  return name.empty() ? page.evaluation->task() : name;
}

void Link(const char* target, std::string_view text, bool there, Writer& w) {
  if (!there) return;
  w.Raw("<li><a").Attribute("href", target).Raw(">").Text(text).Raw("</a></li>");
}

// Who was asked; and who answered, where that is somebody else: a job's model, an alias's snapshot.
template <size_t N>
void Opponent(const char (&name)[N], bool candidate, const v1::Variant& variant,
              const v1::Report::ArmUsage& usage, Writer& w) {
  w.Raw("<div><dt><span").Attribute("class", candidate ? "dot new" : "dot");
  w.Raw(" aria-hidden=\"true\"></span>").Raw(name).Raw("</dt><dd><bdi>");
  w.Text(variant.model()).Raw("</bdi>");
  for (const std::string& model : usage.answering_models()) {
    if (model == variant.model()) continue;
    w.Raw(" <span class=\"of\">answered by <bdi>").Text(model).Raw("</bdi></span>");
  }
  w.Raw("</dd></div>");
}

void WriteContents(const Contents& contents, Writer& w) {
  w.Raw("<nav aria-label=\"Contents\"><ul>");
  Link("#criteria", "Criteria", contents.criteria, w);
  Link("#accuracy", "Accuracy", true, w);
  Link("#slices", "Slices", contents.slices, w);
  Link("#changes", "What changed", contents.changes, w);
  Link("#confusion", "Confusion", contents.confusions, w);
  Link("#calibration", "Calibration", contents.calibration, w);
  Link("#time", "Time and cost", true, w);
  Link("#training", "Training", contents.training, w);
  Link("#examples", "Examples", contents.examples, w);
  Link("#provenance", "Provenance", true, w);
  w.Raw("</ul></nav>");
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
    w.Text(VerdictName(page.decision->effective_verdict())).Raw(" - ");
  }
  w.Text(TaskName(page)).Raw(" - TuneGate</title><style>").Raw(TrustedMarkup{StyleSheet()});
  w.Raw("</style></head>\n<body><a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
}

void WriteTop(const Page& page, const Contents& contents, Writer& w) {
  const v1::Evaluation& evaluation = *page.evaluation;
  w.Raw("<header class=\"top\"><p class=\"kicker\">TuneGate");
  if (page.decision != nullptr && !page.decision->name().empty()) {
    w.Raw(" &#183; <bdi>").Text(page.decision->name()).Raw("</bdi>");
  }
  w.Raw(" &#183; <bdi>").Text(evaluation.name()).Raw("</bdi>");
  if (evaluation.has_end_time()) w.Raw(" &#183; ").Text(DateText(evaluation.end_time()));
  w.Raw("</p><h1><bdi>").Text(TaskName(page)).Raw("</bdi></h1><dl class=\"versus\">");
  Opponent("Baseline", false, evaluation.baseline(), page.report().baseline_usage(), w);
  if (page.has_candidate()) {
    Opponent("Candidate", true, evaluation.candidate(), page.report().candidate_usage(), w);
  }
  w.Raw("</dl>");
  WriteContents(contents, w);
  w.Raw("</header>\n<main id=\"main\" tabindex=\"-1\">\n");
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

void WriteFoot(Writer& w) {
  w.Raw("</main><footer><p>Written by TuneGate ").Text(kVersion);
  w.Raw(
      ". This file needs nothing else: it has no scripts and asks nothing of any "
      "server.</p></footer></body></html>\n");
}

}  // namespace tunegate::evaluations::html
