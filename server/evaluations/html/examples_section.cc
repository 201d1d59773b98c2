// The examples that changed sides, with what both variants said.
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

// "wrong in intent_type, budget_tier", or what kept it from being an answer.
std::string FaultOf(const v1::Result::Answer& answer) {
  if (answer.refused()) return "wrong: a refusal";
  if (answer.finish_reason() == "length" || answer.finish_reason() == "content_filter") {
    return "wrong: cut by the provider";
  }
  std::string fields;
  // Sorted: a proto's map has another order in each process.
  const std::map<std::string, bool> sorted(answer.right().begin(), answer.right().end());
  for (const auto& [field, right] : sorted) {
    if (right || field.empty()) continue;
    absl::StrAppend(&fields, fields.empty() ? "" : ", ", field);
  }
  if (!fields.empty() && !answer.json_valid()) return "wrong: not JSON";
  return fields.empty() ? "wrong" : absl::StrCat("wrong in ", fields);
}

// Compact JSON has no spaces: without a hint its lines would break within words.
void WriteBreakable(std::string_view text, Writer& w) {
  for (size_t comma; (comma = text.find(',')) != std::string_view::npos;) {
    w.Text(text.substr(0, comma + 1)).Raw("<wbr>");
    text.remove_prefix(comma + 1);
  }
  w.Text(text);
}

void WriteAnswer(std::string_view arm, const v1::Result::Answer& answer, Writer& w) {
  const bool right = answer.overall_right();
  w.Raw("<dt><b>").Text(arm).Raw("</b>");
  if (right) {
    w.Raw("right");
  } else {
    w.Raw("<span class=\"wrong-fields\"><bdi>").Text(FaultOf(answer)).Raw("</bdi></span>");
  }
  w.Raw("</dt><dd><pre dir=\"auto\"").Attribute("class", right ? "said right" : "said wrong");
  w.Raw(">");
  WriteBreakable(answer.text().empty() ? "(empty)" : answer.text(), w);
  w.Raw("</pre></dd>");
}

void WriteExample(const v1::Result& result, Writer& w) {
  w.Raw("<article class=\"example\"><h4 dir=\"auto\">").Text(result.query()).Raw("</h4>");
  w.Raw("<p class=\"of\">example ").Text(result.example_id());
  if (result.repeat() > 0) w.Raw(", repeat ").Text(std::to_string(result.repeat()));
  for (const auto& [key, value] :
       std::map<std::string, std::string>(result.slices().begin(), result.slices().end())) {
    w.Raw(" &#183; <bdi>").Text(absl::StrCat(key, " = ", value)).Raw("</bdi>");
  }
  w.Raw("</p><dl class=\"answers\"><dt><b>Expected</b></dt><dd><pre class=\"said\" dir=\"auto\">");
  WriteBreakable(result.expected(), w);
  w.Raw("</pre></dd>");
  WriteAnswer("Baseline", result.baseline(), w);
  WriteAnswer("Candidate", result.candidate(), w);
  w.Raw("</dl></article>");
}

void WriteGroup(std::string_view heading, const std::vector<v1::Result>& results, int64_t count,
                Writer& w) {
  if (results.empty()) return;
  w.Raw("<h3>").Text(heading);
  if (static_cast<int64_t>(results.size()) < count) {
    w.Text(absl::StrCat(": the first ", Count(static_cast<int64_t>(results.size())), " of ",
                        Count(count)));
  } else {
    w.Text(absl::StrCat(": ", Count(count)));
  }
  w.Raw("</h3>");
  for (const v1::Result& result : results) WriteExample(result, w);
}

}  // namespace

void WriteExamples(const ChangedExamples& examples, Writer& w) {
  if (examples.lost.empty() && examples.gained.empty()) return;
  w.Raw(
      "<section aria-labelledby=\"examples\"><h2 id=\"examples\">Examples that changed sides</h2>"
      "<p>What the baseline had right and the candidate lost comes first.</p>");
  WriteGroup("Lost", examples.lost, examples.lost_count, w);
  WriteGroup("Gained", examples.gained, examples.gained_count, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
