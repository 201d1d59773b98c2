// Where the figures come from: who was asked and who answered, on what data, by which rule.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

template <size_t N>
void Fact(const char (&name)[N], std::string_view value, Writer& w) {
  if (value.empty()) return;
  w.Raw("<dt>").Raw(name).Raw("</dt><dd><bdi>").Text(value).Raw("</bdi></dd>");
}

std::string TimeText(bool has, const google::protobuf::Timestamp& time) {
  if (!has) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string VariantText(const v1::Variant& variant) {
  std::string text = variant.provider().empty()
                         ? variant.model()
                         : absl::StrCat(variant.provider(), ", ", variant.model());
  absl::StrAppend(&text, variant.has_system_prompt() ? ", own prompt" : ", the task's prompt");
  absl::StrAppend(&text, ", temperature ", variant.temperature());
  if (variant.examples_size() > 0) {
    absl::StrAppend(&text, ", ", Counted(variant.examples_size(), "example", "examples"),
                    " in the prompt");
  }
  if (variant.strict_schema()) absl::StrAppend(&text, ", schema enforced");
  return text;
}

std::string Answered(const v1::Report::ArmUsage& usage) {
  return usage.answering_models().empty() ? "nobody"
                                          : absl::StrJoin(usage.answering_models(), ", ");
}

std::string AskedText(const Page& page) {
  const int32_t repeats = page.evaluation->repeat_count();
  return absl::StrCat(
      repeats > 1 ? absl::StrCat("each example ", repeats, " times") : "each example once",
      page.has_candidate() ? ", of both variants in random order" : "");
}

void WritePrompt(std::string_view title, std::string_view prompt, Writer& w) {
  if (prompt.empty()) return;
  w.Raw("<details><summary>").Text(title).Raw("</summary><pre class=\"said\" dir=\"auto\">");
  w.Text(prompt).Raw("</pre></details>");
}

}  // namespace

void WriteProvenance(const Page& page, Writer& w) {
  const v1::Evaluation& evaluation = *page.evaluation;
  const v1::Report& report = page.report();
  w.Raw(
      "<section aria-labelledby=\"provenance\"><h2 id=\"provenance\">Provenance</h2>"
      "<dl class=\"facts\">");
  Fact("Evaluation", evaluation.name(), w);
  if (page.decision != nullptr) Fact("Decision", page.decision->name(), w);
  Fact("Task", evaluation.task(), w);
  Fact("Test set",
       absl::StrCat(evaluation.dataset(), ", ",
                    Counted(report.example_count(), "example", "examples"),
                    evaluation.look() > 0 ? absl::StrCat(", look ", evaluation.look()) : ""),
       w);
  Fact("Baseline asked", VariantText(evaluation.baseline()), w);
  Fact("Baseline answered by", Answered(report.baseline_usage()), w);
  if (page.has_candidate()) {
    Fact("Candidate asked", VariantText(evaluation.candidate()), w);
    Fact("Candidate answered by", Answered(report.candidate_usage()), w);
  }
  Fact("Asked", AskedText(page), w);
  Fact("Seed", std::to_string(evaluation.seed()), w);
  Fact("Policy",
       page.decision != nullptr ? page.decision->policy_digest() : evaluation.policy_digest(), w);
  if (page.decision != nullptr && page.decision->post_hoc()) {
    Fact("Policy frozen before the first call", evaluation.policy_digest(), w);
  }
  Fact("Prices", report.baseline_usage().usage().price_table(), w);
  const int64_t repeated = report.baseline_usage().usage().maybe_repeated_calls() +
                           report.candidate_usage().usage().maybe_repeated_calls();
  if (repeated > 0) {
    Fact(
        "Perhaps billed twice",
        absl::StrCat(Counted(repeated, "call", "calls"), " that were in flight when a server died"),
        w);
  }
  Fact("Begun", TimeText(evaluation.has_create_time(), evaluation.create_time()), w);
  Fact("Ended", TimeText(evaluation.has_end_time(), evaluation.end_time()), w);
  w.Raw("</dl>");
  WritePrompt("The task's prompt", evaluation.system_prompt(), w);
  if (evaluation.baseline().has_system_prompt()) {
    WritePrompt("The baseline's own prompt", evaluation.baseline().system_prompt(), w);
  }
  if (evaluation.candidate().has_system_prompt()) {
    WritePrompt("The candidate's own prompt", evaluation.candidate().system_prompt(), w);
  }
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
