// The words of the product_intent generator: what is bought, for whom, why and with what budget.
// Tables only; how words come together stands in sentence.h. A word's answer labels are values of
// tasks/product_intent.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_LEXICON_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_LEXICON_H_

#include <array>
#include <string>
#include <vector>

namespace tunegate::datasets::product_intent {

enum class Gender { kMasculine, kFeminine };

// A noun phrase with both numbers. plural_only ("unos auriculares") speaks of one thing in plural.
struct Noun {
  const char* singular;
  const char* plural;
  Gender gender;
  bool plural_only = false;
};

// Where a word is said. A Latin American form is null where Spain's serves.
enum class Region { kSpain, kLatinAmerica };

// What a product or a template is fit for; a template takes products that have all its traits.
enum Trait : unsigned {
  kGift = 1u << 0,          // to give to an adult
  kForChildren = 1u << 1,   // to give to a child
  kEquipment = 1u << 2,     // is used for years, breaks and is replaced
  kForHome = 1u << 3,       // stands at home
  kForBusiness = 1u << 4,   // a company buys several
  kShared = 1u << 5,        // an office has one
  kForDesk = 1u << 6,       // to work at home with
  kSmallPresent = 1u << 7,  // a company gives it to many
  kForTravel = 1u << 8,     // is missed on a journey
};

// A purpose: what follows "para", and the context tag that it gives.
struct Use {
  const char* phrase;
  const char* tag;
};

struct Product {
  const char* category;
  Noun spain;
  Noun latin;            // singular == nullptr: as in Spain
  int price;             // what a middling one costs, in euros
  const char* variant1;  // two kinds to choose between, without agreement: "de filtro"
  const char* variant2;
  std::array<Use, 2> uses;
  std::vector<const char*> features;  // Feature::label of those that make sense
  unsigned traits;
};

enum RecipientGroup : unsigned {
  kParent = 1u << 0,
  kGrandparent = 1u << 1,
  kPartner = 1u << 2,
  kSibling = 1u << 3,
  kFriend = 1u << 4,
  kChild = 1u << 5,
  kInLaw = 1u << 6,
  kWork = 1u << 7,
  kTeacher = 1u << 8,
  kCouple = 1u << 9,  // two people: plural
  kWoman = 1u << 10,
  kMan = 1u << 11,
};

struct Recipient {
  const char* phrase;  // "mi madre"
  const char* label;   // "mother"
  unsigned groups;
};

struct Occasion {
  const char* phrase;  // after "por", "para", "celebramos": "su cumpleaños"
  const char* bare;    // after "regalo de": "cumpleaños"
  const char* tag;
  unsigned groups;  // recipients of at least one of these ...
  unsigned must;    // ... and of all of these
};

struct Feature {
  const char* label;
  const char* phrase;  // follows the noun; slots in braces agree with it
};

// Which half of the examples may use a wording: unseen ones stay for the test set.
enum class Pool { kShared, kTestOnly };

enum class Tier { kMidRange, kEconomic, kPremium, kUnspecified };
inline constexpr std::array<Tier, 4> kTiers = {Tier::kMidRange, Tier::kEconomic, Tier::kPremium,
                                               Tier::kUnspecified};
const char* TierLabel(Tier tier);

// How a budget is said: after a comma, as a sentence of its own, or right after the noun.
enum class BudgetForm { kClause, kSentence, kNominal };

struct BudgetPhrase {
  Tier tier;
  BudgetForm form;
  Pool pool;
  const char* text;  // a template; {cuanto} is an amount that fits tier and product
};

// A wording with the pool that may use it: deadlines and companies.
struct Wording {
  Pool pool;
  const char* text;
};

// All of them live for ever.
const std::vector<Product>& Products();
const std::vector<Recipient>& Recipients();
const std::vector<Occasion>& Occasions();
const std::vector<Feature>& Features();
const std::vector<BudgetPhrase>& BudgetPhrases();
const std::vector<Wording>& Deadlines();
const std::vector<Wording>& Companies();

// The noun of `product` as it is said in `region`.
const Noun& NounOf(const Product& product, Region region);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_LEXICON_H_
