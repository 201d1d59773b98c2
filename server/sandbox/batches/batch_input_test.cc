#include "server/sandbox/batches/batch_input.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

std::string Line(const std::string& id, const std::string& model = "m") {
  return R"({"custom_id":")" + id + R"(","method":"POST","url":"/v1/c","body":{"model":")" + model +
         "\"}}\n";
}

// The codes and lines of what is wrong, "code@line".
std::string Errors(const std::string& jsonl) {
  std::string text;
  for (const json::Value& error : ParseBatchInput(jsonl, "/v1/c").errors) {
    text += error["code"].String() + "@" + json::Write(error["line"]) + " ";
  }
  return text;
}

TEST(BatchInputTest, ReadsLines) {
  const BatchInput input = ParseBatchInput(Line("a") + "\n" + Line("b"), "/v1/c");
  EXPECT_TRUE(input.errors.empty());
  ASSERT_EQ(input.lines.size(), 2u);
  EXPECT_EQ(input.lines[1].custom_id, "b");
  EXPECT_EQ(input.lines[1].body["model"].String(), "m");
}

TEST(BatchInputTest, EveryMistakeIsFoundAndNamed) {
  EXPECT_EQ(Errors(Line("a") + "{\n" + Line("a") + Line("b", "other")),
            "invalid_json_line@2 duplicate_custom_id@3 mismatched_model@4 ");
  EXPECT_EQ(Errors("{}\n"), "missing_required_parameter@1 ");
  EXPECT_EQ(Errors(R"({"custom_id":"a","method":"GET"})"), "invalid_method@1 ");
  EXPECT_EQ(Errors(R"({"custom_id":"a","method":"POST","url":"/v1/d"})"), "invalid_url@1 ");
  EXPECT_EQ(Errors(R"({"custom_id":"a","method":"POST","url":"/v1/c"})"),
            "missing_required_parameter@1 ");
  EXPECT_EQ(Errors(""), "empty_file@null ");
}

TEST(BatchInputTest, NumbersOfLinesAreLimited) {
  std::string jsonl;
  for (size_t i = 0; i < kMaxBatchLines; ++i) jsonl += Line(std::to_string(i));
  EXPECT_EQ(Errors(jsonl), "");
  EXPECT_EQ(Errors(jsonl + Line("x")), "too_many_lines@50000 ");
}

}  // namespace
}  // namespace tunegate::sandbox
