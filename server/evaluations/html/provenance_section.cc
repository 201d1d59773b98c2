// Where the figures come from: who was asked and who answered, on what data, by which rule.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/evidence/report/figures.h"
#include "common/statistics/multiplicity.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

template <size_t N>
void Fact(const char (&name)[N], std::string_view value, Writer& w) {
  if (value.empty()) return;
  w.Raw("<dt>").Raw(name).Raw("</dt><dd><bdi>").Text(value).Raw("</bdi></dd>");
}

std::string Sha256Text(const std::string& digest) {
  return digest.empty() ? "" : absl::StrCat("sha256 ", digest);
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
  if (variant.logprobs()) absl::StrAppend(&text, ", with log-probabilities");
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
      page.in_batch()        ? ", through the provider's Batch API"
      : page.has_candidate() ? ", of both variants in random order, call by call"
                             : ", call by call");
}

// "number 2 at these questions, so alpha is 0.025 in place of 0.05".
std::string LookText(const Page& page) {
  const int32_t look = page.evaluation->look();
  if (look == 0) return "";
  const double confidence = page.decision != nullptr ? page.decision->policy().confidence()
                                                     : page.evaluation->policy().confidence();
  if (!(confidence > 0)) return absl::StrCat("number ", look, " at these questions");
  const double alpha = 1 - confidence;
  const std::string used = absl::StrFormat("%.4g", stats::AlphaAtLook(alpha, look));
  if (look == 1) return absl::StrCat("the first at these questions, alpha ", used);
  return absl::StrCat("number ", look, " at these questions, so alpha is ", used, " in place of ",
                      absl::StrFormat("%.4g", alpha));
}

void WriteCertificate(const v1::Decision& decision, Writer& w) {
  if (decision.name().empty()) return;
  if (decision.certificate_digest().empty()) {
    Fact("Certificate", "none: the server had no key", w);
    return;
  }
  Fact("Certificate", absl::StrCat("sha256 ", decision.certificate_digest()), w);
  Fact("Follows",
       decision.previous_certificate_digest().empty()
           ? "nothing: the first of its chain"
           : absl::StrCat("sha256 ", decision.previous_certificate_digest()),
       w);
}

void WritePolicy(const Page& page, Writer& w) {
  const v1::Evaluation& evaluation = *page.evaluation;
  if (page.decision == nullptr) {
    Fact("Policy", Sha256Text(evaluation.policy_digest()), w);
    return;
  }
  const v1::Decision& decision = *page.decision;
  Fact("Policy",
       absl::StrCat(Sha256Text(decision.policy_digest()), decision.post_hoc()
                                                              ? ", made after the first call"
                                                              : ", frozen before the first call"),
       w);
  if (decision.post_hoc()) Fact("Frozen policy", Sha256Text(evaluation.policy_digest()), w);
}

void WriteRepeated(const v1::Report& report, Writer& w) {
  const int64_t repeated = report.baseline_usage().usage().maybe_repeated_calls() +
                           report.candidate_usage().usage().maybe_repeated_calls();
  if (repeated == 0) return;
  Fact("Perhaps billed twice",
       absl::StrCat(Counted(repeated, "call", "calls"), " that were in flight when a server died"),
       w);
}

void WriteReused(const Page& page, Writer& w) {
  const int64_t reused =
      page.report().baseline_usage().reused() + page.report().candidate_usage().reused();
  if (!page.evaluation->reuse_answers() && reused == 0) return;
  Fact("Taken from earlier",
       absl::StrCat(Counted(reused, "answer", "answers"),
                    " of dated models, to the same requests; never for response times"),
       w);
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
                    Counted(report.example_count(), "example", "examples")),
       w);
  if (report.cluster_count() > 0) {
    Fact("Clusters", absl::StrCat(Count(report.cluster_count()), ", by ", report.cluster_key()), w);
  }
  Fact("Look", LookText(page), w);
  Fact("Asked before by", absl::StrJoin(evaluation.related_datasets(), ", "), w);
  Fact("Baseline asked", VariantText(evaluation.baseline()), w);
  Fact("Baseline answered by", Answered(report.baseline_usage()), w);
  if (page.has_candidate()) {
    Fact("Candidate asked", VariantText(evaluation.candidate()), w);
    Fact("Candidate answered by", Answered(report.candidate_usage()), w);
  }
  Fact("Asked", AskedText(page), w);
  Fact("Seed", std::to_string(evaluation.seed()), w);
  WriteReused(page, w);
  WritePolicy(page, w);
  Fact("Prices", report.baseline_usage().usage().price_table(), w);
  WriteRepeated(report, w);
  Fact("Begun", TimeText(evaluation.has_create_time(), evaluation.create_time()), w);
  Fact("Ended", TimeText(evaluation.has_end_time(), evaluation.end_time()), w);
  if (page.decision != nullptr) WriteCertificate(*page.decision, w);
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
