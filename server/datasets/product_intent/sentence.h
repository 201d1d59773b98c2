// One query from a family: its slots filled with words that agree and belong together, and the
// right answer that follows from them.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SENTENCE_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SENTENCE_H_

#include <string>
#include <vector>

#include "common/random.h"
#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {

// The values of tasks/product_intent.
struct Answer {
  std::string intent_type;
  std::string category;
  std::string budget_tier;
  std::string recipient;
  std::vector<std::string> context_tags;
  std::vector<std::string> priority_features;
};

struct Sentence {
  std::string query;  // well spelt, with a capital
  Answer answer;
  std::string region;  // "neutral", "spain" or "latin_america": whose words it has
};

// A sentence of `family` that says `tier`. Test-only wordings are used, for about half of what has
// any, when `pool` is kTestOnly.
Sentence MakeSentence(const Family& family, Tier tier, Pool pool, Random& random);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SENTENCE_H_
