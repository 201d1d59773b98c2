// What is asked again, what is not, and what is counted.
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "server/providers/openai/testing/provider_fixture.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {
namespace {

class OpenAiRetryTest : public ProviderFixture {
 protected:
  static Reply Good() { return ScriptedServer::Json(200, ChatBody(R"("x")")); }
  static Reply Job() { return ScriptedServer::Json(200, R"({"id":"j","status":"queued"})"); }
  static Reply Bad(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ScriptedServer::Json(status, R"({"error":{"message":"no","code":"c"}})", headers);
  }
  size_t requests() const { return server_->requests().size(); }
};

TEST_F(OpenAiRetryTest, ChatIsAskedAgainAfterServerErrors) {
  for (int status : {408, 409, 429, 500, 503}) {
    ServeInOrder({Bad(status), Bad(status), Good()});
    const ChatAnswer answer = Ask(SomeChat());
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    EXPECT_EQ(answer.attempts, 3);
    EXPECT_EQ(requests(), 3u);
  }
}

TEST_F(OpenAiRetryTest, ChatIsNotAskedAgainAfterRefusals) {
  for (int status : {400, 401, 403, 404, 422}) {
    ServeInOrder({Bad(status), Good()});
    const ChatAnswer answer = Ask(SomeChat());
    EXPECT_FALSE(answer.status.ok());
    EXPECT_EQ(answer.attempts, 1);
  }
}

TEST_F(OpenAiRetryTest, ServersWordOnRetryingIsFollowed) {
  ServeInOrder({Bad(400, {{"x-should-retry", "true"}}), Good()});
  EXPECT_TRUE(Ask(SomeChat()).status.ok());
  ServeInOrder({Bad(500, {{"x-should-retry", "false"}}), Good()});
  EXPECT_FALSE(Ask(SomeChat()).status.ok());
}

TEST_F(OpenAiRetryTest, ServersDelayIsKept) {
  config_.retry.first_delay = absl::Hours(1);
  config_.retry.longest_delay = absl::Hours(1);
  ServeInOrder({Bad(429, {{"retry-after-ms", "2"}}), Good()});
  EXPECT_TRUE(Ask(SomeChat()).status.ok());
}

TEST_F(OpenAiRetryTest, AttemptsEndAtTheirLimit) {
  ServeInOrder({Bad(500)});
  ChatCall call = SomeChat();
  call.max_attempts = 4;
  const ChatAnswer answer = Ask(call);
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answer.attempts, 4);
  EXPECT_EQ(requests(), 4u);
}

TEST_F(OpenAiRetryTest, ExhaustedQuotaIsFinal) {
  ServeInOrder({ScriptedServer::Json(
      429, R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota",)"
           R"("code":"insufficient_quota"}})")});
  const ChatAnswer answer = Ask(SomeChat());
  EXPECT_EQ(DetailsOf(answer.status).reason, "QUOTA_EXHAUSTED");
  EXPECT_EQ(answer.attempts, 1);
}

TEST_F(OpenAiRetryTest, BrokenConnectionsAreAskedAgain) {
  Reply cut = Good();
  cut.cut_after = 20;
  cut.ending = Ending::kClose;
  Reply reset = cut;
  reset.ending = Ending::kReset;
  ServeInOrder({ScriptedServer::End(Ending::kClose), ScriptedServer::End(Ending::kReset), cut,
                reset, Good()});
  const ChatAnswer answer = Ask(SomeChat());
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.attempts, 5);
  EXPECT_EQ(requests(), 5u);
}

// libcurl by itself sends again when an idle connection breaks, and tells nobody.
TEST_F(OpenAiRetryTest, RequestOnAnIdleConnectionThatBreaksIsCountedTwice) {
  ServeInOrder({Good(), ScriptedServer::End(Ending::kClose), Good()});
  EXPECT_EQ(Ask(SomeChat()).attempts, 1);
  const ChatAnswer answer = Ask(SomeChat());
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.attempts, 2);
  EXPECT_TRUE(answer.fresh_connection);
  EXPECT_EQ(requests(), 3u);
}

TEST_F(OpenAiRetryTest, AttemptThatTimesOutIsAskedAgain) {
  ServeInOrder({ScriptedServer::End(Ending::kSilence), Good()});
  ChatCall call = SomeChat();
  call.attempt_timeout = absl::Milliseconds(100);
  const ChatAnswer answer = Ask(call);
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.attempts, 2);
}

TEST_F(OpenAiRetryTest, ReadingIsAskedAgain) {
  ServeInOrder({Bad(503), ScriptedServer::End(Ending::kReset), Job()});
  EXPECT_TRUE(provider_->GetJob("j").ok());
  EXPECT_EQ(requests(), 3u);
}

TEST_F(OpenAiRetryTest, CreatingAJobIsNeverAskedAgain) {
  ServeInOrder({Bad(503), Job()});
  EXPECT_FALSE(provider_->CreateJob({}, absl::Seconds(30)).ok());
  EXPECT_EQ(requests(), 1u);
  ServeInOrder({Bad(429, {{"x-should-retry", "true"}}), Job()});
  EXPECT_FALSE(provider_->CreateJob({}, absl::Seconds(30)).ok());
  EXPECT_EQ(requests(), 1u);
}

TEST_F(OpenAiRetryTest, CreatingAJobIsNotAskedAgainBehindOurBack) {
  ServeInOrder({Job(), ScriptedServer::End(Ending::kClose), Job()});
  EXPECT_TRUE(provider_->GetJob("j").ok());  // leaves an idle connection
  EXPECT_EQ(SentOf(provider_->CreateJob({}, absl::Seconds(30)).status()), Sent::kMaybe);
  EXPECT_EQ(requests(), 2u);
}

TEST_F(OpenAiRetryTest, CallsEndBeforeTheirDeadline) {
  config_.retry.first_delay = absl::Hours(1);
  config_.retry.longest_delay = absl::Hours(1);
  config_.call_deadline = absl::Minutes(30);
  ServeInOrder({Bad(503)});
  EXPECT_EQ(provider_->GetJob("j").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(requests(), 1u);
}

// Lets attempts begin when the test says so.
class TestGate : public RetryGate {
 public:
  void OnBackOff() override { ++back_offs; }
  void WhenFree(std::function<void(bool)> go) override { due_.set_value(std::move(go)); }
  // What the call's second attempt waits for.
  std::function<void(bool)> AwaitDue() { return due_.get_future().get(); }

  std::atomic<int> back_offs{0};

 private:
  std::promise<std::function<void(bool)>> due_;
};

// A call of which every attempt but the first waits at a gate.
class OpenAiGateTest : public OpenAiRetryTest {
 protected:
  void Begin() {
    ChatCall call = SomeChat();
    call.gate = gate_;
    provider_->Complete(call, [this](ChatAnswer got) { answer_.set_value(std::move(got)); });
  }
  ChatAnswer AwaitAnswer() { return answer_.get_future().get(); }

  const std::shared_ptr<TestGate> gate_ = std::make_shared<TestGate>();
  std::promise<ChatAnswer> answer_;
};

TEST_F(OpenAiGateTest, AnAttemptBeginsWhenTheGateSaysSo) {
  ServeInOrder({Bad(503), Good()});
  Begin();
  const auto go = gate_->AwaitDue();
  EXPECT_EQ(gate_->back_offs, 1);
  EXPECT_EQ(requests(), 1u);
  go(true);
  const ChatAnswer answer = AwaitAnswer();
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.attempts, 2);
}

TEST_F(OpenAiGateTest, AClosedGateEndsTheCallWithItsLastFailure) {
  ServeInOrder({Bad(503), Good()});
  Begin();
  gate_->AwaitDue()(false);
  const ChatAnswer answer = AwaitAnswer();
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answer.attempts, 1);
  EXPECT_EQ(requests(), 1u);
}

TEST_F(OpenAiGateTest, AProviderThatGoesEndsTheCallsAtTheGate) {
  ServeInOrder({Bad(503)});
  Begin();
  (void)gate_->AwaitDue();
  provider_ = nullptr;
  EXPECT_EQ(AwaitAnswer().status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(OpenAiRetryTest, AProviderThatNeverAnswersHoldsACallNoLongerThanItsDeadline) {
  ServeInOrder({ScriptedServer::End(Ending::kSilence)});
  ChatCall call = SomeChat();
  call.attempt_timeout = absl::Milliseconds(40);
  call.deadline = absl::Milliseconds(100);
  call.max_attempts = 1'000;
  const ChatAnswer answer = Ask(call);
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LE(answer.attempts, 4);
}

TEST_F(OpenAiRetryTest, DoubtOfAnEarlierAttemptStays) {
  ServeInOrder({ScriptedServer::End(Ending::kReset), Bad(400)});
  EXPECT_EQ(SentOf(Ask(SomeChat()).status), Sent::kMaybe);
}

TEST_F(OpenAiRetryTest, DelayThatTheServerWantsIsTold) {
  ServeInOrder({Bad(429, {{"retry-after", "7"}})});
  ChatCall call = SomeChat();
  call.max_attempts = 1;
  EXPECT_EQ(DetailsOf(Ask(call).status).retry_delay, absl::Seconds(7));
}

}  // namespace
}  // namespace tunegate::providers::openai
