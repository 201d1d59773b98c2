#include "server/datasets/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/example.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kTrain = v1::Dataset::SPLIT_TRAIN;
constexpr auto kTest = v1::Dataset::SPLIT_TEST;

const v1::Task& TestTask() {
  static const auto* const task = new v1::Task(*tasks::ParseTaskText(R"(
    system_prompt: "S"
    fields { id: "intent" scored: true category { values: "BUY" values: "ASK" } }
    fields { id: "tags" set { values: "a" values: "b" } }
    fields { id: "note" text {} })"));
  return *task;
}

std::string Answer(int i) {
  return absl::StrCat(R"({"intent":")", i % 2 == 0 ? "BUY" : "ASK", R"(","tags":[],"note":""})");
}

// `count` good lines, balanced over both values.
std::string GoodLines(int count) {
  std::string file;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&file, WriteExample("S", absl::StrCat("query ", i), Answer(i)), "\n");
  }
  return file;
}

std::vector<std::string> Rules(const std::vector<v1::Finding>& findings) {
  std::vector<std::string> rules;
  for (const v1::Finding& finding : findings) rules.push_back(finding.rule());
  return rules;
}

// The findings of twelve good lines and, as the last, `line`.
std::vector<v1::Finding> FindingsOf(const std::string& line, v1::Dataset::Split split = kTrain) {
  return ValidateChatJsonl(TestTask(), split, GoodLines(12) + line + "\n");
}

TEST(Validate, GoodFileHasNoFindings) {
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTrain, GoodLines(10))), IsEmpty());
}

struct Claim {
  const char* name;
  std::string line;
  const char* rule;
  const char* path;
  const char* says;
};
class OneRule : public ::testing::TestWithParam<Claim> {};

TEST_P(OneRule, IsFoundWithLinePathAndRemedy) {
  const auto findings = FindingsOf(GetParam().line);
  ASSERT_THAT(Rules(findings), ElementsAre(GetParam().rule));
  EXPECT_EQ(findings[0].line(), 13);
  EXPECT_EQ(findings[0].path(), GetParam().path);
  EXPECT_THAT(findings[0].message(), HasSubstr(GetParam().says));
  EXPECT_FALSE(findings[0].remedy().empty());
  EXPECT_NE(findings[0].severity(), v1::Finding::SEVERITY_UNSPECIFIED);
}

std::string Messages(const std::string& messages) { return "{\"messages\":[" + messages + "]}"; }
const char kSystem[] = R"({"role":"system","content":"S"},)";
const char kUser[] = R"({"role":"user","content":"q"},)";
const char kGood[] =
    R"({"role":"assistant","content":"{\"intent\":\"BUY\",\"tags\":[],\"note\":\"\"}"})";

std::string WithAnswer(const std::string& answer) { return WriteExample("S", "q", answer); }
std::string WithLast(const std::string& last) {
  return Messages(std::string(kSystem) + kUser + last);
}
std::string WithUser(const std::string& user) {
  return Messages(std::string(kSystem) + user + "," + kGood);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, OneRule,
    ::testing::Values(
        Claim{"NotJson", "{\"messages\": [}", "NOT_JSON", "", "value"},
        Claim{"NotAnObject", "[1]", "NOT_AN_OBJECT", "", "found an array"},
        Claim{"BlankLine", "  ", "BLANK_LINE", "", "empty"},
        Claim{"InvalidUtf8", "{\"a\": \"\xC3\"}", "INVALID_UTF8", "", "UTF-8"},
        Claim{"LineTooLong", std::string((1 << 20) + 5, 'x'), "LINE_TOO_LONG", "", "1048576"},
        Claim{"MessagesMissing", "{}", "MESSAGES_MISSING", "", "no \"messages\""},
        Claim{"MessagesEmpty", "{\"messages\":[]}", "MESSAGES_EMPTY", "messages", "no message"},
        Claim{"MessagesNoArray", "{\"messages\":3}", "MESSAGES_EMPTY", "messages", "a number"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Messages, OneRule,
    ::testing::Values(
        Claim{"UnknownKeyBesideMessages",
              "{\"mesages\":1,\"messages\":[" + std::string(kSystem) + kUser + kGood + "]}",
              "UNKNOWN_KEY", "mesages", "no key 'mesages'"},
        Claim{"MetadataInTraining", WriteExample("S", "q", Answer(0), {{"a", "b"}}),
              "METADATA_NOT_ALLOWED", "metadata", "no key of the training format"},
        Claim{"MessageNoObject", WithUser("{\"role\":\"user\",\"content\":\"q\"},7"),
              "MESSAGE_NOT_AN_OBJECT", "messages[2]", "a number"},
        Claim{"UnknownRole",
              WithUser(R"({"role":"user","content":"q"},{"role":"bot","content":"x"})"),
              "UNKNOWN_ROLE", "messages[2].role", "'bot'"},
        Claim{"MissingRole", WithUser(R"({"role":"user","content":"q"},{"content":"x"})"),
              "UNKNOWN_ROLE", "messages[2]", "no \"role\""},
        Claim{"UnknownKeyInMessage", WithUser(R"({"role":"user","content":"q","contents":1})"),
              "UNKNOWN_KEY", "messages[1].contents", "'contents'"},
        Claim{"ContentMissing", WithUser(R"({"role":"user","content":"q"},{"role":"user"})"),
              "CONTENT_MISSING", "messages[2]", "no \"content\""},
        Claim{"ContentEmpty",
              WithUser(R"({"role":"user","content":"q"},{"role":"user","content":" "})"),
              "CONTENT_EMPTY", "messages[2].content", "empty"},
        Claim{"ContentNumber",
              WithUser(R"({"role":"user","content":"q"},{"role":"user","content":4})"),
              "CONTENT_NOT_TEXT", "messages[2].content", "a number"},
        Claim{"PartOfUnknownType", WithUser(R"({"role":"user","content":[{"type":"smell"}]})"),
              "CONTENT_NOT_TEXT", "messages[1].content[0]", "'smell'"},
        Claim{
            "WeightTwo",
            WithLast(
                R"({"role":"assistant","weight":2,"content":"{\"intent\":\"BUY\",\"tags\":[],\"note\":\"\"}"})"),
            "BAD_WEIGHT", "messages[2].weight", "found 2"},
        Claim{"WeightOfUser", WithUser(R"({"role":"user","content":"q","weight":1})"),
              "WEIGHT_NOT_ASSISTANT", "messages[1].weight", "'user'"},
        Claim{
            "LastWeightZero",
            WithLast(
                R"({"role":"assistant","weight":0,"content":"{\"intent\":\"BUY\",\"tags\":[],\"note\":\"\"}"})"),
            "ANSWER_NOT_TRAINED", "messages[2].weight", "weight 0"},
        Claim{"LastNotAssistant",
              Messages(std::string(kSystem) + R"({"role":"user","content":"q"})"),
              "LAST_NOT_ASSISTANT", "messages[1].role", "'user'"},
        Claim{"NoUser", Messages(std::string(kSystem) + kGood), "NO_USER_MESSAGE", "messages",
              "no message is a user's"},
        Claim{"ToolCall", WithLast(R"({"role":"assistant","tool_calls":[]})"), "ANSWER_NOT_TEXT",
              "messages[2]", "tool call"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Answers, OneRule,
    ::testing::Values(
        Claim{"Prose", WithAnswer("it is BUY"), "ANSWER_NOT_JSON", "messages[2].content", "JSON"},
        Claim{"FieldMissing", WithAnswer(R"({"intent":"BUY","tags":[]})"), "FIELD_MISSING",
              "messages[2].content.note", "'note'"},
        Claim{"UnknownField", WithAnswer(R"({"intent":"BUY","tags":[],"note":"","nota":""})"),
              "UNKNOWN_FIELD", "messages[2].content.nota", "'nota'"},
        Claim{"WrongType", WithAnswer(R"({"intent":"BUY","tags":"a","note":""})"),
              "FIELD_WRONG_TYPE", "messages[2].content.tags", "expected an array"},
        Claim{"UnknownValue", WithAnswer(R"({"intent":"SELL","tags":[],"note":""})"),
              "UNKNOWN_VALUE", "messages[2].content.intent", "allowed: BUY, ASK"},
        Claim{"WrongCase", WithAnswer(R"({"intent":"buy","tags":[],"note":""})"), "UNKNOWN_VALUE",
              "messages[2].content.intent", "did you mean 'BUY'"},
        Claim{"UnknownElement", WithAnswer(R"({"intent":"BUY","tags":["a","z"],"note":""})"),
              "UNKNOWN_VALUE", "messages[2].content.tags[1]", "'z'"},
        Claim{"RepeatedElement", WithAnswer(R"({"intent":"BUY","tags":["a","a"],"note":""})"),
              "REPEATED_ELEMENT", "messages[2].content.tags[1]", "twice"}),
    [](const auto& info) { return info.param.name; });

TEST(Validate, NotJsonNamesTheColumn) {
  const auto findings = FindingsOf("{\"ñ\": nope}");
  EXPECT_EQ(findings[0].column(), 8);
  EXPECT_THAT(findings[0].message(), ::testing::Not(HasSubstr("line 1")));
}

TEST(Validate, EveryFaultOfALineIsFound) {
  EXPECT_THAT(Rules(FindingsOf(R"({"x":1,"messages":[{"role":"bot","content":"","y":2},3]})")),
              ElementsAre("UNKNOWN_KEY", "UNKNOWN_KEY", "UNKNOWN_ROLE", "CONTENT_EMPTY",
                          "MESSAGE_NOT_AN_OBJECT", "NO_USER_MESSAGE", "LAST_NOT_ASSISTANT",
                          "SEVERAL_SYSTEM_PROMPTS", "OTHER_SYSTEM_PROMPT"));
}

TEST(Validate, GoesOnAfterBadLines) {
  const auto findings = ValidateChatJsonl(TestTask(), kTrain, "oops\n" + GoodLines(10) + "\n\n{\n");
  EXPECT_THAT(Rules(findings), ElementsAre("NOT_JSON", "BLANK_LINE", "BLANK_LINE", "NOT_JSON"));
  EXPECT_EQ(findings[3].line(), 14);
}

TEST(Validate, DuplicatesNameTheFirstLine) {
  const auto findings = FindingsOf(WriteExample("S", "query 3", Answer(3)));
  ASSERT_THAT(Rules(findings), ElementsAre("DUPLICATE_EXAMPLE"));
  EXPECT_THAT(findings[0].message(), HasSubstr("line 4"));
}

TEST(Validate, ContradictionIsAWarningInTrainingAndAnErrorInATest) {
  const std::string line = WriteExample("S", "query 3", Answer(4));
  EXPECT_THAT(Rules(FindingsOf(line)), ElementsAre("CONTRADICTION"));
  EXPECT_EQ(FindingsOf(line)[0].severity(), v1::Finding::SEVERITY_WARNING);
  EXPECT_EQ(FindingsOf(line, kTest)[0].severity(), v1::Finding::SEVERITY_ERROR);
}

TEST(Validate, AnswersThatScoreAlikeDoNotContradict) {
  EXPECT_THAT(Rules(FindingsOf(
                  WriteExample("S", "query 3", R"({"note":"other","tags":["a"],"intent":"ASK"})"))),
              ElementsAre("DUPLICATE_EXAMPLE"));
}

v1::Task OrderTask() {
  return *tasks::ParseTaskText(R"(
    system_prompt: "S"
    fields { id: "total" scored: true number {} }
    fields { id: "steps" scored: true json {} }
    fields { id: "code" scored: true text {} grader { regular_expression {} } })");
}

std::vector<v1::Finding> OrderFindings(const std::vector<std::string>& answers) {
  std::string file;
  for (const std::string& answer : answers) {
    absl::StrAppend(&file, WriteExample("S", "q", answer), "\n");
  }
  return ValidateChatJsonl(OrderTask(), kTest, file);
}

TEST(Validate, NumbersAndJsonAreTakenAsTheyAre) {
  EXPECT_THAT(OrderFindings({R"({"total":12.5,"steps":[1,null,{"a":2}],"code":"^A\\d+$"})"}),
              IsEmpty());
  EXPECT_THAT(OrderFindings({R"({"total":-1e3,"steps":null,"code":""})"}), IsEmpty());
}

TEST(Validate, ANumberInQuotesIsNoNumber) {
  const auto findings = OrderFindings({R"({"total":"12.5","steps":0,"code":""})"});
  ASSERT_THAT(Rules(findings), ElementsAre("FIELD_WRONG_TYPE"));
  EXPECT_EQ(findings[0].path(), "messages[2].content.total");
  EXPECT_THAT(findings[0].message(), HasSubstr("expected a number, found a string"));
}

TEST(Validate, ARightAnswerThatIsAPatternMustCompile) {
  const auto findings = OrderFindings({R"({"total":1,"steps":0,"code":"A(\\d+"})"});
  ASSERT_THAT(Rules(findings), ElementsAre("BAD_PATTERN"));
  EXPECT_EQ(findings[0].path(), "messages[2].content.code");
  EXPECT_THAT(findings[0].message(), HasSubstr("character 5: missing closing parenthesis"));
}

TEST(Validate, TheOrderOfJsonElementsIsPartOfTheAnswer) {
  EXPECT_THAT(Rules(OrderFindings({R"({"total":1,"steps":[1,2],"code":""})",
                                   R"({"total":1.0,"code":"","steps":[1,2]})"})),
              ElementsAre("DUPLICATE_EXAMPLE"));
  EXPECT_THAT(Rules(OrderFindings({R"({"total":1,"steps":[1,2],"code":""})",
                                   R"({"total":1,"steps":[2,1],"code":""})"})),
              ElementsAre("CONTRADICTION"));
}

TEST(Validate, BareNumbersAreReadFromTheirText) {
  const v1::Task task = *tasks::ParseTaskText("fields { scored: true number {} }");
  EXPECT_THAT(ValidateChatJsonl(task, kTest, WriteExample("", "q", " 12.5 ")), IsEmpty());
  const auto findings = ValidateChatJsonl(task, kTest, WriteExample("", "q", "twelve"));
  ASSERT_THAT(Rules(findings), ElementsAre("ANSWER_NOT_JSON"));
  EXPECT_THAT(findings[0].message(), HasSubstr("the answer must be a number"));
  EXPECT_THAT(Rules(ValidateChatJsonl(task, kTest, WriteExample("", "q", "\"12\""))),
              ElementsAre("FIELD_WRONG_TYPE"));
}

TEST(Validate, MetadataIsWelcomeInTestsAndChecked) {
  EXPECT_THAT(Rules(FindingsOf(WriteExample("S", "q", Answer(0), {{"noise", "typo"}}), kTest)),
              IsEmpty());
  std::string line = WriteExample("S", "q", Answer(0));
  line.pop_back();
  const auto findings = FindingsOf(line + ",\"metadata\":{\"a\":[]}}", kTest);
  ASSERT_THAT(Rules(findings), ElementsAre("BAD_METADATA"));
  EXPECT_EQ(findings[0].path(), "metadata.a");
}

TEST(Validate, UploadedFilesNeedTenExamples) {
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTrain, GoodLines(9))),
              ElementsAre("TOO_FEW_EXAMPLES"));
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTest, GoodLines(9))), IsEmpty());
}

TEST(Validate, EmptyFilesHaveNoExamples) {
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTest, "")), ElementsAre("NO_EXAMPLES"));
}

TEST(Validate, SystemPromptsAreCompared) {
  const auto findings = FindingsOf(WriteExample("Other", "q", Answer(0)));
  ASSERT_THAT(Rules(findings), ElementsAre("SEVERAL_SYSTEM_PROMPTS", "OTHER_SYSTEM_PROMPT"));
  EXPECT_THAT(findings[1].message(), HasSubstr("1 of 13"));
  EXPECT_THAT(findings[1].message(), HasSubstr("line 13"));
}

TEST(Validate, ClassesAreWeighed) {
  std::string one_class;
  std::string rare;
  for (int i = 0; i < 30; ++i) {
    const std::string query = absl::StrCat("query ", i);
    absl::StrAppend(&one_class, WriteExample("S", query, Answer(0)), "\n");
    absl::StrAppend(&rare, WriteExample("S", query, Answer(i == 7 ? 1 : 0)), "\n");
  }
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTest, one_class)), ElementsAre("SINGLE_CLASS"));
  EXPECT_THAT(Rules(ValidateChatJsonl(TestTask(), kTrain, rare)), ElementsAre("IMBALANCED"));
  v1::Task wider = TestTask();
  wider.mutable_fields(0)->mutable_category()->add_values("SELL");
  EXPECT_THAT(Rules(ValidateChatJsonl(wider, kTrain, GoodLines(10))),
              ElementsAre("VALUE_NEVER_USED"));
}

TEST(Validate, ByteOrderMarkIsFoundHoweverItArrives) {
  for (const size_t piece : {1, 2, 3, 1000000}) {
    std::vector<v1::Finding> findings;
    ChatValidator validator(TestTask(), kTrain,
                            [&](v1::Finding finding) { findings.push_back(std::move(finding)); });
    const std::string file = "\xEF\xBB\xBF" + GoodLines(10);
    for (size_t at = 0; at < file.size(); at += piece) validator.Feed(file.substr(at, piece));
    validator.Finish();
    EXPECT_THAT(Rules(findings), ElementsAre("BYTE_ORDER_MARK")) << piece;
  }
}

TEST(Validate, Utf16IsSaidOnce) {
  EXPECT_THAT(
      Rules(ValidateChatJsonl(TestTask(), kTest, std::string_view("\xFF\xFE{\0}\0\n\0", 8))),
      ElementsAre("WRONG_ENCODING", "NO_EXAMPLES"));
}

TEST(Validate, PiecesDoNotMatter) {
  const std::string file = GoodLines(11) + "bad\r\n" + WriteExample("S", "query 1", Answer(0));
  const auto whole = ValidateChatJsonl(TestTask(), kTrain, file);
  for (size_t piece = 1; piece < 200; piece += 37) {
    std::vector<v1::Finding> findings;
    ChatValidator validator(TestTask(), kTrain,
                            [&](v1::Finding finding) { findings.push_back(std::move(finding)); });
    for (size_t at = 0; at < file.size(); at += piece) validator.Feed(file.substr(at, piece));
    validator.Finish();
    ASSERT_EQ(Rules(findings), Rules(whole));
    EXPECT_EQ(findings[1].line(), whole[1].line());
  }
}

}  // namespace
}  // namespace tunegate::datasets
