#include "server/sandbox/keyword/schema_shape.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using Kind = AnswerField::Kind;

std::vector<AnswerField> Fields(const char* properties) {
  return *FieldsFromSchema(*json::Parse(std::string(R"({"type":"object",)") +
                                        R"("$defs":{"color":{"enum":["red","blue"]}},)" +
                                        R"("properties":)" + properties + "}"));
}

TEST(SchemaShapeTest, TypesBecomeKinds) {
  const auto fields = Fields(
      R"({"a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"number"},
          "d":{"type":"boolean"},"e":{"type":"null"},"f":{"type":["null","array"]},
          "g":{"type":"object","properties":{"x":{"type":"string"}}},"h":{}})");
  const Kind expected[] = {Kind::kText, Kind::kInteger, Kind::kNumber, Kind::kBoolean,
                           Kind::kNull, Kind::kSet,     Kind::kObject, Kind::kAny};
  ASSERT_EQ(fields.size(), 8u);
  for (size_t i = 0; i < fields.size(); ++i) EXPECT_EQ(fields[i].kind, expected[i]) << i;
  EXPECT_EQ(fields[6].fields[0].name, "x");
}

TEST(SchemaShapeTest, EnumsConstantsAndReferencesListValues) {
  const auto fields = Fields(
      R"({"a":{"enum":["x",1]},"b":{"const":"k"},"c":{"$ref":"#/$defs/color"},
          "d":{"type":"array","items":{"$ref":"#/$defs/color"}},
          "e":{"anyOf":[{"$ref":"#/$defs/color"},{"type":"null"}]}})");
  EXPECT_EQ(fields[0].values.size(), 2u);
  EXPECT_EQ(fields[1].values.front(), json::Value("k"));
  EXPECT_EQ(fields[2].values.back(), json::Value("blue"));
  EXPECT_EQ(fields[3].kind, Kind::kSet);
  EXPECT_EQ(fields[3].values.size(), 2u);
  EXPECT_EQ(fields[4].kind, Kind::kChoice);
}

TEST(SchemaShapeTest, RecursionEnds) {
  const auto fields = FieldsFromSchema(*json::Parse(
      R"({"type":"object","properties":{"n":{"$ref":"#/$defs/node"}},
          "$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}},
                   "loop":{"$ref":"#/$defs/loop"}}})"));
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(fields->front().fields.front().name, "next");
}

TEST(SchemaShapeTest, OnlyObjectsAreSchemas) {
  EXPECT_FALSE(FieldsFromSchema(json::Value()).ok());
  EXPECT_FALSE(FieldsFromSchema(*json::Parse(R"({"type":"array"})")).ok());
}

}  // namespace
}  // namespace tunegate::sandbox
