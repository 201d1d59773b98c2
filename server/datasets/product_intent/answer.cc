#include "server/datasets/product_intent/answer.h"

#include <algorithm>

namespace tunegate::datasets::product_intent {
namespace {

void AddOnce(std::string_view value, std::vector<std::string>& values) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.emplace_back(value);
}

const char* RecipientOf(const Family& family, const Scene& scene) {
  if (scene.recipient != nullptr) return scene.recipient->label;
  if (family.about.recipient != nullptr) return family.about.recipient;
  if (family.intent == Intent::kPersonalUse) return "self";
  if (family.intent == Intent::kBusiness) return "team";
  return "unspecified";
}

const char* IntentTag(Intent intent) {
  switch (intent) {
    case Intent::kGift:
      return "gift";
    case Intent::kPersonalUse:
      return "personal";
    case Intent::kBusiness:
      return "business";
    case Intent::kComparison:
      return "comparison";
    case Intent::kUrgent:
      break;
  }
  return "urgent";
}

// What matters with this intent, said or not.
std::vector<std::string> DefaultFeatures(Intent intent, const Scene& scene) {
  switch (intent) {
    case Intent::kGift: {
      constexpr unsigned kAgeMatters = kParent | kGrandparent | kChild | kCouple;
      std::vector<std::string> features = {"thoughtful"};
      if (scene.recipient != nullptr && (scene.recipient->groups & kAgeMatters) != 0) {
        features.push_back("age_appropriate");
      }
      features.push_back("memorable");
      return features;
    }
    case Intent::kPersonalUse:
      return {"practical"};
    case Intent::kBusiness:
      return {"professional"};
    case Intent::kComparison:
      return {"objective_comparison"};
    case Intent::kUrgent:
      break;
  }
  return {"fast_delivery"};
}

}  // namespace

const char* IntentLabel(Intent intent) {
  switch (intent) {
    case Intent::kGift:
      return "GIFT";
    case Intent::kPersonalUse:
      return "PERSONAL_USE";
    case Intent::kBusiness:
      return "BUSINESS";
    case Intent::kComparison:
      return "COMPARISON";
    case Intent::kUrgent:
      break;
  }
  return "URGENT";
}

const char* CaseLabel(Case kind) {
  switch (kind) {
    case Case::kPlain:
      return "plain";
    case Case::kEdge:
      return "edge";
    case Case::kAmbiguous:
      break;
  }
  return "ambiguous";
}

Answer AnswerOf(const Family& family, Tier tier, const Scene& scene) {
  Answer answer;
  answer.intent_type = IntentLabel(family.intent);
  answer.category = scene.product != nullptr ? scene.product->category : "unspecified";
  answer.budget_tier = TierLabel(tier);
  answer.recipient = RecipientOf(family, scene);
  AddOnce(IntentTag(family.intent), answer.context_tags);
  if (scene.occasion != nullptr) AddOnce(scene.occasion->tag, answer.context_tags);
  if (scene.use != nullptr) AddOnce(scene.use->tag, answer.context_tags);
  for (const char* tag : family.about.tags) AddOnce(tag, answer.context_tags);
  answer.priority_features = DefaultFeatures(family.intent, scene);
  if (scene.feature != nullptr) AddOnce(scene.feature->label, answer.priority_features);
  for (const char* feature : family.about.features) AddOnce(feature, answer.priority_features);
  if (tier == Tier::kEconomic) AddOnce("low_price", answer.priority_features);
  if (tier == Tier::kMidRange) AddOnce("value_for_money", answer.priority_features);
  if (tier == Tier::kPremium) AddOnce("quality", answer.priority_features);
  return answer;
}

}  // namespace tunegate::datasets::product_intent
