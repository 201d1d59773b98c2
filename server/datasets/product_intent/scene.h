// What one query speaks of: who buys what for whom, and for how much. Chosen so that it belongs
// together: children get toys, weddings have no candles, a laptop is dearer than a novel.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SCENE_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SCENE_H_

#include <string>
#include <string_view>

#include "common/random.h"
#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {

// What the family's text does not speak of is null, 0 or empty.
struct Scene {
  Region region = Region::kSpain;
  const Product* product = nullptr;
  const Recipient* recipient = nullptr;
  const Occasion* occasion = nullptr;
  const Feature* feature = nullptr;
  const Use* use = nullptr;
  std::string_view deadline;
  std::string_view company;
  std::string_view budget;  // a template; empty for the unspecified tier
  int amount = 0;           // euros or dollars that fit product and tier
  int lower_amount = 0;     // where a range starts
  int quantity = 0;
  bool speaks_in_plural = false;  // of several pieces: "30 cafeteras ..., que no sean caras"
};

Scene SetScene(const Family& family, Tier tier, Pool pool, Random& random);

// True when the family's text has this slot, e.g. "r".
bool HasSlot(const Family& family, std::string_view slot);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_SCENE_H_
