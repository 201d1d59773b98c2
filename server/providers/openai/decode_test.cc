#include "server/providers/openai/decode.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

json::Value Parsed(const std::string& text) {
  const absl::StatusOr<json::Value> value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << value.status() << " in " << text;
  return value.ok() ? *value : json::Value();
}

TEST(DecodeObject, WhatIsNoObjectIsNamed) {
  EXPECT_THAT(std::string(DecodeObject("[1]").status().message()), HasSubstr("an array"));
  EXPECT_THAT(std::string(DecodeObject("<html>").status().message()), HasSubstr("expected a JSON"));
  EXPECT_FALSE(DecodeObject("").ok());
  EXPECT_FALSE(DecodeObject(R"({"id":)").ok());
}

TEST(DecodeObject, IllFormedUtf8IsReplaced) {
  const auto object = DecodeObject("{\"id\":\"a\xff\"}");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ((*object)["id"].String(), "a\xEF\xBF\xBD");
}

TEST(DecodeFile, AllMembersAreRead) {
  const auto file = DecodeFile(
      Parsed(R"({"id":"file-1","object":"file","bytes":140,"created_at":1790000000,)"
             R"("filename":"t.jsonl","purpose":"fine-tune","status":"processed","new":{"x":1}})"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->id, "file-1");
  EXPECT_EQ(file->file_name, "t.jsonl");
  EXPECT_EQ(file->size_bytes, 140);
  EXPECT_EQ(file->purpose, "fine-tune");
  EXPECT_EQ(file->status, "processed");
  EXPECT_EQ(file->create_time, absl::FromUnixSeconds(1790000000));
}

TEST(DecodeFile, MissingIdIsNamed) {
  const auto file = DecodeFile(Parsed(R"({"filename":"t"})"));
  EXPECT_EQ(file.status().message(),
            "a file has null as 'id'; expected a string that is not empty");
}

TEST(DecodeJob, AllMembersAreRead) {
  const auto job = DecodeJob(Parsed(R"({"id":"ftjob-1","status":"running","model":"m",
      "fine_tuned_model":"ft:m:1","training_file":"file-1","validation_file":"file-2",
      "result_files":["file-3"],"metadata":{"k":"v"},"trained_tokens":5049,
      "created_at":1790000000,"finished_at":1790000060,"estimated_finish":1790000090,"seed":42,
      "method":{"type":"supervised"},"error":{"code":"c","message":"m","param":null}})"));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id, "ftjob-1");
  EXPECT_EQ(job->status, "running");
  EXPECT_EQ(job->model, "m");
  EXPECT_EQ(job->fine_tuned_model, "ft:m:1");
  EXPECT_EQ(job->training_file, "file-1");
  EXPECT_EQ(job->validation_file, "file-2");
  EXPECT_THAT(job->result_files, ElementsAre("file-3"));
  EXPECT_THAT(job->metadata, ElementsAre(Pair("k", "v")));
  EXPECT_EQ(job->trained_tokens, 5049);
  EXPECT_EQ(job->create_time, absl::FromUnixSeconds(1790000000));
  EXPECT_EQ(job->finish_time, absl::FromUnixSeconds(1790000060));
  EXPECT_EQ(job->estimated_finish_time, absl::FromUnixSeconds(1790000090));
  EXPECT_EQ(job->seed, 42);
  EXPECT_EQ(job->method["type"].String(), "supervised");
  EXPECT_EQ(job->error_code, "c");
  EXPECT_EQ(job->error_message, "m");
}

TEST(DecodeJob, NullsUnknownsAndMissingMembersPass) {
  const auto job = DecodeJob(Parsed(R"({"id":"ftjob-1","status":"never_seen_before","error":{},
      "fine_tuned_model":null,"finished_at":null,"estimated_finish":0,"result_files":null,
      "seed":null,"trained_tokens":null,"metadata":null,"future":[1,2]})"));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->status, "never_seen_before");
  EXPECT_EQ(job->error_code, "");
  EXPECT_EQ(job->error_message, "");
  EXPECT_EQ(job->fine_tuned_model, "");
  EXPECT_EQ(job->finish_time, std::nullopt);
  EXPECT_EQ(job->estimated_finish_time, std::nullopt);
  EXPECT_EQ(job->seed, std::nullopt);
  EXPECT_TRUE(job->method.IsNull());
}

TEST(DecodeJob, MembersOfWrongTypesDoNotBreakIt) {
  const auto job = DecodeJob(Parsed(R"({"id":"j","status":"failed","error":"out of cheese",
      "created_at":"yesterday","finished_at":1e300,"result_files":[{"id":"file-9"},7],
      "metadata":{"n":3}})"));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->error_message, "out of cheese");
  EXPECT_EQ(job->create_time, absl::UnixEpoch());
  EXPECT_EQ(job->finish_time, std::nullopt);
  EXPECT_THAT(job->result_files, ElementsAre("file-9"));
  EXPECT_EQ(job->metadata.at("n"), "3");
}

TEST(DecodeJob, JobWithoutStatusIsRefused) {
  EXPECT_THAT(std::string(DecodeJob(Parsed(R"({"id":"j"})")).status().message()),
              HasSubstr("'status'"));
}

TEST(DecodeEvent, NumbersInDataAreFigures) {
  const auto event = DecodeEvent(Parsed(R"({"id":"ftevent-1","created_at":1790000000,
      "level":"info","type":"metrics","message":"Step 3/10",
      "data":{"step":3,"train_loss":0.5,"note":"x","nested":{"y":1}}})"));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->figures, ElementsAre(Pair("step", 3.0), Pair("train_loss", 0.5)));
  EXPECT_EQ(event->type, "metrics");
  EXPECT_EQ(event->level, "info");
  EXPECT_EQ(event->message, "Step 3/10");
}

TEST(DecodeCheckpoint, MetricsAndModelAreRead) {
  const auto checkpoint = DecodeCheckpoint(Parsed(
      R"({"id":"ftckpt-1","fine_tuned_model_checkpoint":"ft:m:ckpt-step-90","step_number":90,)"
      R"("metrics":{"full_valid_loss":0.5,"step":90}})"));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->model, "ft:m:ckpt-step-90");
  EXPECT_EQ(checkpoint->step, 90);
  EXPECT_EQ(checkpoint->metrics.at("full_valid_loss"), 0.5);
}

TEST(DecodePage, LastPageHasNoNext) {
  const auto page =
      DecodePage(Parsed(R"({"data":[{"id":"a"},{"id":"b"}],"has_more":false})"), "", &DecodeModel);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->items, ElementsAre("a", "b"));
  EXPECT_EQ(page->next_after, "");
}

TEST(DecodePage, NextIsLastIdOrTheLastItems) {
  EXPECT_EQ(*DecodeNextAfter(Parsed(R"({"data":[{"id":"a"}],"has_more":true})"), ""), "a");
  EXPECT_EQ(*DecodeNextAfter(Parsed(R"({"data":[{"id":"a"}],"has_more":true,"last_id":"z"})"), ""),
            "z");
  EXPECT_EQ(*DecodeNextAfter(Parsed(R"({"data":[{"id":"a"}]})"), ""), "");
}

TEST(DecodePage, EmptyPageThatPromisesMoreEndsTheList) {
  EXPECT_EQ(*DecodeNextAfter(Parsed(R"({"data":[],"has_more":true})"), ""), "");
}

TEST(DecodePage, ProviderThatIgnoresAfterIsFoundOut) {
  const auto page =
      DecodePage(Parsed(R"({"data":[{"id":"a"},{"id":"b"}],"has_more":true})"), "b", &DecodeModel);
  EXPECT_THAT(std::string(page.status().message()), HasSubstr("ignores 'after'"));
}

TEST(DecodePage, ListWithoutDataIsRefused) {
  EXPECT_THAT(std::string(DecodeNextAfter(Parsed(R"({"data":3})"), "").status().message()),
              HasSubstr("'data'"));
}

ChatAnswer Chat(const std::string& body) {
  ChatAnswer answer;
  const absl::Status status = DecodeChat(body, answer);
  EXPECT_TRUE(status.ok()) << status << " in " << body;
  return answer;
}

TEST(DecodeChat, TextUsageAndModelAreRead) {
  const ChatAnswer answer = Chat(R"({"model":"m-2024","choices":[{"message":{"content":"{\"a\":1}",
      "refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":31,"completion_tokens":7,
      "prompt_tokens_details":{"cached_tokens":5}}})");
  EXPECT_EQ(answer.text, R"({"a":1})");
  EXPECT_FALSE(answer.refused);
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(answer.answering_model, "m-2024");
  EXPECT_EQ(answer.input_tokens, 31);
  EXPECT_EQ(answer.cached_input_tokens, 5);
  EXPECT_EQ(answer.output_tokens, 7);
}

TEST(DecodeChat, RefusalIsTold) {
  const ChatAnswer answer =
      Chat(R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})");
  EXPECT_TRUE(answer.refused);
  EXPECT_EQ(answer.text, "No.");
}

TEST(DecodeChat, PartsAreJoinedAndNothingIsEmpty) {
  EXPECT_EQ(Chat(R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},
      {"type":"text","text":"b"}]}}]})")
                .text,
            "ab");
  EXPECT_EQ(Chat(R"({"choices":[{"message":{"content":null},"finish_reason":"tool_calls"}]})").text,
            "");
}

TEST(DecodeChat, IllFormedBytesOfTheTextAreKept) {
  const std::string text = "caf\xE9 \xF0\x9F\x98 \xC3\xA9 \x80";
  const ChatAnswer answer =
      Chat("{\"model\":\"m\xFF\",\"choices\":[{\"message\":{\"content\":\"" + text + "\"}}]}");
  EXPECT_EQ(answer.text, text);
  EXPECT_EQ(answer.answering_model, "m\xEF\xBF\xBD");
}

TEST(DecodeChat, EveryIllFormedByteSurvives) {
  for (int byte = 0x80; byte <= 0xFF; ++byte) {
    const std::string text = std::string("x") + static_cast<char>(byte) + "y";
    EXPECT_EQ(Chat("{\"choices\":[{\"message\":{\"content\":\"" + text + "\"}}]}").text, text);
  }
}

TEST(DecodeChat, WhatCannotBeToldApartBecomesValid) {
  const std::string text = "\xF4\x8F\xBF\xBD \xFF";
  const ChatAnswer answer = Chat("{\"choices\":[{\"message\":{\"content\":\"" + text + "\"}}]}");
  EXPECT_TRUE(IsValidUtf8(answer.text));
}

TEST(DecodeChat, MissingPartsAreNamed) {
  ChatAnswer answer;
  EXPECT_THAT(std::string(DecodeChat("{}", answer).message()), HasSubstr("'choices'"));
  EXPECT_THAT(std::string(DecodeChat(R"({"choices":[]})", answer).message()),
              HasSubstr("'choices'"));
  EXPECT_THAT(std::string(DecodeChat(R"({"choices":[{"text":"x"}]})", answer).message()),
              HasSubstr("'choices[0].message'"));
  EXPECT_FALSE(DecodeChat("Bad Gateway", answer).ok());
}

TEST(DecodeChat, ConfidenceIsTheProductOfTheTokensProbabilities) {
  const ChatAnswer answer = Chat(R"({"choices":[{"message":{"content":"ab"},"logprobs":{"content":[
      {"token":"a","logprob":-0.5},{"token":"b","logprob":-0.25}]}}]})");
  ASSERT_TRUE(answer.confidence.has_value());
  EXPECT_DOUBLE_EQ(*answer.confidence, std::exp(-0.75));
  // Above certainty by rounding; far below what a double holds (OpenAI's -9999).
  EXPECT_EQ(Chat(R"({"choices":[{"message":{"content":"a"},"logprobs":{"content":[
      {"token":"a","logprob":1e-7}]}}]})")
                .confidence,
            1.0);
  EXPECT_EQ(Chat(R"({"choices":[{"message":{"content":"a"},"logprobs":{"content":[
      {"token":"a","logprob":-9999.0}]}}]})")
                .confidence,
            0.0);
}

TEST(DecodeChat, ARefusalsConfidenceIsItsOwn) {
  const ChatAnswer answer = Chat(R"({"choices":[{"message":{"content":null,"refusal":"No."},
      "logprobs":{"content":null,"refusal":[{"token":"No.","logprob":-1}]}}]})");
  EXPECT_EQ(answer.confidence, std::exp(-1.0));
}

TEST(DecodeChat, WithoutLogprobsThereIsNoConfidence) {
  for (const char* logprobs :
       {"null", "{}", R"({"content":null})", R"({"content":[]})", R"({"content":[{"token":"a"}]})",
        R"({"content":[{"logprob":null}]})", R"({"token_logprobs":[-1]})", "7"}) {
    const ChatAnswer answer = Chat(
        absl::StrCat(R"({"choices":[{"message":{"content":"a"},"logprobs":)", logprobs, "}]}"));
    EXPECT_EQ(answer.text, "a") << logprobs;
    EXPECT_FALSE(answer.confidence.has_value()) << logprobs;
  }
}

TEST(DecodeChat, NegativeUsageIsNone) {
  EXPECT_EQ(Chat(R"({"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":-4}})")
                .input_tokens,
            0);
}

TEST(DecodeError, FormsOfManyServersAreRead) {
  const ErrorObject openai = DecodeError(
      R"({"error":{"message":"no","type":"invalid_request_error","param":"model","code":"c"}})");
  EXPECT_EQ(openai.message, "no");
  EXPECT_EQ(openai.type, "invalid_request_error");
  EXPECT_EQ(openai.param, "model");
  EXPECT_EQ(openai.code, "c");
  EXPECT_EQ(DecodeError(R"({"error":"plain"})").message, "plain");
  EXPECT_EQ(DecodeError(R"({"detail":"Not Found"})").message, "Not Found");
  const ErrorObject other = DecodeError(R"({"object":"error","message":"m","code":40001})");
  EXPECT_EQ(other.message, "m");
  EXPECT_EQ(other.code, "40001");
  EXPECT_EQ(DecodeError(R"({"error":{}})").message, "");
  EXPECT_EQ(DecodeError("<html>").message, "");
}

TEST(Glimpse, HtmlIsKnownByItsTitle) {
  EXPECT_EQ(Glimpse("<html><head><TITLE> 502 Bad Gateway </TITLE></head></html>"),
            "an HTML page titled '502 Bad Gateway'");
  EXPECT_EQ(Glimpse("<html>hi</html>"), "<html>hi</html>");
  EXPECT_EQ(Glimpse("  \n"), "nothing");
  EXPECT_EQ(Glimpse("upstream error"), "upstream error");
  EXPECT_EQ(Glimpse(std::string(1 << 20, 'x')).size(), 4096u);
  EXPECT_EQ(Glimpse("<title></title"), "<title></title");
}

}  // namespace
}  // namespace tunegate::providers::openai
