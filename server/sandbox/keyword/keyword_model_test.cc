#include "server/sandbox/keyword/keyword_model.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using Kind = AnswerField::Kind;

std::string Ask(const std::string& query, const AnswerShape& shape) {
  const KeywordModel model(Lexicon::Spanish());
  std::string text;
  for (const Piece& piece : Render(model.Respond(query, shape))) text += piece.text;
  return text;
}

AnswerShape Shape(std::vector<AnswerField> fields, bool json = true) {
  AnswerShape shape;
  shape.json = json;
  shape.fields = std::move(fields);
  return shape;
}

const AnswerField kIntent = {"intent_type", Kind::kChoice, {"GIFT", "PERSONAL_USE", "URGENT"}, {}};
const AnswerField kColor = {"color", Kind::kChoice, {"color.rojo", "color.azul"}, {}};

TEST(KeywordModelTest, LexiconSpeaksForItsValues) {
  EXPECT_EQ(Ask("Un REGALO para mi mamá", Shape({kIntent})), R"({"intent_type":"GIFT"})");
  EXPECT_EQ(Ask("lo quiero hoy mismo", Shape({kIntent})), R"({"intent_type":"URGENT"})");
}

TEST(KeywordModelTest, NothingSpeaksMeansTheDefault) {
  EXPECT_EQ(Ask("zapatillas azules", Shape({kIntent})), R"({"intent_type":"PERSONAL_USE"})");
  EXPECT_EQ(Ask("x", Shape({kColor})), R"({"color":"color.rojo"})");
}

TEST(KeywordModelTest, NamesOfUnknownValuesSpeakForThem) {
  EXPECT_EQ(Ask("lo prefiero azulado", Shape({kColor})), R"({"color":"color.azul"})");
}

TEST(KeywordModelTest, OtherFieldsGetDefaultsOfTheirKind) {
  EXPECT_EQ(Ask("rojo", Shape({{"text", Kind::kText, {}, {}},
                               {"set", Kind::kSet, {"rojo", "azul"}, {}},
                               {"n", Kind::kInteger, {}, {}},
                               {"o", Kind::kObject, {}, {{"b", Kind::kBoolean, {}, {}}}}})),
            R"({"text":"unspecified","set":["rojo"],"n":0,"o":{"b":false}})");
}

TEST(KeywordModelTest, PlainTextGivesTheLabelOrSaysWhatItIs) {
  EXPECT_EQ(Ask("azul", Shape({kColor}, false)), "color.azul");
  EXPECT_NE(Ask("hola", Shape({}, false)).find("sandbox-keyword-1"), std::string::npos);
  EXPECT_EQ(Ask("hola", Shape({})), "{}");
}

TEST(KeywordModelTest, ConfidenceIsTheShareOfThePoints) {
  const KeywordModel model(Lexicon::Spanish());
  const double sure = model.Respond("regalo sorpresa detalle", Shape({kIntent}))[0].log_probability;
  const double unsure = model.Respond("regalo urgente", Shape({kIntent}))[0].log_probability;
  EXPECT_LT(sure, 0);
  EXPECT_LT(unsure, sure);
}

}  // namespace
}  // namespace tunegate::sandbox
