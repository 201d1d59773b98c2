#include "server/sandbox/answer.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using Kind = AnswerField::Kind;

std::string Text(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.text;
  return text;
}

TEST(AnswerTest, RendersAnObjectWithConfidencesAtItsValues) {
  const std::vector<Piece> pieces = Render({{"a", "x\"", -0.5}, {"b", json::Array({1, 2}), -0.25}});
  EXPECT_EQ(Text(pieces), R"({"a":"x\"","b":[1,2]})");
  EXPECT_EQ(pieces[1].log_probability, -0.5);
  EXPECT_EQ(pieces[3].log_probability, -0.25);
  EXPECT_EQ(Text(Render({})), "{}");
}

TEST(AnswerTest, RendersPlainText) {
  EXPECT_EQ(Text(Render({{"", "support.about", -1}})), "support.about");
}

TEST(AnswerTest, DefaultOfAChoiceSaysThatNothingIsKnown) {
  EXPECT_EQ(DefaultValue({"f", Kind::kChoice, {"a", "other"}, {}}), json::Value("other"));
  EXPECT_EQ(DefaultValue({"f", Kind::kChoice, {"a", "b"}, {}}), json::Value("a"));
}

TEST(AnswerTest, DefaultsAreAllowed) {
  for (Kind kind : {Kind::kChoice, Kind::kSet, Kind::kText, Kind::kNumber, Kind::kInteger,
                    Kind::kBoolean, Kind::kNull, Kind::kObject, Kind::kAny}) {
    const AnswerField field{"f", kind, {}, {{"inner", Kind::kBoolean, {}, {}}}};
    EXPECT_TRUE(Allows(field, DefaultValue(field))) << static_cast<int>(kind);
  }
}

TEST(AnswerTest, AllowsOnlyListedValues) {
  const AnswerField choice{"f", Kind::kChoice, {"a", 1}, {}};
  EXPECT_TRUE(Allows(choice, 1));
  EXPECT_FALSE(Allows(choice, "1"));
  const AnswerField set{"f", Kind::kSet, {"a", "b"}, {}};
  EXPECT_TRUE(Allows(set, json::Array({"b"})));
  EXPECT_FALSE(Allows(set, json::Array({"b", "c"})));
  EXPECT_FALSE(Allows(set, "b"));
}

}  // namespace
}  // namespace tunegate::sandbox
