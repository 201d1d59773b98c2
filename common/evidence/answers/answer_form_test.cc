#include "common/evidence/answers/answer_form.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/errors.h"
#include "common/evidence/answers/response_schema.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {
namespace {

v1::Task TaskOf(const std::string& text) {
  v1::Task task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &task));
  return task;
}

v1::Task TwoFieldTask() {
  return TaskOf(R"(
    fields { id: "intent" scored: true category { values: "BUY" values: "ASK" } }
    fields { id: "tags" set { values: "a" values: "b" } }
    fields { id: "note" text {} })");
}

v1::Task BareTask() {
  return TaskOf(R"(fields { scored: true category { values: "BUY" values: "ASK" } })");
}

TEST(AnswerForm, MembersAreWrittenInTheTasksOrder) {
  EXPECT_EQ(
      WriteAnswer(TwoFieldTask(), {{"note", "x"}, {"intent", "BUY"}, {"tags", json::Array()}}),
      R"({"intent":"BUY","tags":[],"note":"x"})");
}

TEST(AnswerForm, WhatHasNoValueIsWrittenEmpty) {
  EXPECT_EQ(WriteAnswer(TwoFieldTask(), {{"intent", "BUY"}}),
            R"({"intent":"BUY","tags":[],"note":""})");
}

TEST(AnswerForm, BareAnswersAreTheirText) {
  EXPECT_TRUE(IsBareText(BareTask()));
  EXPECT_FALSE(IsBareText(TwoFieldTask()));
  EXPECT_EQ(WriteAnswer(BareTask(), {{"", "BUY"}}), "BUY");
  const auto values = ReadAnswer(BareTask(), " BUY \n");
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->at("").String(), "BUY");
}

TEST(AnswerForm, WrittenAnswersReadBack) {
  const auto values = ReadAnswer(TwoFieldTask(), R"({"intent":"ASK","tags":["b"],"note":"ñ"})");
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(WriteAnswer(TwoFieldTask(), *values), R"({"intent":"ASK","tags":["b"],"note":"ñ"})");
}

TEST(AnswerForm, ProseAndArraysAreNoAnswers) {
  for (const char* text : {"the intent is BUY", "[1]", "", "\"BUY\""}) {
    EXPECT_EQ(DetailsOf(ReadAnswer(TwoFieldTask(), text).status()).reason, "ANSWER_NOT_JSON")
        << text;
  }
}

v1::Task NumberTask() {
  return TaskOf(R"(
    fields { id: "price" scored: true number {} }
    fields { id: "order" json {} })");
}

TEST(AnswerForm, NumbersAndJsonAreWrittenAsWhatTheyAre) {
  EXPECT_EQ(WriteAnswer(NumberTask(), {{"order", json::Array({1})}, {"price", 12.5}}),
            R"({"price":12.5,"order":[1]})");
  EXPECT_EQ(WriteAnswer(NumberTask(), {}), R"({"price":null,"order":null})");
  const auto values = ReadAnswer(NumberTask(), R"({"price":1e2,"order":{"id":7}})");
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->at("price").NumberOr(0), 100);
  EXPECT_EQ(values->at("order")["id"].IntegerOr(0), 7);
}

TEST(AnswerForm, ABareNumberOrJsonIsReadFromItsText) {
  const v1::Task number = TaskOf("fields { scored: true number {} }");
  EXPECT_EQ(ReadAnswer(number, " 12.50\n")->at("").NumberOr(0), 12.5);
  EXPECT_EQ(WriteAnswer(number, {{"", 12.5}}), "12.5");
  EXPECT_EQ(ReadAnswer(number, "twelve").status().message(),
            "the answer must be a number, found: line 1, column 2: Invalid value");
  const v1::Task any = TaskOf("fields { scored: true json {} }");
  EXPECT_EQ(WriteAnswer(any, *ReadAnswer(any, R"( {"a": [1, 2]} )")), R"({"a":[1,2]})");
  EXPECT_EQ(DetailsOf(ReadAnswer(any, "{").status()).reason, "ANSWER_NOT_JSON");
}

TEST(ResponseSchema, NumbersAreTypedAndAnyJsonHasNoStrictForm) {
  EXPECT_EQ(ResponseSchemaText(NumberTask()),
            R"({"type":"object","properties":{"price":{"type":"number"},"order":{}},)"
            R"("required":["price","order"],"additionalProperties":false})");
  EXPECT_TRUE(TakesAnyJson(NumberTask()));
  EXPECT_FALSE(TakesAnyJson(TwoFieldTask()));
  const auto schema = json::Schema::Compile(ResponseSchemaText(NumberTask()));
  ASSERT_TRUE(schema.ok());
  EXPECT_TRUE(schema->Validate(R"({"price":1,"order":[null]})").ok());
  EXPECT_FALSE(schema->Validate(R"({"price":"1","order":[null]})").ok());
}

TEST(ResponseSchema, IsStrict) {
  EXPECT_EQ(ResponseSchemaText(TwoFieldTask()),
            R"({"type":"object","properties":{"intent":{"type":"string","enum":["BUY","ASK"]},)"
            R"("tags":{"type":"array","items":{"type":"string","enum":["a","b"]}},)"
            R"("note":{"type":"string"}},"required":["intent","tags","note"],)"
            R"("additionalProperties":false})");
  EXPECT_EQ(ResponseSchemaText(BareTask()), "");
}

TEST(ResponseSchema, TakesRightAnswersAndRefusesOthers) {
  const auto schema = json::Schema::Compile(ResponseSchemaText(TwoFieldTask()));
  ASSERT_TRUE(schema.ok());
  EXPECT_TRUE(schema->Validate(R"({"intent":"BUY","tags":["a"],"note":""})").ok());
  for (const char* wrong : {R"({"intent":"SELL","tags":[],"note":""})", R"({"intent":"BUY"})",
                            R"({"intent":"BUY","tags":["z"],"note":""})",
                            R"({"intent":"BUY","tags":[],"note":"","more":1})"}) {
    EXPECT_FALSE(schema->Validate(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace tunegate::tasks
