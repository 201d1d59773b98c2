// The examples that changed sides, with what both variants said.
#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

// Of each side; the others are a click away.
constexpr size_t kShownAtOnce = 5;

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

// What else is known of an answer: how sure the model was, and where it was taken from.
void WriteMarks(const v1::Result::Answer& answer, Writer& w) {
  if (answer.has_confidence()) {
    w.Raw("<span class=\"mark\">confidence ").Text(Percent(answer.confidence(), 0));
    w.Raw("</span>");
  }
  if (!answer.reused_from().empty()) {
    w.Raw("<span class=\"mark\">from <bdi>").Text(answer.reused_from()).Raw("</bdi></span>");
  }
}

void WriteAnswer(std::string_view arm, const std::string& expected,
                 const v1::Result::Answer& answer, Writer& w) {
  const bool right = answer.overall_right();
  w.Raw("<dt><b>").Text(arm).Raw("</b>");
  if (right) {
    w.Raw("right");
  } else {
    w.Raw("<span class=\"wrong-fields\"><bdi>").Text(FaultOf(answer)).Raw("</bdi></span>");
  }
  WriteMarks(answer, w);
  w.Raw("</dt><dd>");
  if (right && answer.text() == expected) {
    w.Raw("<p class=\"same\">as expected</p></dd>");
    return;
  }
  w.Raw("<pre dir=\"auto\"").Attribute("class", right ? "said right" : "said wrong");
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
  WriteAnswer("Baseline", result.expected(), result.baseline(), w);
  WriteAnswer("Candidate", result.expected(), result.candidate(), w);
  w.Raw("</dl></article>");
}

void WriteGroup(std::string_view name, const std::vector<v1::Result>& results, int64_t count,
                Writer& w) {
  if (results.empty()) return;
  const auto kept = static_cast<int64_t>(results.size());
  w.Raw("<h3>").Text(name);
  w.Text(kept < count ? absl::StrCat(": the first ", Count(kept), " of ", Count(count))
                      : absl::StrCat(": ", Count(count)));
  w.Raw("</h3>");
  const size_t open = std::min(results.size(), kShownAtOnce);
  for (size_t i = 0; i < open; ++i) WriteExample(results[i], w);
  if (open == results.size()) return;
  w.Raw("<details><summary>").Text(Count(kept - static_cast<int64_t>(open)));
  w.Raw(" more that were ").Text(name == "Lost" ? "lost" : "gained").Raw("</summary>");
  for (size_t i = open; i < results.size(); ++i) WriteExample(results[i], w);
  w.Raw("</details>");
}

}  // namespace

void WriteExamples(const Page& page, const ChangedExamples& examples, Writer& w) {
  if (examples.lost.empty() && examples.gained.empty()) return;
  w.Raw(
      "<section aria-labelledby=\"examples\"><h2 id=\"examples\">Examples that changed sides</h2>"
      "<p>What the baseline had right and the candidate lost comes first.</p>");
  WriteGroup("Lost", examples.lost, examples.lost_count, w);
  WriteGroup("Gained", examples.gained, examples.gained_count, w);
  w.Raw("<p class=\"all\">All of them: <code>tunegate eval results <bdi>");
  w.Text(page.evaluation->name()).Raw("</bdi> --changed</code>, every answer: ");
  w.Raw("<code>tunegate eval report <bdi>").Text(page.evaluation->name());
  w.Raw("</bdi> --out answers.csv</code></p></section>\n");
}

}  // namespace tunegate::evaluations::html
