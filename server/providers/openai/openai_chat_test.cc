// Chat completions: many at once, asked and answered.
#include <array>
#include <atomic>
#include <future>
#include <set>
#include <string>

#include "common/errors.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "server/providers/openai/testing/provider_fixture.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {
namespace {

using ::testing::HasSubstr;

using OpenAiChatTest = ProviderFixture;

TEST_F(OpenAiChatTest, AnswerIsDecodedWithItsFigures) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("hola")"),
                                     {{"x-request-id", "req_1"},
                                      {"x-ratelimit-remaining-requests", "99"},
                                      {"x-ratelimit-reset-tokens", "6m0s"}})});
  const ChatAnswer answer = Ask(SomeChat());
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.text, "hola");
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(answer.answering_model, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(answer.request_id, "req_1");
  EXPECT_EQ(answer.input_tokens, 31);
  EXPECT_EQ(answer.cached_input_tokens, 5);
  EXPECT_EQ(answer.output_tokens, 7);
  EXPECT_EQ(answer.attempts, 1);
  EXPECT_GT(answer.response_time, absl::ZeroDuration());
  EXPECT_EQ(answer.rate_limits.remaining_requests, 99);
  EXPECT_EQ(answer.rate_limits.reset_tokens, absl::Minutes(6));
}

TEST_F(OpenAiChatTest, RequestIsAChatCompletion) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  ChatCall call = SomeChat();
  call.temperature = 0;
  call.max_output_tokens = 64;
  call.response_format = R"({"type":"json_object"})";
  Ask(call);
  const Request request = server_->requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/chat/completions");
  EXPECT_EQ(request.body,
            R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"Answer in JSON"},)"
            R"({"role":"user","content":"¿Qué tal?"}],"temperature":0.0,)"
            R"("max_completion_tokens":64,"response_format":{"type":"json_object"}})");
}

TEST_F(OpenAiChatTest, PathMayHoldTheModel) {
  config_.chat_path = "/deployments/{model}/chat/completions";
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  ChatCall call = SomeChat();
  call.model = "ft:a";
  Ask(call);
  EXPECT_EQ(server_->requests().at(0).target, "/v1/deployments/ft%3Aa/chat/completions");
}

TEST_F(OpenAiChatTest, OnlyTheFirstCallOnAConnectionIsFresh) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  EXPECT_TRUE(Ask(SomeChat()).fresh_connection);
  EXPECT_FALSE(Ask(SomeChat()).fresh_connection);
  EXPECT_EQ(server_->connection_count(), 1);
}

TEST_F(OpenAiChatTest, ResponseTimeIsNeverShorterThanTheServersOwn) {
  constexpr int kCalls = 64;
  std::array<absl::Duration, kCalls> in_server;
  Serve([&](const Request& request) {
    const absl::Duration begin = RealClock().Monotonic();
    const auto body = json::Parse(request.body);
    const int call = std::stoi((*body)["messages"].Elements()[0]["content"].String());
    const Reply reply = ScriptedServer::Json(200, ChatBody(R"("x")"));
    in_server[static_cast<size_t>(call)] = RealClock().Monotonic() - begin;
    return reply;
  });
  std::array<std::promise<ChatAnswer>, kCalls> answers;
  for (int round = 0; round < 2; ++round) {  // over new connections, and over those that stand
    answers = {};
    for (int i = 0; i < kCalls; ++i) {
      ChatCall call = SomeChat();
      call.messages = {{"user", std::to_string(i)}};
      auto& promise = answers[static_cast<size_t>(i)];
      provider_->Complete(std::move(call),
                          [&promise](ChatAnswer a) { promise.set_value(std::move(a)); });
    }
    for (size_t i = 0; i < kCalls; ++i) {
      const ChatAnswer answer = answers[i].get_future().get();
      ASSERT_TRUE(answer.status.ok()) << answer.status;
      EXPECT_GE(answer.response_time, in_server[i]) << i;
    }
  }
}

TEST_F(OpenAiChatTest, BytesOfTheModelAreKept) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody("\"caf\xE9\""))});
  const ChatAnswer answer = Ask(SomeChat());
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.text, "caf\xE9");
}

TEST_F(OpenAiChatTest, BadCallIsAnsweredWithoutSending) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  ChatCall call = SomeChat();
  call.response_format = "not json";
  const ChatAnswer answer = Ask(call);
  EXPECT_EQ(DetailsOf(answer.status).reason, "INVALID_FIELD");
  EXPECT_EQ(SentOf(answer.status), Sent::kNo);
  EXPECT_TRUE(server_->requests().empty());
}

// Asks one after the other, from within the callbacks, as the evaluator does.
class Chain {
 public:
  Chain(Provider* provider, ChatCall call, int calls)
      : provider_(provider), call_(std::move(call)), left_(calls), unanswered_(calls) {}

  void Run(int in_flight) {
    for (int i = 0; i < in_flight; ++i) Next();
    ended_.get_future().wait();
  }
  int good() const { return good_; }

 private:
  void Next() {
    if (left_.fetch_sub(1) <= 0) return;
    provider_->Complete(call_, [this](const ChatAnswer& answer) {
      if (answer.status.ok()) ++good_;
      Next();
      if (unanswered_.fetch_sub(1) == 1) ended_.set_value();
    });
  }

  Provider* const provider_;
  const ChatCall call_;
  std::atomic<int> left_, unanswered_;
  std::atomic<int> good_ = 0;
  std::promise<void> ended_;
};

TEST_F(OpenAiChatTest, ManyCallsShareAsManyConnectionsAsAreInFlight) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  Chain chain(provider_.get(), SomeChat(), 500);
  chain.Run(16);
  EXPECT_EQ(chain.good(), 500);
  EXPECT_LE(server_->connection_count(), 16);
}

TEST_F(OpenAiChatTest, CallsBeyondTheLimitWaitAndAllAreAnswered) {
  config_.max_connections = 3;
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  Chain chain(provider_.get(), SomeChat(), 200);
  chain.Run(50);
  EXPECT_EQ(chain.good(), 200);
  EXPECT_LE(server_->connection_count(), 3);
}

TEST_F(OpenAiChatTest, CancelOvertakesChatsThatWait) {
  config_.max_connections = 1;
  Serve([](const Request& request) {
    if (request.target == "/v1/chat/completions") return ScriptedServer::End(Ending::kSilence);
    return ScriptedServer::Json(200, R"({"id":"j","status":"cancelled"})");
  });
  std::promise<void> ended;
  std::atomic<int> left = 3;
  for (int i = 0; i < 3; ++i) {
    provider_->Complete(SomeChat(), [&](const ChatAnswer&) {
      if (left.fetch_sub(1) == 1) ended.set_value();
    });
  }
  EXPECT_TRUE(provider_->CancelJob("j").ok());
  provider_.reset();
  ended.get_future().wait();
}

TEST_F(OpenAiChatTest, DestroyingTheProviderAnswersEveryCall) {
  config_.retry.first_delay = absl::Hours(1);  // those that back off are answered, too
  config_.retry.longest_delay = absl::Hours(1);
  config_.max_connections = 2;
  std::promise<void> arrived;
  Serve([&](const Request& request) {
    if (request.number == 1) return ScriptedServer::Json(503, "{}");
    if (request.number == 3) arrived.set_value();
    return ScriptedServer::End(Ending::kSilence);
  });
  std::atomic<int> unavailable = 0;
  for (int i = 0; i < 6; ++i) {
    provider_->Complete(SomeChat(), [&](const ChatAnswer& answer) {
      if (answer.status.code() == absl::StatusCode::kUnavailable) ++unavailable;
    });
  }
  arrived.get_future().wait();
  provider_.reset();
  EXPECT_EQ(unavailable, 6);
}

TEST_F(OpenAiChatTest, BlockingCallFromTheCallbackIsRefusedNotHung) {
  ServeInOrder({ScriptedServer::Json(200, ChatBody(R"("x")"))});
  std::promise<absl::Status> status;
  provider_->Complete(
      SomeChat(), [&](const ChatAnswer&) { status.set_value(provider_->GetJob("j").status()); });
  EXPECT_EQ(DetailsOf(status.get_future().get()).reason, "WOULD_DEADLOCK");
}

}  // namespace
}  // namespace tunegate::providers::openai
