#include "server/sandbox/chat/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

Completion Sample() {
  Completion completion;
  completion.id = "chatcmpl-1";
  completion.model = "sandbox-keyword-1";
  completion.pieces = {{"{\"a\":", 0}, {"\"regalo\"", -0.5}, {"}", 0}};
  completion.prompt_tokens = 10;
  completion.completion_tokens = 5;
  return completion;
}

// The "data:" objects; the last, [DONE], as null.
std::vector<json::Value> Parsed(const std::vector<std::string>& events) {
  std::vector<json::Value> parsed;
  for (const std::string& event : events) {
    EXPECT_EQ(event.substr(0, 6), "data: ");
    EXPECT_EQ(event.substr(event.size() - 2), "\n\n");
    const auto value = json::Parse(event.substr(6));
    parsed.push_back(value.ok() ? *value : json::Value());
  }
  return parsed;
}

TEST(CompletionTest, WireFormHasContentAndUsage) {
  const json::Value wire = Sample().ToJson();
  const json::Value& choice = wire["choices"].Elements()[0];
  EXPECT_EQ(choice["message"]["content"].String(), "{\"a\":\"regalo\"}");
  EXPECT_EQ(choice["finish_reason"].String(), "stop");
  EXPECT_TRUE(choice["logprobs"].IsNull());
  EXPECT_EQ(wire["usage"]["total_tokens"].IntegerOr(0), 15);
}

TEST(CompletionTest, StreamJoinsToTheContentAndEndsWithDone) {
  Completion completion = Sample();
  completion.cut = true;
  const auto events = Parsed(completion.ToEvents());
  std::string content;
  for (const json::Value& event : events) {
    if (event.IsNull()) continue;
    content += event["choices"].Elements()[0]["delta"]["content"].StringOr("");
    EXPECT_EQ(event.Find("usage"), nullptr);
  }
  EXPECT_EQ(content, completion.Content());
  EXPECT_TRUE(events.back().IsNull());
  EXPECT_EQ(events[events.size() - 2]["choices"].Elements()[0]["finish_reason"].String(), "length");
}

TEST(CompletionTest, UsageComesInAChunkOfItsOwn) {
  Completion completion = Sample();
  completion.stream_usage = true;
  const auto events = Parsed(completion.ToEvents());
  const json::Value& last = events[events.size() - 2];
  EXPECT_TRUE(last["choices"].Elements().empty());
  EXPECT_EQ(last["usage"]["completion_tokens"].IntegerOr(0), 5);
  EXPECT_TRUE(events[0]["usage"].IsNull());
}

TEST(CompletionTest, ConfidenceStandsAtTheFirstTokenOfAValue) {
  Completion completion = Sample();
  completion.logprobs = true;
  completion.top_logprobs = 1;
  const json::Value wire = completion.ToJson();
  double sum = 0;
  std::string joined;
  for (const json::Value& token : wire["choices"].Elements()[0]["logprobs"]["content"].Elements()) {
    sum += token["logprob"].NumberOr(0);
    joined += token["token"].String();
    EXPECT_EQ(token["bytes"].Elements().size(), token["token"].String().size());
    EXPECT_EQ(token["top_logprobs"].Elements().size(), 1u);
  }
  EXPECT_EQ(sum, -0.5);
  EXPECT_EQ(joined, completion.Content());
}

}  // namespace
}  // namespace tunegate::sandbox
