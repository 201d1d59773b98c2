#include "common/evidence/answers/results.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/errors.h"
#include "common/evidence/answers/call_pairs.h"
#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr int64_t kMicrosPerSecond = 1'000'000;

void FillAnswer(const Grader& grader, const Graded& graded, const CallRecord& call,
                v1::Result::Answer& answer) {
  answer.set_text(ToValidUtf8(call.text()));
  answer.set_json_valid(graded.json_valid);
  answer.set_schema_valid(graded.schema_valid);
  for (size_t i = 0; i < grader.scored_count() && !graded.missing; ++i) {
    const std::string& field = grader.fields()[i].id;
    (*answer.mutable_right())[field] = graded.right[i];
    (*answer.mutable_scores())[field] = graded.scores[i];
  }
  answer.set_overall_right(graded.overall_right);
  if (call.response_time_us() > 0) {
    answer.mutable_response_time()->set_seconds(call.response_time_us() / kMicrosPerSecond);
    answer.mutable_response_time()->set_nanos(
        static_cast<int32_t>(call.response_time_us() % kMicrosPerSecond * 1000));
  }
  answer.set_attempts(call.attempts());
  answer.set_provider_request_id(call.provider_request_id());
  if (call.has_failure()) *answer.mutable_failure() = call.failure();
  answer.set_finish_reason(call.finish_reason());
  answer.set_answering_model(call.answering_model());
  answer.set_refused(call.refused());
  answer.set_reused_from(call.reused_from());
  if (call.has_confidence()) answer.set_confidence(call.confidence());
}

std::optional<bool> Right(bool has_answer, const v1::Result::Answer& answer) {
  if (!has_answer || answer.has_failure()) return std::nullopt;
  return answer.overall_right();
}

absl::Status BadFilter(std::string_view term) {
  return InvalidArgument("INVALID_FILTER",
                         absl::StrCat("filter term \"", Abbreviate(ToValidUtf8(term), 100),
                                      "\" is not understood"))
      .Field("filter",
             "expected terms `field = true` or `field = false` joined by AND, where field is "
             "changed, gained, lost, baseline_right or candidate_right");
}

std::string_view Stripped(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

// `text` up to the next AND, which is removed with it. AND is a word of its own.
std::string_view NextTerm(std::string_view& text) {
  constexpr std::string_view kAnd = " AND ";
  const size_t at = text.find(kAnd);
  const std::string_view term = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + kAnd.size());
  return Stripped(term);
}

}  // namespace

v1::Result MakeResult(const Grader& grader, const datasets::Example& example,
                      const Expected& expected, const CallRecord* baseline,
                      const CallRecord* candidate) {
  v1::Result result;
  result.set_example_id(example.id);
  result.set_repeat(baseline != nullptr    ? baseline->repeat()
                    : candidate != nullptr ? candidate->repeat()
                                           : 0);
  result.set_query(ToValidUtf8(example.query));
  result.set_expected(ToValidUtf8(example.expected));
  for (const auto& [key, value] : example.slices) {
    (*result.mutable_slices())[ToValidUtf8(key)] = ToValidUtf8(value);
  }
  if (baseline != nullptr) {
    FillAnswer(grader, grader.Grade(expected, *baseline), *baseline, *result.mutable_baseline());
  }
  if (candidate != nullptr) {
    FillAnswer(grader, grader.Grade(expected, *candidate), *candidate, *result.mutable_candidate());
  }
  const auto before = Right(result.has_baseline(), result.baseline());
  const auto after = Right(result.has_candidate(), result.candidate());
  result.set_changed(before.has_value() && after.has_value() && *before != *after);
  return result;
}

absl::StatusOr<std::vector<v1::Result>> BuildResults(const v1::Task& task,
                                                     const std::vector<datasets::Example>& examples,
                                                     const std::vector<CallRecord>& calls) {
  TG_ASSIGN_OR_RETURN(const Grader grader, Grader::Create(task));
  TG_ASSIGN_OR_RETURN(const auto grouped, CallsByExample(examples, calls));
  std::vector<v1::Result> results;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (grouped[i].empty()) continue;
    TG_ASSIGN_OR_RETURN(const Expected expected, grader.Prepare(examples[i].expected));
    TG_ASSIGN_OR_RETURN(const std::vector<CallPair> pairs, PairCalls(examples[i], grouped[i]));
    for (const CallPair& pair : pairs) {
      results.push_back(MakeResult(grader, examples[i], expected, pair.baseline, pair.candidate));
    }
  }
  std::stable_sort(results.begin(), results.end(), [](const v1::Result& a, const v1::Result& b) {
    return a.example_id() < b.example_id();
  });
  return results;
}

absl::StatusOr<ResultFilter> ResultFilter::Parse(std::string_view filter) {
  static constexpr std::pair<std::string_view, Field> kFields[] = {
      {"changed", Field::kChanged},
      {"gained", Field::kGained},
      {"lost", Field::kLost},
      {"baseline_right", Field::kBaselineRight},
      {"candidate_right", Field::kCandidateRight},
  };
  ResultFilter parsed;
  std::string_view rest = Stripped(filter);
  const bool ends_in_and = rest == "AND" || rest.ends_with(" AND");
  if (ends_in_and) return BadFilter(rest);
  while (!rest.empty()) {
    const std::string_view term = NextTerm(rest);
    const size_t equals = term.find('=');
    if (equals == std::string_view::npos) return BadFilter(term);
    const std::string_view name = Stripped(term.substr(0, equals));
    const std::string_view value = Stripped(term.substr(equals + 1));
    const auto* field = std::find_if(std::begin(kFields), std::end(kFields),
                                     [&](const auto& known) { return known.first == name; });
    if (field == std::end(kFields) || (value != "true" && value != "false")) {
      return BadFilter(term);
    }
    parsed.terms_.push_back({field->second, value == "true"});
  }
  return parsed;
}

std::optional<bool> ResultFilter::ValueOf(Field field, const v1::Result& result) {
  const auto baseline = Right(result.has_baseline(), result.baseline());
  const auto candidate = Right(result.has_candidate(), result.candidate());
  switch (field) {
    case Field::kChanged:
      return result.changed();
    case Field::kGained:
      return result.changed() && candidate.value_or(false);
    case Field::kLost:
      return result.changed() && baseline.value_or(false);
    case Field::kBaselineRight:
      return baseline;
    case Field::kCandidateRight:
      return candidate;
  }
  return std::nullopt;
}

bool ResultFilter::Matches(const v1::Result& result) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    return ValueOf(term.field, result) == std::optional<bool>(term.wanted);
  });
}

}  // namespace tunegate::evaluations
