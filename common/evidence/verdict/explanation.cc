#include "common/evidence/verdict/explanation.h"

namespace tunegate::decisions {
namespace {

std::string NameOf(const v1::Decision::CriterionResult& result) {
  return result.slice().empty() ? result.criterion_id()
                                : result.criterion_id() + " (" + result.slice() + ")";
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

ExplanationParts TakeApart(const v1::Decision& decision) {
  const std::string_view whole = decision.explanation();
  ExplanationParts parts{.opening = whole, .reasons = {}, .rest = {}};
  size_t from = 0;
  for (const v1::Decision::CriterionResult& result : decision.criteria()) {
    if (result.explanation().empty()) continue;
    Reason reason{NameOf(result), Sentences(result.explanation())};
    const std::string line = reason.name + ": " + result.explanation();
    const size_t at = whole.find(line, from);
    if (at == std::string_view::npos) continue;
    if (parts.reasons.empty()) parts.opening = Trimmed(whole.substr(0, at));
    from = at + line.size();
    parts.reasons.push_back(std::move(reason));
  }
  if (!parts.reasons.empty()) parts.rest = Trimmed(whole.substr(from));
  return parts;
}

bool SaysHowNear(std::string_view sentence) {
  return sentence.starts_with("GO if ") || sentence.starts_with("Accuracy would suffice if ");
}

std::vector<std::string_view> Sentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  size_t begin = 0;
  for (size_t at = text.find(". "); at != std::string_view::npos; at = text.find(". ", at + 1)) {
    const size_t next = at + 2;
    if (next >= text.size() || text[next] < 'A' || text[next] > 'Z') continue;
    sentences.push_back(text.substr(begin, at + 1 - begin));
    begin = next;
  }
  if (begin < text.size()) sentences.push_back(text.substr(begin));
  return sentences;
}

}  // namespace tunegate::decisions
