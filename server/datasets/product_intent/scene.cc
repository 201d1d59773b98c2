#include "server/datasets/product_intent/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace tunegate::datasets::product_intent {
namespace {

constexpr double kLatinAmericanShare = 0.3;
// Of the test set's wordings, where there are any that training never uses.
constexpr double kUnseenWordingShare = 0.2;
constexpr int kPriceOfSomething = 50;  // a present that is not named

// A random element that `accept` takes. There always is one: the tests expand every family.
template <typename T, typename Accept>
const T& PickWhere(const std::vector<T>& items, Random& random, Accept accept) {
  std::vector<const T*> fitting;
  for (const T& item : items) {
    if (accept(item)) fitting.push_back(&item);
  }
  return *random.Pick(fitting);
}

// A shared wording, or now and then, for the test set, one that training never uses.
template <typename T, typename Accept>
const T& PickFromPool(const std::vector<T>& items, Pool pool, Random& random, Accept accept) {
  const bool unseen = pool == Pool::kTestOnly && random.Chance(kUnseenWordingShare);
  const Pool wanted = unseen ? Pool::kTestOnly : Pool::kShared;
  return PickWhere(items, random,
                   [&](const T& item) { return item.pool == wanted && accept(item); });
}

// What people say: 15, 40, 130, 450, 1200.
int RoundAmount(double amount) {
  int step = 100;
  if (amount < 1000) step = 50;
  if (amount < 200) step = 10;
  if (amount < 50) step = 5;
  return std::max(step, static_cast<int>(std::lround(amount / step)) * step);
}

// From where to where an amount of a tier lies, as a share of what a middling product costs.
std::array<double, 2> AmountRange(Tier tier) {
  switch (tier) {
    case Tier::kEconomic:
      return {0.3, 0.5};
    case Tier::kPremium:
      return {2.2, 3.5};
    case Tier::kMidRange:
    case Tier::kUnspecified:
      break;
  }
  return {0.9, 1.2};
}

void SetAmounts(Tier tier, Scene& scene, Random& random) {
  const int price = scene.product != nullptr ? scene.product->price : kPriceOfSomething;
  const auto [low, high] = AmountRange(tier);
  scene.amount = RoundAmount(price * (low + (high - low) * random.Uniform()));
  scene.lower_amount = RoundAmount(scene.amount * 0.7);
  if (scene.lower_amount >= scene.amount) scene.amount = scene.lower_amount + 5;
}

void SetBudget(const Family& family, Tier tier, Pool pool, Scene& scene, Random& random) {
  if (tier == Tier::kUnspecified) return;
  const BudgetForm form = HasSlot(family, ",b")   ? BudgetForm::kClause
                          : HasSlot(family, ".b") ? BudgetForm::kSentence
                                                  : BudgetForm::kNominal;
  scene.budget = PickFromPool(BudgetPhrases(), pool, random, [&](const BudgetPhrase& phrase) {
                   return phrase.tier == tier && phrase.form == form;
                 }).text;
}

void SetPeople(const Family& family, Scene& scene, Random& random) {
  if (!HasSlot(family, "r")) return;
  const bool has_occasion = HasSlot(family, "o") || HasSlot(family, "od");
  scene.recipient = &PickWhere(Recipients(), random, [&](const Recipient& recipient) {
    return family.about.groups == 0 || (recipient.groups & family.about.groups) != 0;
  });
  if (!has_occasion) return;
  scene.occasion = &PickWhere(Occasions(), random, [&](const Occasion& occasion) {
    return (scene.recipient->groups & occasion.groups) != 0 &&
           (scene.recipient->groups & occasion.must) == occasion.must;
  });
}

void SetProducts(const Family& family, Scene& scene, Random& random) {
  if (!HasSlot(family, "p") && !HasSlot(family, "ps")) return;
  unsigned traits = family.about.traits;
  if (scene.recipient != nullptr) {
    traits |= (scene.recipient->groups & kChild) != 0 ? kForChildren : kGift;
  }
  const bool wants_feature = HasSlot(family, "f") || HasSlot(family, "fs");
  // Toys for children only are nobody's own wish and no office's purchase.
  const bool for_adults = scene.recipient == nullptr;
  scene.product = &PickWhere(Products(), random, [&](const Product& product) {
    const bool childish = (product.traits & (kForChildren | kGift | kEquipment)) == kForChildren;
    return (product.traits & traits) == traits && !(for_adults && childish);
  });
  if (wants_feature) {
    const std::string_view label = random.Pick(scene.product->features);
    scene.feature = &PickWhere(Features(), random,
                               [&](const Feature& feature) { return feature.label == label; });
  }
  if (HasSlot(family, "uso")) scene.use = &scene.product->uses[random.Below(2)];
}

}  // namespace

bool HasSlot(const Family& family, std::string_view slot) {
  const std::string braced = "{" + std::string(slot) + "}";
  return std::string_view(family.text).find(braced) != std::string_view::npos;
}

Scene SetScene(const Family& family, Tier tier, Pool pool, Random& random) {
  Scene scene;
  scene.region = random.Chance(kLatinAmericanShare) ? Region::kLatinAmerica : Region::kSpain;
  SetPeople(family, scene, random);
  SetProducts(family, scene, random);
  const auto any = [](const Wording&) { return true; };
  if (HasSlot(family, "plazo")) scene.deadline = PickFromPool(Deadlines(), pool, random, any).text;
  if (HasSlot(family, "empresa")) scene.company = PickFromPool(Companies(), pool, random, any).text;
  if (HasSlot(family, "n")) scene.quantity = 5 + 5 * static_cast<int>(random.Below(16));
  scene.speaks_in_plural =
      HasSlot(family, "ps") && !HasSlot(family, "un") && !HasSlot(family, "uno");
  SetBudget(family, tier, pool, scene, random);
  SetAmounts(tier, scene, random);
  return scene;
}

}  // namespace tunegate::datasets::product_intent
