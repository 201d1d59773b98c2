#include "common/evidence/answers/graders/similarity.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tunegate::graders {
namespace {

constexpr std::pair<std::string_view, Measure> kMeasures[] = {
    {"fuzzy_match", FuzzyMatch}, {"bleu", Bleu},        {"gleu", Gleu},
    {"meteor", Meteor},          {"rouge_1", Rouge<1>}, {"rouge_2", Rouge<2>},
    {"rouge_3", Rouge<3>},       {"rouge_4", Rouge<4>}, {"rouge_5", Rouge<5>},
    {"rouge_l", RougeL},         {"cosine", Cosine},
};

}  // namespace

Measure FindMeasure(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                   [&](const auto& measure) { return measure.first == name; });
  return found != std::end(kMeasures) ? found->second : nullptr;
}

std::string MeasureNames() {
  std::string names;
  for (const auto& [name, measure] : kMeasures) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

double CompareWords(std::string_view right, std::string_view answered,
                    double (*alike)(const SymbolPair& words)) {
  if (right == answered) return 1;
  const SymbolPair words = NumberWords(right, answered);
  if (words.right.empty() || words.answered.empty()) return 0;
  if (words.right == words.answered) return 1;
  return std::clamp(alike(words), 0.0, 1.0);
}

double F1(size_t common, size_t m, size_t n) {
  return m + n == 0 ? 0 : 2.0 * static_cast<double>(common) / static_cast<double>(m + n);
}

}  // namespace tunegate::graders
