#include "server/sandbox/keyword/keyword_model.h"

#include <algorithm>
#include <cmath>

#include "server/sandbox/words.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kMinSharedLetters = 4;
constexpr int kPointsOfNothing = 1;  // the weight of "none of them" in the confidence

// Whether a word of the query and one of a value's name are the same or begin alike ("pago",
// "pagos").
bool Alike(const std::string& a, const std::string& b) {
  const size_t shared = std::min(a.size(), b.size());
  return a == b || (shared >= kMinSharedLetters && a.compare(0, shared, b, 0, shared) == 0);
}

}  // namespace

const KeywordModel::Known& KeywordModel::Recall(const std::string& value) const {
  MutexLock lock(mutex_);
  const auto found = known_.find(value);
  if (found != known_.end()) return found->second;
  return known_.emplace(value, Known{lexicon_.FindValue(value), Words(value)}).first->second;
}

int KeywordModel::Points(const json::Value& value, const Query& query) const {
  if (!value.IsString()) return 0;
  const Known& known = Recall(value.String());
  int points = known.entry == nullptr ? 0 : CountPoints(known.entry->keywords, query);
  for (const std::string& word : known.name) {
    points += std::any_of(query.begin(), query.end(),
                          [&](const std::string& other) { return Alike(word, other); });
  }
  return points;
}

json::Value KeywordModel::WhenNothingSpeaks(const AnswerField& field) const {
  if (const LexiconField* known = lexicon_.FindField(field.name); known != nullptr) {
    const json::Value value(known->default_value);
    if (!known->default_value.empty() && Allows(field, value)) return value;
  }
  return DefaultValue(field);
}

FieldAnswer KeywordModel::Choose(const AnswerField& field, const Query& query) const {
  const json::Value* best = nullptr;
  int most = 0;
  int total = kPointsOfNothing;
  for (const json::Value& value : field.values) {
    const int points = Points(value, query);
    total += points;
    if (points > most) {
      most = points;
      best = &value;
    }
  }
  const double share = static_cast<double>(best == nullptr ? kPointsOfNothing : most) / total;
  return {field.name, best == nullptr ? WhenNothingSpeaks(field) : *best, std::log(share)};
}

FieldAnswer KeywordModel::Collect(const AnswerField& field, const Query& query) const {
  json::Value members = json::Array();
  for (const json::Value& value : field.values) {
    if (Points(value, query) > 0) members.Append(value);
  }
  return {field.name, std::move(members), 0};
}

Answer KeywordModel::Respond(std::string_view query, const AnswerShape& shape) const {
  const Query words = Words(query);
  Answer answer;
  for (const AnswerField& field : shape.fields) {
    if (field.kind == AnswerField::Kind::kChoice) {
      answer.push_back(Choose(field, words));
    } else if (field.kind == AnswerField::Kind::kSet) {
      answer.push_back(Collect(field, words));
    } else {
      answer.push_back({field.name, WhenNothingSpeaks(field), 0});
    }
  }
  if (shape.json) return answer;
  if (answer.size() == 1 && answer[0].value.IsString()) {
    answer[0].name.clear();  // asked for one label and not for JSON: the label
    return answer;
  }
  if (!answer.empty()) return answer;
  return {{"",
           "I am sandbox-keyword-1, a keyword classifier and no language model: ask me for one of "
           "several values, listed in the system prompt or in a JSON schema.",
           0}};
}

}  // namespace tunegate::sandbox
