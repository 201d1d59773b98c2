// Template families: the skeletons of queries. Training and validation share one set, the test set
// has its own, so that a right answer there is more than a remembered sentence.
//
// A family's text is a template:
//   [a|b]    one of them, at random
//   <a|b>    Spain's wording or Latin America's
//   {un} {el} {lo} {sea} {caro} ...   a word that agrees with the product (grammar.h)
//   {p} {ps} the product, in singular (or plural only) and plural
//   {v1} {v2} two kinds of it; {uso} a purpose; {f} {fs} a feature in its number or in plural
//   {r} the recipient; {le} {cumple} {tiene} {deja} {quiere} {abra} {merece} agree with it
//   {o} {od} an occasion, with and without "su"; {plazo} a deadline; {empresa} a company; {n} a
//   count
//   {,b} {.b} {bn} the budget: after a comma, as a sentence, right after the noun. Each exactly
//   once.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_FAMILY_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_FAMILY_H_

#include <array>
#include <vector>

namespace tunegate::datasets::product_intent {

enum class Intent { kGift, kPersonalUse, kBusiness, kComparison, kUrgent };
inline constexpr std::array<Intent, 5> kIntents = {
    Intent::kGift, Intent::kPersonalUse, Intent::kBusiness, Intent::kComparison, Intent::kUrgent};
const char* IntentLabel(Intent intent);

// Plain, at the edge of what people type (two words, or a paragraph), or between two intents, where
// the prompt's order of precedence decides.
enum class Case { kPlain, kEdge, kAmbiguous };
const char* CaseLabel(Case kind);

// What a family's text does not say itself.
struct FamilyTraits {
  Case kind = Case::kPlain;
  unsigned traits = 0;                     // products must have all of them (Trait)
  unsigned groups = 0;                     // recipients must be in one of them; 0: any
  const char* recipient = nullptr;         // label where no {r} says it
  std::vector<const char*> tags = {};      // context tags beside the intent's own
  std::vector<const char*> features = {};  // priority features beside the default ones
};

struct Family {
  const char* id;
  Intent intent;
  const char* text;
  FamilyTraits about = {};
};

// Of training and validation, and of the test set. They live for ever.
const std::vector<Family>& TrainFamilies();
const std::vector<Family>& TestFamilies();

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_FAMILY_H_
