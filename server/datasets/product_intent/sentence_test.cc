#include "server/datasets/product_intent/sentence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/lexicon.h"
#include "server/datasets/product_intent/scene.h"

namespace tunegate::datasets::product_intent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Family> AllFamilies() {
  std::vector<Family> all = TrainFamilies();
  all.insert(all.end(), TestFamilies().begin(), TestFamilies().end());
  return all;
}

// Calls visit(family, tier, sentence) for many sentences of every family.
template <typename Visit>
void ForManySentences(Visit visit) {
  Random random(7);
  for (const Family& family : AllFamilies()) {
    for (const Tier tier : kTiers) {
      for (int i = 0; i < 60; ++i) {
        const Pool pool = i % 2 == 0 ? Pool::kShared : Pool::kTestOnly;
        visit(family, tier, MakeSentence(family, tier, pool, random));
      }
    }
  }
}

TEST(Sentence, EverySlotIsFilled) {
  ForManySentences([](const Family& family, Tier, const Sentence& sentence) {
    EXPECT_EQ(sentence.query.find_first_of("{}[]<>|"), std::string::npos)
        << family.id << ": " << sentence.query;
  });
}

TEST(Sentence, SpacesAndContractionsAreRight) {
  ForManySentences([](const Family&, Tier, const Sentence& sentence) {
    for (const char* wrong : {"  ", " ,", " .", " ?", "..", ",,", " de el ", " a el ", "?,"}) {
      EXPECT_THAT(sentence.query, Not(HasSubstr(wrong)));
    }
    EXPECT_NE(sentence.query.back(), ' ');
  });
}

// Which articles and the like may stand before a noun.
std::set<std::string> AllowedBefore(const Noun& noun, bool plural) {
  const bool feminine = noun.gender == Gender::kFeminine;
  if (plural && feminine) return {"unas", "las", "mis"};
  if (plural) return {"unos", "los", "mis"};
  if (feminine) return {"una", "la", "mi"};
  return {"un", "el", "del", "al", "mi"};
}

struct Form {
  std::string text;
  std::set<std::string> allowed;
};

// Every form of every noun in both regions, the longest first.
std::vector<Form> NounForms() {
  std::map<std::string, std::set<std::string>> forms;
  for (const Product& product : Products()) {
    for (const Region region : {Region::kSpain, Region::kLatinAmerica}) {
      const Noun& noun = NounOf(product, region);
      const auto add = [&](const char* form, bool plural) {
        forms[form].merge(AllowedBefore(noun, plural));
      };
      add(noun.singular, noun.plural_only);
      add(noun.plural, true);
    }
  }
  std::vector<Form> sorted;
  for (const auto& [text, allowed] : forms) sorted.push_back({text, allowed});
  std::sort(sorted.begin(), sorted.end(),
            [](const Form& a, const Form& b) { return a.text.size() > b.text.size(); });
  return sorted;
}

std::string WordBefore(const std::string& text, size_t at) {
  if (at < 2 || text[at - 1] != ' ') return "";
  const size_t start = text.find_last_of(" \"", at - 2);
  std::string word = text.substr(start == std::string::npos ? 0 : start + 1);
  word.resize(word.find(' '));
  while (!word.empty() && (word[0] & 0x80) != 0) word.erase(0, 1);  // ¿ and ¡
  if (!word.empty() && word[0] >= 'A' && word[0] <= 'Z') word[0] += 'a' - 'A';
  return word;
}

TEST(Sentence, ArticlesAgreeWithTheirNouns) {
  const std::set<std::string> articles = {"un",  "una", "unos", "unas", "el", "la",
                                          "los", "las", "del",  "al",   "mi", "mis"};
  const std::vector<Form> forms = NounForms();
  int checked = 0;
  ForManySentences([&](const Family& family, Tier, const Sentence& sentence) {
    for (const Form& form : forms) {
      const size_t at = sentence.query.find(" " + form.text);
      if (at == std::string::npos) continue;
      const std::string word = WordBefore(sentence.query, at + 1);
      if (!articles.contains(word)) return;
      ++checked;
      EXPECT_TRUE(form.allowed.contains(word)) << family.id << ": " << sentence.query;
      return;  // the longest noun: "juego de mesa", not "mesa"
    }
  });
  EXPECT_GT(checked, 10000);
}

// Plural things take plural verbs and adjectives.
TEST(Sentence, PluralThingsAreSpokenOfInPlural) {
  ForManySentences([](const Family&, Tier, const Sentence& sentence) {
    for (const char* plural : {"unos auriculares", "unas zapatillas", "unos audífonos"}) {
      const size_t at = sentence.query.find(plural);
      if (at == std::string::npos) continue;
      const std::string rest = sentence.query.substr(at);
      for (const char* singular : {"que sea ", "que ocupe ", "que pese ", "que dure ", " caro",
                                   " cómodo,", " resistente al"}) {
        const size_t found = rest.find(singular);
        if (found == std::string::npos) continue;
        EXPECT_EQ(rest.substr(found, std::string(singular).size() + 1), std::string(singular) + "s")
            << sentence.query;
      }
    }
  });
}

TEST(Sentence, BudgetIsSaidUnlessItIsUnspecified) {
  Random random(3);
  for (const Family& family : AllFamilies()) {
    const Sentence silent = MakeSentence(family, Tier::kUnspecified, Pool::kShared, random);
    for (const BudgetPhrase& phrase : BudgetPhrases()) {
      const std::string text = phrase.text;
      if (text.find('{') != std::string::npos || text.size() < 12) continue;
      EXPECT_THAT(silent.query, Not(HasSubstr(text))) << family.id;
    }
    EXPECT_EQ(silent.answer.budget_tier, "unspecified");
  }
}

TEST(Sentence, ChildrenGetWhatIsForChildren) {
  ForManySentences([](const Family& family, Tier, const Sentence& sentence) {
    const bool child =
        sentence.answer.recipient == "daughter" || sentence.answer.recipient == "son";
    if (!child) return;
    for (const char* odd : {"perfume", "vajilla", "destructora", "pluma", "colchón"}) {
      EXPECT_THAT(sentence.query, Not(HasSubstr(odd))) << family.id;
    }
  });
}

TEST(Sentence, AmountsGrowWithTheTier) {
  const Family family = {"x", Intent::kPersonalUse, "{un} {p} por {cuanto}{,b}"};
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const Scene economic = SetScene(family, Tier::kEconomic, Pool::kShared, random);
    EXPECT_LT(economic.amount, economic.product->price);
    const Scene middling = SetScene(family, Tier::kMidRange, Pool::kShared, random);
    EXPECT_LT(middling.lower_amount, middling.amount);
    EXPECT_LT(middling.amount, 2 * middling.product->price);
    const Scene premium = SetScene(family, Tier::kPremium, Pool::kShared, random);
    EXPECT_GT(premium.amount, 3 * premium.product->price / 2);
  }
}

TEST(Lexicon, IsRichEnoughAndWhole) {
  EXPECT_GE(Products().size(), 45u);
  std::set<std::string> features;
  for (const Feature& feature : Features()) features.insert(feature.label);
  for (const Product& product : Products()) {
    EXPECT_FALSE(product.features.empty()) << product.spain.singular;
    for (const char* label : product.features) EXPECT_TRUE(features.contains(label)) << label;
    EXPECT_TRUE(std::string(product.variant2).starts_with("de ")) << product.variant2;
  }
}

TEST(Families, TrainAndTestShareNothingAndCoverEveryIntent) {
  std::set<std::string> texts;
  std::set<std::string> ids;
  std::map<Intent, int> train;
  std::map<Intent, int> test;
  for (const Family& family : TrainFamilies()) ++train[family.intent];
  for (const Family& family : TestFamilies()) ++test[family.intent];
  for (const Family& family : AllFamilies()) {
    EXPECT_TRUE(texts.insert(family.text).second) << family.id;
    EXPECT_TRUE(ids.insert(family.id).second) << family.id;
  }
  EXPECT_GE(TrainFamilies().size(), 60u);
  EXPECT_GE(TestFamilies().size(), 40u);
  for (const Intent intent : kIntents) {
    EXPECT_GE(train[intent], 12);
    EXPECT_EQ(test[intent], 10);
  }
}

TEST(Families, EachSaysTheBudgetInOnePlace) {
  for (const Family& family : AllFamilies()) {
    EXPECT_EQ(HasSlot(family, ",b") + HasSlot(family, ".b") + HasSlot(family, "bn"), 1)
        << family.id;
  }
}

}  // namespace
}  // namespace tunegate::datasets::product_intent
