// JSON text to values and back.
#include "common/json.h"

#include <cmath>
#include <limits>
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::json {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Value MustParse(std::string_view text) {
  absl::StatusOr<Value> value = Parse(text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  return value.ok() ? *std::move(value) : Value();
}

std::string ParseFault(std::string_view text) {
  const absl::StatusOr<Value> value = Parse(text);
  if (value.ok()) return "parsed";
  EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailsOf(value.status()).reason, "INVALID_JSON");
  return std::string(value.status().message());
}

TEST(ParseTest, ReadsEveryType) {
  const Value value =
      MustParse(R"({"n":null,"b":true,"i":-7,"d":0.5,"s":"año","a":[1,[]],"o":{}})");
  EXPECT_TRUE(value["n"].IsNull());
  EXPECT_TRUE(value["b"].BoolOr(false));
  EXPECT_EQ(value["i"].IntegerOr(0), -7);
  EXPECT_EQ(value["d"].NumberOr(0), 0.5);
  EXPECT_EQ(value["s"].String(), "año");
  EXPECT_EQ(value["a"].Elements().size(), 2u);
  EXPECT_TRUE(value["o"].IsObject());
  EXPECT_TRUE(value["missing"]["deeper"].IsNull());
}

TEST(ParseTest, TellsIntegersFromDoubles) {
  EXPECT_TRUE(MustParse("3").IsInteger());
  EXPECT_FALSE(MustParse("3.0").IsInteger());
  EXPECT_EQ(MustParse("3.0").IntegerOr(0), 3);
  EXPECT_EQ(MustParse("3.5").IntegerOr(-1), -1);
  EXPECT_EQ(MustParse("9223372036854775807").IntegerOr(0), INT64_MAX);
  EXPECT_EQ(MustParse("-9223372036854775808").IntegerOr(0), INT64_MIN);
  EXPECT_FALSE(MustParse("9223372036854775808").IsInteger());
  EXPECT_EQ(MustParse("9223372036854775808").NumberOr(0), 9223372036854775808.0);
}

TEST(ParseTest, ReadsDoublesToTheLastBit) {
  EXPECT_EQ(MustParse("0.1").NumberOr(0), 0.1);
  EXPECT_EQ(MustParse("2.2250738585072014e-308").NumberOr(0), 2.2250738585072014e-308);
  EXPECT_EQ(MustParse("123456789012345678901234567890.5").NumberOr(0),
            123456789012345678901234567890.5);
  EXPECT_EQ(MustParse("5e-324").NumberOr(0), 5e-324);
  EXPECT_EQ(MustParse("1e-999").NumberOr(1), 0.0);
  EXPECT_EQ(MustParse("1E2").NumberOr(0), 100.0);
}

TEST(ParseTest, LastOfDuplicateMembersWins) {
  const Value few = MustParse(R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(Write(few), R"({"a":3,"b":2})");
  std::string text = "{\"first\":0";
  for (int i = 0; i < 100; ++i) text += ",\"k" + std::to_string(i % 50) + "\":" + std::to_string(i);
  const Value many = MustParse(text + ",\"first\":1}");
  EXPECT_EQ(many.Members().size(), 51u);
  EXPECT_EQ(many["first"].IntegerOr(0), 1);
  EXPECT_EQ(many["k7"].IntegerOr(0), 57);
  EXPECT_EQ(many.Members()[0].first, "first");
}

TEST(ParseTest, DecodesEscapes) {
  EXPECT_EQ(MustParse(R"("\"\\\/\b\f\n\r\t\u00f1\ud834\udd1e\u0000")").String(),
            std::string("\"\\/\b\f\n\r\tñ𝄞\0", 15));
}

TEST(ParseTest, FaultsNameLineAndColumn) {
  EXPECT_THAT(ParseFault("{\n  \"a\": 1,\n  \"añ\" 2\n}"), StartsWith("line 3, column 8: "));
  EXPECT_THAT(ParseFault(""), StartsWith("line 1, column 1: "));
  EXPECT_THAT(ParseFault("[1,2"), StartsWith("line 1, column 5: "));
  EXPECT_THAT(ParseFault("{} x"), StartsWith("line 1, column 4: "));
  EXPECT_THAT(ParseFault("[1,]"), StartsWith("line 1, column 4: "));
}

TEST(ParseTest, RefusesWhatIsNotJson) {
  for (const char* text : {"{'a':1}", "nul", "+1", "01", "1.", "NaN", "Infinity", "[1 2]",
                           "// x\n1", "\"\t\"", "\"\\x\"", "<html>"}) {
    EXPECT_NE(ParseFault(text), "parsed") << text;
  }
  EXPECT_THAT(ParseFault("1e999"), HasSubstr("too big"));
}

TEST(ParseTest, RefusesBrokenText) {
  EXPECT_THAT(ParseFault("[\"ok\",\n\"a\xFF\"]"),
              StartsWith("line 2, column 3: the text is not valid"));
  EXPECT_THAT(ParseFault("\"\\ud800\""), HasSubstr("surrogate"));
  EXPECT_THAT(ParseFault("\"\\udc00\""), HasSubstr("surrogate"));
  EXPECT_THAT(ParseFault("{\"\\uDC00\":1}"), HasSubstr("surrogate"));
  EXPECT_THAT(ParseFault("\xEF\xBB\xBF{}"), HasSubstr("byte order mark"));
  EXPECT_THAT(ParseFault(std::string_view("1\0 2", 4)), HasSubstr("NUL"));
  EXPECT_THAT(ParseFault(std::string_view("\"a\0b\"", 5)), StartsWith("line 1, column 3"));
}

TEST(ParseTest, DepthOf100IsReadAndDeeperIsRefused) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parse(nested(100)).ok());
  EXPECT_THAT(ParseFault(nested(101)), HasSubstr("deeper than 100"));
  EXPECT_THAT(ParseFault(std::string(1'000'000, '[')), HasSubstr("deeper than 100"));
  EXPECT_TRUE(Parse("[" + nested(50) + "," + nested(99) + "]").ok());
}

TEST(WriteTest, KeepsOrderTypesAndText) {
  const std::string text =
      R"({"z":[1,2.5,-0.0,1e+300],"a":{"ñ":"\"\\\n\u0001€/"},"t":true,"n":null})";
  EXPECT_EQ(Write(MustParse(text)), text);
}

TEST(WriteTest, DoublesReadBackAsTheSameDoubles) {
  for (const double d : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 3.0, 1e15, 1e22, 123456.789,
                         9007199254740993.0}) {
    const Value back = MustParse(Write(d));
    EXPECT_EQ(back.NumberOr(0), d);
    EXPECT_FALSE(back.IsInteger()) << Write(d);
  }
  EXPECT_EQ(Write(0.1), "0.1");
  EXPECT_EQ(Write(3.0), "3.0");
}

TEST(WriteTest, NotANumberAndInfinityBecomeNull) {
  EXPECT_EQ(Write(std::nan("")), "null");
  EXPECT_EQ(WriteCanonical(std::numeric_limits<double>::infinity()), "null");
}

TEST(WritePrettyTest, IndentsByTwo) {
  EXPECT_EQ(
      WritePretty(MustParse(R"({"a":[1,{}],"b":[],"c":{"d":null}})")),
      "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": {\n    \"d\": null\n  }\n}");
}

TEST(WriteCanonicalTest, EqualValuesGiveEqualBytes) {
  const Value a = MustParse(R"({ "b" : 3.0, "a" : [ 1e2, -0.0 ] })");
  const Value b = MustParse(R"({"a":[100,0],"b":3})");
  EXPECT_TRUE(a == b);
  EXPECT_EQ(WriteCanonical(a), R"({"a":[100,0],"b":3})");
  EXPECT_EQ(WriteCanonical(b), WriteCanonical(a));
}

TEST(WriteCanonicalTest, NumbersHaveTheRfcsForm) {
  // RFC 8785, appendix B.
  EXPECT_EQ(WriteCanonical(5e-324), "5e-324");
  EXPECT_EQ(WriteCanonical(-1.7976931348623157e308), "-1.7976931348623157e+308");
  EXPECT_EQ(WriteCanonical(295147905179352830000.0), "295147905179352830000");
  EXPECT_EQ(WriteCanonical(9.999999999999997e22), "9.999999999999997e+22");
  EXPECT_EQ(WriteCanonical(1e23), "1e+23");
  EXPECT_EQ(WriteCanonical(1e21), "1e+21");
  EXPECT_EQ(WriteCanonical(0.000001), "0.000001");
  EXPECT_EQ(WriteCanonical(1e-7), "1e-7");
  EXPECT_EQ(WriteCanonical(333333333.33333329), "333333333.3333333");
  EXPECT_EQ(WriteCanonical(-0.0000033333333333333333), "-0.0000033333333333333333");
}

TEST(WriteCanonicalTest, LargeIntegersKeepTheirDigits) {
  EXPECT_EQ(WriteCanonical(int64_t{9007199254740993}), "9007199254740993");
  EXPECT_EQ(WriteCanonical(INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(WriteCanonical(-9223372036854775808.0), "-9223372036854775808");
  EXPECT_EQ(WriteCanonical(0.5), "0.5");
}

TEST(WriteCanonicalTest, MembersSortByUtf16CodeUnits) {
  // RFC 8785, section 3.2.3.
  const Value value =
      MustParse(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})");
  EXPECT_EQ(WriteCanonical(value),
            "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xEF\xAC\xB3\":3}");
}

TEST(ValueTest, LiteralsConvert) {
  const Value value = Object({{"b", true},
                              {"i", 1},
                              {"u", size_t{2}},
                              {"d", 0.5},
                              {"s", "text"},
                              {"a", Array({1, "two", nullptr == nullptr})},
                              {"o", Object({{"k", std::string("v")}})}});
  EXPECT_EQ(Write(value),
            R"({"b":true,"i":1,"u":2,"d":0.5,"s":"text","a":[1,"two",true],"o":{"k":"v"}})");
  EXPECT_FALSE(Value(UINT64_MAX).IsInteger());
  EXPECT_EQ(Write(Object()), "{}");
  EXPECT_EQ(Write(Array()), "[]");
}

TEST(ValueTest, SetReplacesAppendsAndRemoves) {
  Value value;
  value.Set("a", 1).Set("b", 2).Set("a", 3);
  EXPECT_EQ(Write(value), R"({"a":3,"b":2})");
  value.Remove("a");
  value.Remove("missing");
  EXPECT_EQ(Write(value), R"({"b":2})");
  Value array;
  array.Append(1).Append(value);
  EXPECT_EQ(Write(array), R"([1,{"b":2}])");
}

TEST(ValueTest, FallbacksAnswerForOtherTypes) {
  const Value text("5");
  EXPECT_EQ(text.IntegerOr(-1), -1);
  EXPECT_EQ(text.NumberOr(-1), -1);
  EXPECT_TRUE(text.BoolOr(true));
  EXPECT_EQ(Value(5).StringOr("no"), "no");
  EXPECT_EQ(Value(1e300).IntegerOr(-1), -1);
  EXPECT_TRUE(text.Elements().empty());
  EXPECT_TRUE(text.Members().empty());
}

TEST(ValueTest, EqualityIsByValue) {
  EXPECT_TRUE(MustParse(R"({"a":1,"b":[2]})") == MustParse(R"({"b":[2.0],"a":1})"));
  EXPECT_FALSE(MustParse(R"({"a":1})") == MustParse(R"({"a":1,"b":null})"));
  EXPECT_FALSE(MustParse(R"({"a":1})") == MustParse(R"({"b":1})"));
  EXPECT_FALSE(MustParse("[1,2]") == MustParse("[2,1]"));
  EXPECT_FALSE(Value(int64_t{9007199254740993}) == Value(9007199254740992.0));
  EXPECT_FALSE(Value(true) == Value(1));
  EXPECT_TRUE(Value() == Value());
}

TEST(ValueTest, TypeNamesFitASentence) {
  EXPECT_EQ(Value().TypeName(), "null");
  EXPECT_EQ(Value(false).TypeName(), "a boolean");
  EXPECT_EQ(Value(1).TypeName(), "a number");
  EXPECT_EQ(Value("").TypeName(), "a string");
  EXPECT_EQ(Array().TypeName(), "an array");
  EXPECT_EQ(Object().TypeName(), "an object");
}

}  // namespace
}  // namespace tunegate::json
