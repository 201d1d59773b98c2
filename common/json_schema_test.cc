// Schemas accept what fits and say what does not.
#include <string>

#include "common/errors.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::json {
namespace {

using ::testing::HasSubstr;

constexpr char kIntents[] = R"({
  "type": "object",
  "properties": {
    "intent": {"type": "string", "enum": ["GIFT", "URGENT"]},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    "score": {"type": "number", "minimum": 0}
  },
  "required": ["intent", "score"],
  "additionalProperties": false
})";

Schema MustCompile(std::string_view text) {
  absl::StatusOr<Schema> schema = Schema::Compile(text);
  EXPECT_TRUE(schema.ok()) << schema.status();
  return *std::move(schema);
}

absl::Status Violation(std::string_view text) { return MustCompile(kIntents).Validate(text); }

void ExpectViolation(std::string_view text, std::string_view path, std::string_view keyword,
                     std::string_view message) {
  const absl::Status status = Violation(text);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "SCHEMA_VIOLATION");
  EXPECT_EQ(details.metadata.at("path"), path);
  EXPECT_EQ(details.metadata.at("keyword"), keyword);
  EXPECT_EQ(status.message(), absl::string_view(message.data(), message.size()));
}

TEST(SchemaTest, AcceptsWhatFits) {
  EXPECT_TRUE(Violation(R"({"intent":"GIFT","tags":["a"],"score":0.5})").ok());
  EXPECT_TRUE(Violation(R"({"score":3,"intent":"URGENT"})").ok());
}

TEST(SchemaTest, ViolationsNamePathKeywordAndExpectation) {
  ExpectViolation(R"({"intent":"OTHER","score":1})", "/intent", "enum",
                  R"(/intent breaks "enum": ["GIFT","URGENT"])");
  ExpectViolation(R"({"intent":"GIFT","score":1,"tags":["a",2]})", "/tags/1", "type",
                  R"(/tags/1 breaks "type": "string")");
  ExpectViolation(R"({"intent":"GIFT","score":-1})", "/score", "minimum",
                  R"(/score breaks "minimum": 0)");
  ExpectViolation(R"({"intent":"GIFT"})", "", "required",
                  R"(the whole value breaks "required": missing "score")");
  ExpectViolation(R"({"intent":"GIFT","score":1,"extra":1})", "/extra", "additionalProperties",
                  R"(/extra breaks "additionalProperties": false)");
  ExpectViolation("[]", "", "type", R"(the whole value breaks "type": "object")");
}

TEST(SchemaTest, TextThatIsNotJsonIsRefusedAsSuch) {
  EXPECT_EQ(DetailsOf(Violation("{")).reason, "INVALID_JSON");
}

TEST(SchemaTest, ValidatesParsedValuesToo) {
  const Schema schema = MustCompile(kIntents);
  EXPECT_TRUE(schema.ValidateValue(Object({{"intent", "GIFT"}, {"score", 1}})).ok());
  EXPECT_FALSE(schema.ValidateValue(Object({{"intent", "GIFT"}, {"score", "1"}})).ok());
}

TEST(SchemaTest, EnumsOfNumbersMatchAsWritten) {
  const Schema schema = MustCompile(R"({"enum":[1,-2,0.5,null,true]})");
  for (const char* text : {"1", "-2", "0.5", "null", "true"}) {
    EXPECT_TRUE(schema.Validate(text).ok()) << text;
  }
  EXPECT_FALSE(schema.Validate("2").ok());
}

TEST(SchemaTest, ReferencesAreFollowed) {
  const Schema tree = MustCompile(R"({
    "definitions": {"node": {"type": "object", "properties": {
        "next": {"$ref": "#/definitions/node"}, "id": {"type": "integer"}}}},
    "type": "object", "properties": {"root": {"$ref": "#/definitions/node"}}})");
  EXPECT_TRUE(tree.Validate(R"({"root":{"next":{"next":{"id":1}}}})").ok());
  EXPECT_FALSE(tree.Validate(R"({"root":{"next":{"next":{"id":"x"}}}})").ok());
}

TEST(SchemaTest, RootMayReferenceItselfFromWithin) {
  const Schema list =
      MustCompile(R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["id"]})");
  EXPECT_TRUE(list.Validate(R"({"id":1,"next":{"id":2}})").ok());
  EXPECT_FALSE(list.Validate(R"({"id":1,"next":{}})").ok());
}

TEST(SchemaTest, CompileRefusesWhatIsNoSchema) {
  const auto fault = [](std::string_view text) {
    return std::string(Schema::Compile(text).status().message());
  };
  EXPECT_THAT(fault("[]"), HasSubstr("this is an array"));
  EXPECT_THAT(fault("{"), HasSubstr("line 1"));
  EXPECT_THAT(fault(R"({"properties":{"a":{"$ref":"#/nowhere"}}})"), HasSubstr("#/nowhere"));
  EXPECT_THAT(fault(R"({"$ref":"http://example.com/schema"})"), HasSubstr("example.com"));
  EXPECT_THAT(fault(R"({"$ref":"#"})"), HasSubstr("circle"));
  EXPECT_THAT(fault(R"({"a":{"$ref":"#/b"},"b":{"$ref":"#/a"}})"), HasSubstr("circle"));
}

TEST(SchemaTest, CopiesShareTheCompiledRules) {
  Schema copy = MustCompile(R"({"type":"integer"})");
  const Schema second = copy;
  copy = MustCompile(R"({"type":"string"})");
  EXPECT_TRUE(second.Validate("1").ok());
  EXPECT_TRUE(copy.Validate("\"x\"").ok());
}

}  // namespace
}  // namespace tunegate::json
