#include "server/sandbox/chat/chat_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

class ChatServiceTest : public ::testing::Test {
 protected:
  ChatServiceTest() {
    const std::string directory = ::testing::TempDir() + "/chat_service_test";
    RemoveAll(directory);
    models_ = *ModelStore::Open(directory, clock_);
    service_ = std::make_unique<ChatService>(*models_, limiter_, clock_);
    service_->AddRoutes(router_);
  }

  static json::Value Body(const std::string& more = "") {
    return *json::Parse(R"({"model":"gpt-4o-mini","messages":[
        {"role":"system","content":"JSON with budget_tier: economic, premium"},
        {"role":"user","content":"algo de lujo"}])" +
                        more + "}");
  }
  Response Post(const std::string& body) const {
    Request request;
    request.method = "POST";
    request.body = body;
    return router_.Find("POST", "/chat/completions").route->handler(request);
  }
  // The parameter that the refusal names.
  std::string Refused(const std::string& more) {
    const auto completion = service_->Complete(Body(more));
    if (completion.ok()) return "";
    return DetailsOf(completion.status()).field_violations.front().first;
  }

  FakeClock clock_{absl::FromUnixSeconds(1000)};
  std::unique_ptr<ModelStore> models_;
  RateLimiter limiter_{{2, 0}, clock_};
  std::unique_ptr<ChatService> service_;
  Router router_;
};

TEST_F(ChatServiceTest, AnswersAndNamesWhoAnswered) {
  const auto completion = service_->Complete(Body());
  ASSERT_TRUE(completion.ok()) << completion.status();
  EXPECT_EQ(completion->model, "sandbox-keyword-1");
  EXPECT_EQ(completion->created, 1000);
  EXPECT_EQ(completion->Content(), R"({"budget_tier":"premium"})");
  EXPECT_GT(completion->prompt_tokens, 10);
}

TEST_F(ChatServiceTest, LastUserMessageIsTheQuestion) {
  json::Value body = Body();
  json::Value messages = body["messages"];
  messages.Append(*json::Parse(R"({"role":"assistant","content":"no"})"));
  messages.Append(*json::Parse(
      R"({"role":"user","content":[{"type":"text","text":"no, algo "},{"type":"text","text":"barato"}]})"));
  body.Set("messages", messages);
  EXPECT_EQ(service_->Complete(body)->Content(), R"({"budget_tier":"economic"})");
}

TEST_F(ChatServiceTest, LimitCutsTheAnswer) {
  const Completion completion = *service_->Complete(Body(R"(,"max_tokens":2)"));
  EXPECT_TRUE(completion.cut);
  EXPECT_EQ(completion.completion_tokens, 2);
  EXPECT_EQ(completion.Content(), "{\"");
  EXPECT_FALSE(service_->Complete(Body(R"(,"max_completion_tokens":500)"))->cut);
}

TEST_F(ChatServiceTest, LogprobsAreGivenWhenAskedForAndOnlyThen) {
  const auto logprobs = [this](const std::string& more) {
    return service_->Complete(Body(more))->ToJson()["choices"].Elements()[0]["logprobs"];
  };
  EXPECT_TRUE(logprobs("").IsNull());
  EXPECT_TRUE(logprobs(R"(,"logprobs":false)").IsNull());
  double sum = 0;
  const json::Value told = logprobs(R"(,"logprobs":true)");
  for (const json::Value& token : told["content"].Elements()) {
    sum += token["logprob"].NumberOr(1);
  }
  // "lujo" alone speaks: one point against one for knowing nothing.
  EXPECT_DOUBLE_EQ(std::exp(sum), 0.5);
}

TEST_F(ChatServiceTest, RefusalsNameTheParameter) {
  EXPECT_EQ(Refused(R"(,"n":2)"), "n");
  EXPECT_EQ(Refused(R"(,"temperature":2.1)"), "temperature");
  EXPECT_EQ(Refused(R"(,"max_tokens":0)"), "max_tokens");
  EXPECT_EQ(Refused(R"(,"top_logprobs":2)"), "top_logprobs");
  EXPECT_EQ(Refused(R"(,"logprobs":1)"), "logprobs");
  EXPECT_EQ(Refused(R"(,"stream":"yes")"), "stream");
  EXPECT_EQ(Refused(R"(,"messages":[])"), "messages");
  EXPECT_EQ(Refused(R"(,"messages":[{"role":"king","content":"x"}])"), "messages[0].role");
  EXPECT_EQ(Refused(R"(,"messages":[{"role":"user","content":1}])"), "messages[0].content");
  EXPECT_EQ(Refused(R"(,"response_format":{"type":"x"})"), "response_format.type");
  EXPECT_EQ(Refused(R"(,"model":null)"), "model");
  EXPECT_EQ(Refused(R"(,"temperature":2,"seed":1,"top_p":0.5,"user":"x")"), "");
}

TEST_F(ChatServiceTest, JsonObjectMustBeAskedForInWords) {
  EXPECT_EQ(Refused(R"(,"response_format":{"type":"json_object"})"), "");
  EXPECT_EQ(Refused(R"(,"response_format":{"type":"json_object"},
                        "messages":[{"role":"user","content":"x"}])"),
            "messages");
}

TEST_F(ChatServiceTest, UnknownModelIsNotFound) {
  const auto completion = service_->Complete(Body(R"(,"model":"gpt-none")"));
  EXPECT_TRUE(absl::IsNotFound(completion.status()));
  EXPECT_EQ(DetailsOf(completion.status()).reason, "model_not_found");
}

TEST_F(ChatServiceTest, StreamIsServerSentEvents) {
  const Response response = Post(json::Write(Body(R"(,"stream":true)")));
  EXPECT_THAT(std::string(response.Header("Content-Type")), HasSubstr("text/event-stream"));
  EXPECT_EQ(response.chunks.back(), "data: [DONE]\n\n");
}

TEST_F(ChatServiceTest, RateLimitsHold) {
  EXPECT_EQ(Post(json::Write(Body())).Header("x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(Post(json::Write(Body())).status, 200);
  EXPECT_EQ(Post(json::Write(Body())).status, 429);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Post("{").status, 400);
}

}  // namespace
}  // namespace tunegate::sandbox
