// Everything that passes is counted, and nothing is changed.
#include "server/providers/metered_provider.h"

#include <future>
#include <memory>
#include <string>

#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"
#include "server/providers/fake_provider.h"

namespace tunegate::providers {
namespace {

// Each test has a provider's name of its own, so that it finds its own figures.
class MeteredProviderTest : public testing::Test {
 protected:
  MeteredProviderTest()
      : name_(testing::UnitTest::GetInstance()->current_test_info()->name()),
        fake_(std::make_shared<FakeProvider>(&clock_, name_)),
        metered_(Metered(fake_, [this] { return free_; })) {}

  int64_t Calls(const char* operation, const char* code) {
    return metrics_.provider_calls.Of({name_, operation, code}).value();
  }
  int64_t Tokens(const char* model, const char* kind) {
    return metrics_.tokens.Of({name_, model, kind}).value();
  }
  int64_t Spend(const char* model) { return metrics_.spend.Of({name_, model, "USD"}).value(); }
  ChatAnswer Ask() {
    std::promise<ChatAnswer> answer;
    ChatCall call;
    call.model = "gpt-4o-mini";
    metered_->Complete(std::move(call), [&](ChatAnswer a) { answer.set_value(std::move(a)); });
    return answer.get_future().get();
  }

  metrics::Catalogue& metrics_ = metrics::TheCatalogue();
  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  const std::string name_;
  bool free_ = false;
  std::shared_ptr<FakeProvider> fake_;
  std::shared_ptr<Provider> metered_;
};

TEST_F(MeteredProviderTest, CallsAreCountedByOperationAndOutcome) {
  EXPECT_EQ(metered_->name(), fake_->name());
  EXPECT_EQ(metered_->base_url(), fake_->base_url());
  EXPECT_TRUE(metered_->ListModels().ok());
  EXPECT_EQ(metered_->GetJob("ftjob-nobody").status().code(), absl::StatusCode::kNotFound);
  fake_->FailNext("ListJobs", FakeProvider::HttpError(503, "", "down"));
  EXPECT_FALSE(metered_->ListJobs("").ok());
  EXPECT_EQ(Calls("list_models", "OK"), 1);
  EXPECT_EQ(Calls("get_job", "NOT_FOUND"), 1);
  EXPECT_EQ(Calls("list_jobs", "UNAVAILABLE"), 1);
}

TEST_F(MeteredProviderTest, AnswersTokensAndTheirPriceAreCounted) {
  fake_->OnChat([](const ChatCall&) {
    ChatAnswer answer = FakeProvider::Answer("{}");
    answer.answering_model = "gpt-4o-mini-2024-07-18";
    answer.input_tokens = 1'000'000;
    answer.cached_input_tokens = 0;
    answer.output_tokens = 500'000;
    answer.attempts = 3;
    return answer;
  });
  EXPECT_EQ(Ask().text, "{}");
  EXPECT_EQ(Calls("chat", "OK"), 1);
  EXPECT_EQ(metrics_.chat_retries.Of({name_}).value(), 2);
  EXPECT_EQ(Tokens("gpt-4o-mini-2024-07-18", "input"), 1'000'000);
  EXPECT_EQ(Tokens("gpt-4o-mini-2024-07-18", "output"), 500'000);
  EXPECT_EQ(Spend("gpt-4o-mini-2024-07-18"), 150'000 + 300'000);
  EXPECT_EQ(metrics_.chats_in_flight.Of({name_}).value(), 0);
}

TEST_F(MeteredProviderTest, SandboxCostsNothingWhateverItsModelsAreCalled) {
  free_ = true;
  fake_->OnChat([](const ChatCall&) {
    ChatAnswer answer = FakeProvider::Answer("{}");
    answer.answering_model = "gpt-4o-mini-2024-07-18";
    return answer;
  });
  Ask();
  EXPECT_EQ(Spend("gpt-4o-mini-2024-07-18"), 0);
  EXPECT_EQ(Tokens("gpt-4o-mini-2024-07-18", "input"), 100);
}

TEST_F(MeteredProviderTest, FailedCallCostsNothing) {
  fake_->OnChat([](const ChatCall&) {
    return FakeProvider::Failure(FakeProvider::HttpError(500, "", "down"));
  });
  EXPECT_FALSE(Ask().status.ok());
  EXPECT_EQ(Calls("chat", "UNAVAILABLE"), 1);
  EXPECT_EQ(Tokens("", "input"), 0);
}

TEST_F(MeteredProviderTest, CallsThatAreOutAreSeenAndAnsweredAlsoWhenItGoes) {
  fake_->HoldChats();
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    metered_->Complete(ChatCall(), [&](ChatAnswer) { ++answered; });
  }
  EXPECT_EQ(metrics_.chats_in_flight.Of({name_}).value(), 3);
  fake_.reset();
  metered_.reset();
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(metrics_.chats_in_flight.Of({name_}).value(), 0);
}

}  // namespace
}  // namespace tunegate::providers
