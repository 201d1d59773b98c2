#include "server/datasets/product_intent/sentence.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/datasets/product_intent/answer.h"
#include "server/datasets/product_intent/grammar.h"
#include "server/datasets/product_intent/scene.h"

namespace tunegate::datasets::product_intent {
namespace {

// Expands a template over a scene.
class Expansion {
 public:
  Expansion(const Scene& scene, Random& random) : scene_(scene), random_(random) {}

  std::string Expand(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t open = std::min(text.find_first_of("[<{", at), text.size());
      out += text.substr(at, open - at);
      if (open == text.size()) break;
      const size_t close = MatchingClose(text, open);
      const std::string_view inside = text.substr(open + 1, close - open - 1);
      out += text[open] == '{' ? Slot(inside) : Expand(Choose(text[open], inside));
      at = close + 1;
    }
    return out;
  }

  bool said_regional_word() const { return said_regional_word_; }

 private:
  // Templates are our own and balanced; the tests expand every one of them.
  static size_t MatchingClose(std::string_view text, size_t open) {
    int depth = 0;
    for (size_t at = open; at < text.size(); ++at) {
      if (text[at] == '[' || text[at] == '<' || text[at] == '{') ++depth;
      if (text[at] == ']' || text[at] == '>' || text[at] == '}') --depth;
      if (depth == 0) return at;
    }
    return text.size();
  }

  std::string_view Choose(char bracket, std::string_view inside) {
    std::vector<std::string_view> choices;
    int depth = 0;
    size_t start = 0;
    for (size_t at = 0; at <= inside.size(); ++at) {
      const char c = at < inside.size() ? inside[at] : '|';
      if (c == '[' || c == '<' || c == '{') ++depth;
      if (c == ']' || c == '>' || c == '}') --depth;
      if (c != '|' || (depth != 0 && at < inside.size())) continue;
      choices.push_back(inside.substr(start, at - start));
      start = at + 1;
    }
    if (bracket == '[') return random_.Pick(choices);
    said_regional_word_ = true;
    return choices[scene_.region == Region::kSpain ? 0 : choices.size() - 1];
  }

  std::string Slot(std::string_view key) {
    if (key == ",b") return scene_.budget.empty() ? "" : ", " + Expand(scene_.budget);
    if (key == ".b") return scene_.budget.empty() ? "" : " " + Expand(scene_.budget) + ".";
    if (key == "bn") return scene_.budget.empty() ? "" : " " + Expand(scene_.budget);
    if (key == "cuanto") return Amount();
    if (key == "desde") return std::to_string(scene_.lower_amount);
    if (key == "p") return Say(*scene_.product).singular;
    if (key == "ps") return Say(*scene_.product).plural;
    if (key == "v1") return scene_.product->variant1;
    if (key == "v2") return scene_.product->variant2;
    if (key == "uso") return Expand(scene_.use->phrase);
    if (key == "f") return Expand(scene_.feature->phrase);
    if (key == "fs") return InPlural(scene_.feature->phrase);
    if (key == "r") return scene_.recipient->phrase;
    if (key == "o") return scene_.occasion->phrase;
    if (key == "od") return scene_.occasion->bare;
    if (key == "plazo") return std::string(scene_.deadline);
    if (key == "empresa") return std::string(scene_.company);
    if (key == "n") return std::to_string(scene_.quantity);
    return AgreeingWord(key);
  }

  // An unknown slot stays as it is, braces and all; the tests look for braces.
  std::string AgreeingWord(std::string_view key) {
    const char* form = Agree(key, AgreementFor(key));
    return form != nullptr ? form : "{" + std::string(key) + "}";
  }

  Agreement AgreementFor(std::string_view word) {
    constexpr std::string_view kOfPeople[] = {"le", "cumple", "abra", "deja", "quiere", "tiene"};
    if (std::find(std::begin(kOfPeople), std::end(kOfPeople), word) == std::end(kOfPeople)) {
      return ProductAgreement();
    }
    return {.plural = scene_.recipient != nullptr && (scene_.recipient->groups & kCouple) != 0};
  }

  Agreement ProductAgreement() {
    if (scene_.product == nullptr) return {};  // "algo ... que no sea muy caro"
    const Noun& noun = Say(*scene_.product);
    return {noun.gender, noun.plural_only || scene_.speaks_in_plural || in_plural_};
  }

  std::string InPlural(std::string_view text) {
    in_plural_ = true;
    std::string expanded = Expand(text);
    in_plural_ = false;
    return expanded;
  }

  const Noun& Say(const Product& product) {
    said_regional_word_ |= product.latin.singular != nullptr;
    return NounOf(product, scene_.region);
  }

  std::string Amount() {
    std::string amount = std::to_string(scene_.amount);
    if (scene_.region == Region::kLatinAmerica) {
      said_regional_word_ = true;
      amount += " dólares";
    } else {
      amount += random_.Chance(0.6) ? " euros" : " €";
    }
    return scene_.quantity > 0 ? amount + " por unidad" : amount;
  }

  const Scene& scene_;
  Random& random_;
  bool said_regional_word_ = false;
  bool in_plural_ = false;
};

}  // namespace

Sentence MakeSentence(const Family& family, Tier tier, Pool pool, Random& random) {
  const Scene scene = SetScene(family, tier, pool, random);
  Expansion expansion(scene, random);
  Sentence sentence;
  sentence.query = Polish(expansion.Expand(family.text));
  sentence.answer = AnswerOf(family, tier, scene);
  if (!expansion.said_regional_word()) {
    sentence.region = "neutral";
  } else {
    sentence.region = scene.region == Region::kSpain ? "spain" : "latin_america";
  }
  return sentence;
}

}  // namespace tunegate::datasets::product_intent
