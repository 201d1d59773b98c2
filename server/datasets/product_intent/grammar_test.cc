#include "server/datasets/product_intent/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/random.h"
#include "server/datasets/product_intent/noise.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Agreement kHe = {Gender::kMasculine, false};
constexpr Agreement kShe = {Gender::kFeminine, false};
constexpr Agreement kTheyFeminine = {Gender::kFeminine, true};

TEST(Agree, GenderAndNumberAreFollowed) {
  EXPECT_STREQ(Agree("un", kHe), "un");
  EXPECT_STREQ(Agree("un", kShe), "una");
  EXPECT_STREQ(Agree("caro", kTheyFeminine), "caras");
  EXPECT_STREQ(Agree("facil", kTheyFeminine), "fáciles");
  EXPECT_STREQ(Agree("sea", {Gender::kMasculine, true}), "sean");
  EXPECT_EQ(Agree("lampara", kShe), nullptr);
}

TEST(Polish, ArticlesContractAndTheFirstLetterIsACapital) {
  EXPECT_EQ(Polish("queremos renovar los monitores de el hotel"),
            "Queremos renovar los monitores del hotel");
  EXPECT_EQ(Polish("¿A el tutor le gusta?"), "¿Al tutor le gusta?");
  EXPECT_EQ(Polish("¿cuál  es"), "¿Cuál es");
  EXPECT_EQ(Polish("de ella"), "De ella");
}

TEST(Noise, EachKindDoesWhatItSays) {
  Random random(1);
  const std::string text = "¿Qué móvil me recomiendas para mamá?";
  EXPECT_EQ(WithNoise(text, Noise::kClean, random), text);
  EXPECT_EQ(WithNoise(text, Noise::kMissingAccents, random),
            "¿Que movil me recomiendas para mama?");
  EXPECT_EQ(WithNoise("Año de compañía", Noise::kMissingAccents, random), "Año de compañia");
  EXPECT_EQ(WithNoise(text, Noise::kMissingMarks, random), "qué móvil me recomiendas para mamá?");
  EXPECT_EQ(WithNoise(text, Noise::kAbbreviations, random), "q móvil me recomiendas xa mamá?");
}

TEST(Noise, TyposKeepNumbersAndSpaces) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const std::string typed =
        WithNoise("Busco auriculares baratos por 120 euros", Noise::kTypo, random);
    EXPECT_NE(typed.find(" 120 "), std::string::npos) << typed;
    EXPECT_EQ(std::count(typed.begin(), typed.end(), ' '), 5) << typed;
  }
}

}  // namespace
}  // namespace tunegate::datasets::product_intent
