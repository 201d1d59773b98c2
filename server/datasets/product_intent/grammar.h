// Spanish agreement: the form of a word that fits a noun's gender and number.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GRAMMAR_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GRAMMAR_H_

#include <string>
#include <string_view>

#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {

struct Agreement {
  Gender gender = Gender::kMasculine;
  bool plural = false;
};

// The form of `key` ("un", "caro", "sea"; without accents), or nullptr for a word that is not
// known.
const char* Agree(std::string_view key, Agreement with);

// The spoken sentence of an expanded template: "de el" and "a el" contract, double spaces go, and
// the first letter is a capital.
std::string Polish(std::string text);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GRAMMAR_H_
