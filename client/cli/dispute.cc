#include "client/cli/dispute.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/json.h"
#include "common/random.h"

namespace tunegate::cli {
namespace {

// A set's items in one order, each once.
json::Value Sorted(const json::Value& set) {
  std::vector<std::string> items;
  for (const json::Value& item : set.Elements()) items.push_back(json::WriteCanonical(item));
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  json::Value sorted = json::Array();
  for (std::string& item : items) sorted.Append(std::move(item));
  return sorted;
}

}  // namespace

std::string ChoiceText(size_t index) { return "#" + std::to_string(index + 1); }

absl::StatusOr<std::string> AnswerKey(const v1::Task& task, std::string_view answer) {
  TG_ASSIGN_OR_RETURN(const auto values, tasks::ReadAnswer(task, answer));
  json::Value key = json::Object();
  for (const auto& [id, value] : values) {
    const v1::Task::Field* field = tasks::FindField(task, id);
    key.Set(id, field != nullptr && field->has_set() ? Sorted(value) : value);
  }
  return json::WriteCanonical(key);
}

absl::StatusOr<DisputeFinder> DisputeFinder::Create(v1::Task task, int64_t seed) {
  TG_ASSIGN_OR_RETURN(evaluations::Grader grader, evaluations::Grader::Create(task));
  return DisputeFinder(std::move(task), std::move(grader), seed);
}

void DisputeFinder::Add(const v1::Result& result) {
  Asked& asked = examples_[result.example_id()];
  asked.query = result.query();
  Offer(result.expected(), asked);
  if (result.has_baseline()) AddAnswer(result, result.baseline(), asked);
  if (result.has_candidate()) AddAnswer(result, result.candidate(), asked);
}

// Of what was answered only the fields that are scored and wrong are taken, so that nothing else
// tells the answers apart.
void DisputeFinder::AddAnswer(const v1::Result& result, const v1::Result::Answer& answer,
                              Asked& asked) {
  if (answer.has_failure() || answer.overall_right()) return;
  asked.disputed = true;
  auto label = tasks::ReadAnswer(task_, result.expected());
  const auto answered = tasks::ReadAnswer(task_, answer.text());
  if (answer.refused() || !label.ok() || !answered.ok()) return;
  for (const auto& [id, right] : answer.right()) {
    if (right) continue;
    const auto value = answered->find(id);
    if (value == answered->end()) return;
    (*label)[id] = value->second;
  }
  Offer(tasks::WriteAnswer(task_, *label), asked);
}

void DisputeFinder::Offer(const std::string& text, Asked& asked) {
  if (!grader_.Prepare(text).ok()) return;
  const auto key = AnswerKey(task_, text);
  if (key.ok()) asked.answers.emplace(*key, text);
}

std::vector<Dispute> DisputeFinder::Take() && {
  std::vector<Dispute> disputes;
  for (auto& [id, asked] : examples_) {
    if (!asked.disputed) continue;
    Dispute& dispute = disputes.emplace_back();
    dispute.example = id;
    dispute.query = std::move(asked.query);
    for (auto& [key, text] : asked.answers) dispute.answers.push_back(std::move(text));
    Random(seed_, "answers to " + id).Shuffle(dispute.answers);
  }
  Random(seed_, "disputes").Shuffle(disputes);
  return disputes;
}

}  // namespace tunegate::cli
