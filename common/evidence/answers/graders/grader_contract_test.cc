// What every grader keeps, as value_grader.h says; each test runs on all of them.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/graders/grader_fixture.h"
#include "common/evidence/answers/graders/graders.h"
#include "common/evidence/answers/graders/openai_grader.h"
#include "common/evidence/answers/graders/regular_expression.h"

namespace tunegate::graders {
namespace {

using fixture::Json;
using fixture::Score;

enum class Type { kString, kStringSet, kNumber, kAny };

struct Subject {
  std::string test_name;
  std::string name;  // as task.proto has it
  Type type;         // what it compares
  bool right_itself = true;
  bool symmetric = true;
  std::function<std::unique_ptr<const ValueGrader>()> make;
};

std::unique_ptr<const ValueGrader> OpenAi(const std::string& rest) {
  v1::Task task;
  task.add_fields()->set_id("field");
  auto read =
      ReadOpenAiGrader(absl::StrCat(R"({"name":"n","input":"{{sample.output_json.field}}",)",
                                    R"("reference":"{{ item.field }}",)", rest, "}"),
                       task);
  EXPECT_TRUE(read.ok()) << read.status();
  return std::move(read->grader);
}

std::vector<Subject> Subjects() {
  std::vector<Subject> subjects = {
      {"Exact", "exact", Type::kAny, true, true, NewExact},
      {"ExactSet", "exact", Type::kStringSet, true, true, NewExactSet},
      {"Folded", "folded", Type::kString, true, true, NewFolded},
      {"SetF1", "set_f1", Type::kStringSet, true, true, NewSetF1},
      {"NumericAbsolute", "numeric", Type::kNumber, true, true, [] { return NewNumeric(0.5, 0); }},
      {"NumericRelative", "numeric", Type::kNumber, true, false, [] { return NewNumeric(0, 0.1); }},
      {"JsonSubset", "json_subset", Type::kAny, true, false, NewJsonSubset},
      {"Pattern", "regular_expression", Type::kString, false, false,
       [] { return NewRegularExpression(*Pattern::Compile("a+b|\\d")); }},
      {"RightPattern", "regular_expression", Type::kString, true, false, NewRightPattern},
      {"OpenAiEq", "openai_json", Type::kAny, true, true,
       [] { return OpenAi(R"("type":"string_check","operation":"eq")"); }},
      {"OpenAiNe", "openai_json", Type::kAny, false, true,
       [] { return OpenAi(R"("type":"string_check","operation":"ne")"); }},
      {"OpenAiLike", "openai_json", Type::kAny, true, false,
       [] { return OpenAi(R"("type":"string_check","operation":"like")"); }},
      {"OpenAiIlike", "openai_json", Type::kAny, true, false,
       [] { return OpenAi(R"("type":"string_check","operation":"ilike")"); }},
  };
  for (const char* name : {"fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_3",
                           "rouge_4", "rouge_5", "rouge_l", "cosine"}) {
    const bool symmetric = std::string(name) != "bleu" && std::string(name) != "meteor";
    subjects.push_back({absl::StrCat("Similarity_", name), "text_similarity", Type::kString, true,
                        symmetric, [name] { return NewTextSimilarity(FindMeasure(name)); }});
    subjects.push_back(
        {absl::StrCat("OpenAi_", name), "openai_json", Type::kAny, true, symmetric, [name] {
           return OpenAi(
               absl::StrCat(R"("type":"text_similarity","evaluation_metric":")", name, "\""));
         }});
  }
  return subjects;
}

// Values of every JSON type, and some that only bad luck or malice sends.
std::vector<json::Value> Values() {
  std::vector<json::Value> values;
  for (const char* text : {"null",
                           "true",
                           "0",
                           "-1",
                           "2.5",
                           "1e308",
                           "9223372036854775807",
                           R"("")",
                           R"("a")",
                           R"("aab 7")",
                           R"("Él dijo: ¡sí!")",
                           R"("el dijo si")",
                           R"("... !!!")",
                           R"("\u0000")",
                           R"("(a+)+$")",
                           R"("{{item.field}}")",
                           "[]",
                           R"(["a"])",
                           R"(["a","b","b"])",
                           R"(["b",1])",
                           "[[[]]]",
                           "{}",
                           R"({"a":1})",
                           R"({"a":1,"b":{"c":[null]}})"}) {
    values.push_back(Json(text));
  }
  values.emplace_back(std::numeric_limits<double>::quiet_NaN());
  values.emplace_back(std::numeric_limits<double>::infinity());
  values.emplace_back(std::string("\xFF\xFE\x80 caf\xC3"));
  values.emplace_back(std::string(1000, '\0'));
  values.push_back(json::Array({json::Value("\xC0\xAF"), json::Value("a")}));
  return values;
}

bool IsOf(Type type, const json::Value& value) {
  switch (type) {
    case Type::kString:
      return value.IsString();
    case Type::kNumber:
      return value.IsNumber() && std::isfinite(value.NumberOr(0));
    case Type::kStringSet:
      for (const json::Value& element : value.Elements()) {
        if (!element.IsString()) return false;
      }
      return value.IsArray();
    case Type::kAny:
      // NaN is not itself, and no JSON says it.
      return !value.IsNumber() || std::isfinite(value.NumberOr(0));
  }
  return false;
}

class GraderContractTest : public ::testing::TestWithParam<Subject> {
 protected:
  const std::unique_ptr<const ValueGrader> grader_ = GetParam().make();
};

TEST_P(GraderContractTest, HasTheNameThatTasksUse) { EXPECT_EQ(grader_->name(), GetParam().name); }

TEST_P(GraderContractTest, TheRightValueItselfScoresOne) {
  if (!GetParam().right_itself) return;
  for (const json::Value& value : Values()) {
    if (!IsOf(GetParam().type, value)) continue;
    EXPECT_EQ(Score(*grader_, value, value), 1) << json::Write(value);
  }
}

TEST_P(GraderContractTest, EveryScoreIsBetweenZeroAndOne) {
  for (const json::Value& right : Values()) {
    for (const json::Value& answered : Values()) {
      const double score = Score(*grader_, right, answered);
      EXPECT_TRUE(score >= 0 && score <= 1)
          << json::Write(right) << " " << json::Write(answered) << " " << score;
      EXPECT_TRUE(grader_->partial() || score == 0 || score == 1) << score;
    }
  }
}

TEST_P(GraderContractTest, AValueOfAnotherTypeScoresZero) {
  if (GetParam().type == Type::kAny) return;
  for (const json::Value& right : Values()) {
    if (!IsOf(GetParam().type, right)) continue;
    for (const json::Value& answered : Values()) {
      if (IsOf(GetParam().type, answered)) continue;
      EXPECT_EQ(Score(*grader_, right, answered), 0)
          << json::Write(right) << " " << json::Write(answered);
    }
  }
}

TEST_P(GraderContractTest, IsSymmetricWhereItShouldBe) {
  if (!GetParam().symmetric) return;
  for (const json::Value& a : Values()) {
    for (const json::Value& b : Values()) {
      EXPECT_EQ(Score(*grader_, a, b), Score(*grader_, b, a))
          << json::Write(a) << " " << json::Write(b);
    }
  }
}

TEST_P(GraderContractTest, TheSameValuesHaveTheSameScoreEachTime) {
  for (const json::Value& right : Values()) {
    for (const json::Value& answered : Values()) {
      EXPECT_EQ(Score(*grader_, right, answered), Score(*GetParam().make(), right, answered));
    }
  }
}

// Values of a megabyte.
const std::vector<json::Value>& LargeValues() {
  static const auto* const large = [] {
    constexpr size_t kMegabyte = 1 << 20;
    std::string words;
    for (int i = 0; words.size() < kMegabyte; ++i) absl::StrAppend(&words, i % 97, i % 7, " ");
    json::Value set = json::Array();
    std::string up;
    std::string down;
    for (int i = 0; i < 100'000; ++i) {
      set.Append(absl::StrCat("element ", i));
      absl::StrAppend(&up, i == 0 ? "{" : ",", "\"", i, "\":1");
      absl::StrAppend(&down, i == 0 ? "{" : ",", "\"", 99'999 - i, "\":1");
    }
    return new std::vector<json::Value>{std::string(kMegabyte, 'a'),
                                        std::string(kMegabyte, 'a') + "b",
                                        words,
                                        words + "x",
                                        set,
                                        Json(up + "}"),
                                        Json(down + "}")};
  }();
  return *large;
}

// Each would take hours, were anything quadratic.
TEST_P(GraderContractTest, AMegabyteIsGradedLikeAnythingElse) {
  const std::vector<json::Value>& large = LargeValues();
  for (size_t i = 0; i < large.size(); ++i) {
    const json::Value& next = large[(i + 1) % large.size()];
    for (const double score : {Score(*grader_, large[i], next), Score(*grader_, "a b", large[i])}) {
      EXPECT_TRUE(score >= 0 && score <= 1) << score;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllGraders, GraderContractTest, ::testing::ValuesIn(Subjects()),
                         [](const auto& info) { return info.param.test_name; });

}  // namespace
}  // namespace tunegate::graders
