#include "server/evaluations/run/evaluation_stepper.h"

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_kind.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/run_inputs.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatCall;
using providers::FakeProvider;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class EvaluationStepperTest : public EvaluationFixture {
 protected:
  // Calls `react` from the provider's thread when the n-th call has come.
  void OnCall(int n, std::function<void()> react) {
    provider_->OnChat([this, n, react = std::move(react)](const ChatCall& call) {
      if (++answered_ == n) react();
      return Answer(call);
    });
  }

  std::atomic<int> answered_{0};
};

TEST_F(EvaluationStepperTest, AsksEveryExampleOfBothArmsOnceAndReports) {
  v1::Evaluation spec = Spec(60);
  spec.set_max_concurrency(16);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(done.progress().done(), 120);
  EXPECT_EQ(done.progress().total(), 120);
  EXPECT_EQ(done.progress().figures().at("baseline_accuracy"), 0.5);
  EXPECT_EQ(done.progress().figures().at("candidate_accuracy"), 1.0);
  EXPECT_EQ(done.usage().calls(), 120);
  EXPECT_EQ(done.usage().input_tokens(), 12'000);
  EXPECT_EQ(done.usage().maybe_repeated_calls(), 0);
  EXPECT_EQ(done.report().example_count(), 60);
  EXPECT_EQ(Asked().size(), 120u);
  EXPECT_EQ(provider_->calls("Complete"), 120);
}

TEST_F(EvaluationStepperTest, PairsAreAskedOneAfterTheOther) {
  const std::string name = Create(Spec(30));
  ASSERT_TRUE(Step(name).ok());
  const std::vector<ChatCall> calls = provider_->chat_calls();
  ASSERT_EQ(calls.size(), 60u);
  for (size_t i = 0; i < calls.size(); i += 2) {
    EXPECT_EQ(calls[i].messages.back(), calls[i + 1].messages.back());
    EXPECT_NE(calls[i].model, calls[i + 1].model);
  }
}

TEST_F(EvaluationStepperTest, RepeatsAreAskedAsOftenAsWanted) {
  v1::Evaluation spec = Spec(10);
  spec.set_repeat_count(3);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  for (const auto& [call, times] : Asked()) EXPECT_EQ(times, 3) << call.second;
  EXPECT_EQ(Recorded(name).size(), 60u);
}

TEST_F(EvaluationStepperTest, IntentsAreCommittedBeforeTheirCallsAreSent) {
  const std::string name = Create(Spec(20));
  std::vector<size_t> missing;
  provider_->OnChat([&](const ChatCall& call) {
    // Runs while this call is in flight: its intent must stand already.
    const size_t asked = provider_->chat_calls().size();
    const auto intents = ReadIntents(*store_, name, "");
    if (!intents.ok() || intents->call_keys.size() < asked) missing.push_back(asked);
    return Answer(call);
  });
  ASSERT_TRUE(Step(name).ok());
  EXPECT_TRUE(missing.empty());
}

TEST_F(EvaluationStepperTest, ABaselineAloneIsReportedWithoutComparison) {
  v1::Evaluation spec = Spec(20);
  spec.clear_candidate();
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Recorded(name).size(), 20u);
  EXPECT_FALSE(done.report().has_candidate_usage());
}

TEST_F(EvaluationStepperTest, ProgressIsToldAtMostTwiceASecond) {
  provider_->OnChat([this](const ChatCall& call) {
    clock_.Advance(absl::Milliseconds(40));
    return Answer(call);
  });
  const std::string name = Create(Spec(100));
  ASSERT_TRUE(Step(name).ok());
  const std::vector<v1::Event> events = EventsOf(name, v1::Event::TYPE_PROGRESS);
  // 200 calls took 8 s.
  EXPECT_GE(events.size(), 2u);
  EXPECT_LE(events.size(), 17u);
  EXPECT_TRUE(events.back().evaluation().progress().figures().contains("candidate_accuracy"));
  EXPECT_FALSE(events.back().evaluation().has_report());
}

TEST_F(EvaluationStepperTest, AFinishedEvaluationIsDueNoMoreAndItsOwnerIsWoken) {
  const std::string name = Create(Spec(5), "workflows/w");
  ASSERT_TRUE(Step(name).ok());
  const std::vector<std::string> due = ClaimAll();
  EXPECT_THAT(due, Contains("workflows/w"));
  EXPECT_THAT(due, Not(Contains(name)));
}

TEST_F(EvaluationStepperTest, QuotaBlocksRecordsNothingOfItAndResumeGoesOn) {
  const std::string name = Create(Spec(20), "workflows/w");
  provider_->OnChat([this](const ChatCall& call) {
    if (++answered_ == 8) {
      return FakeProvider::Failure(FakeProvider::HttpError(429, "insufficient_quota", "pay"));
    }
    return Answer(call);
  });
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation blocked = Get(name);
  EXPECT_EQ(blocked.state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(blocked.failure().reason(), "QUOTA_EXHAUSTED");
  EXPECT_THAT(blocked.failure().remedy(), HasSubstr("tunegate eval resume " + name));
  // Those that were on their way already were answered, and count.
  EXPECT_EQ(blocked.usage().calls(), provider_->calls("Complete"));
  EXPECT_EQ(blocked.usage().maybe_repeated_calls(), 0);
  EXPECT_EQ(static_cast<int>(Recorded(name).size()), provider_->calls("Complete") - 1);
  EXPECT_THAT(ClaimAll(), Contains("workflows/w"));

  Resume(name);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  int asked_twice = 0;
  for (const auto& [call, times] : Asked()) asked_twice += times > 1 ? 1 : 0;
  EXPECT_EQ(asked_twice, 1);  // the one that was refused
}

TEST_F(EvaluationStepperTest, CancelInTheMiddleKeepsWhatWasAnswered) {
  const std::string name = Create(Spec(50));
  OnCall(20, [&] { Cancel(name); });
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation cancelled = Get(name);
  EXPECT_EQ(cancelled.state(), v1::Evaluation::STATE_CANCELLED);
  EXPECT_TRUE(cancelled.has_end_time());
  const size_t recorded = Recorded(name).size();
  EXPECT_GE(recorded, 20u);
  EXPECT_LT(recorded, 100u);
  EXPECT_EQ(static_cast<int>(recorded), provider_->calls("Complete"));
  EXPECT_FALSE(cancelled.has_report());
}

TEST_F(EvaluationStepperTest, CancelOfABlockedOneEndsIt) {
  const std::string name = Create(Spec(5));
  provider_->OnChat([](const ChatCall&) {
    return FakeProvider::Failure(FakeProvider::HttpError(401, "invalid_api_key", "who?"));
  });
  ASSERT_TRUE(Step(name).ok());
  ASSERT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  Cancel(name);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED);
  EXPECT_FALSE(Get(name).has_failure());
}

TEST_F(EvaluationStepperTest, PausedWorkBlocksAndGoesOnByItself) {
  const std::string name = Create(Spec(50));
  OnCall(20, [this] { ASSERT_TRUE(pause_.Set(true, "month's end").ok()); });
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), admin::kWorkPaused);

  clock_.Advance(admin::kPausePoll);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  const size_t changes = EventsOf(name, v1::Event::TYPE_STATE_CHANGED).size();

  ASSERT_TRUE(pause_.Set(false, "").ok());
  clock_.Advance(admin::kPausePoll);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  for (const auto& [call, times] : Asked()) EXPECT_EQ(times, 1) << call.second;
  // Looking again while paused told nobody anything.
  EXPECT_EQ(EventsOf(name, v1::Event::TYPE_STATE_CHANGED).size(), changes + 2);
}

TEST_F(EvaluationStepperTest, PausedBeforeItsFirstCallItAsksNobody) {
  ASSERT_TRUE(pause_.Set(true, "not today").ok());
  const std::string name = Create(Spec(5));
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(provider_->calls("Complete"), 0);
}

TEST_F(EvaluationStepperTest, ABudgetOfCallsIsNotExceededAndALargerOneGoesOn) {
  v1::Evaluation spec = Spec(20);
  spec.set_max_concurrency(8);
  spec.mutable_budget()->set_max_calls(15);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("--budget-calls"));
  EXPECT_EQ(provider_->calls("Complete"), 15);

  v1::Budget larger;
  larger.set_max_calls(100);
  Resume(name, &larger);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(provider_->calls("Complete"), 40);
}

TEST_F(EvaluationStepperTest, ABudgetOfTokensStopsAndALargerOneGoesOn) {
  v1::Evaluation spec = Spec(20);
  spec.mutable_budget()->set_max_tokens(1'500);  // 120 a call
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation blocked = Get(name);
  EXPECT_EQ(blocked.state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(blocked.failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_THAT(blocked.failure().remedy(), HasSubstr("--budget-tokens"));
  EXPECT_LE(blocked.usage().input_tokens() + blocked.usage().output_tokens(), 1'500);
  v1::Budget larger;
  larger.set_max_tokens(1'000'000);
  Resume(name, &larger);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(provider_->calls("Complete"), 40);
}

TEST_F(EvaluationStepperTest, AStuckCallHoldsNeitherTheOthersNorACancel) {
  // The candidate's provider never answers.
  const auto stuck = std::make_shared<FakeProvider>(&clock_, "stuck");
  stuck->HoldChats();
  providers_ = providers::ProviderSet({{provider_, true}, {stuck, true}});
  v1::Evaluation spec = Spec(2);
  spec.mutable_candidate()->set_provider("stuck");
  spec.set_max_concurrency(4);
  const std::string name = Create(spec);
  options_.drain_time = absl::Milliseconds(1);
  std::thread canceller([&] {
    while (stuck->held_chats() < 2 || provider_->calls("Complete") < 2) std::this_thread::yield();
    while (Recorded(name).size() < 2) std::this_thread::yield();  // the baseline's answers
    Cancel(name);
  });
  ASSERT_TRUE(Step(name).ok());
  canceller.join();
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 2);
}

TEST_F(EvaluationStepperTest, ABudgetOfMoneyStopsWhereThereIsAPrice) {
  options_.prices.table = "test-2026-01-01";
  options_.prices.price = [](const std::string&, const v1::Usage& usage) {
    v1::Money money;
    money.set_currency_code("USD");
    money.set_micros(usage.calls() * 1'000);
    return std::optional<v1::Money>(money);
  };
  v1::Evaluation spec = Spec(20);
  spec.mutable_budget()->mutable_max_cost()->set_currency_code("USD");
  spec.mutable_budget()->mutable_max_cost()->set_micros(12'000);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation blocked = Get(name);
  EXPECT_EQ(blocked.failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_EQ(blocked.usage().cost().micros(), 12'000);
  EXPECT_EQ(blocked.usage().price_table(), "test-2026-01-01");
}

TEST_F(EvaluationStepperTest, AProviderThatIsGoneBlocksAndNothingOfItIsRecorded) {
  std::atomic<bool> gone{true};
  provider_->OnChat([&](const ChatCall& call) {
    if (gone) return FakeProvider::Failure(FakeProvider::NoConnection());
    return Answer(call);
  });
  v1::Evaluation spec = Spec(20);
  spec.set_max_concurrency(4);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "PROVIDER_UNREACHABLE");
  EXPECT_TRUE(Recorded(name).empty());
  // Ten in a row, and those that were in flight.
  EXPECT_LE(provider_->calls("Complete"), 40);
  EXPECT_EQ(Get(name).usage().calls(), provider_->calls("Complete"));

  gone = false;
  Resume(name);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).report().baseline_usage().failed(), 0);
}

TEST_F(EvaluationStepperTest, SingleFailuresAreMissingAndTheRestIsJudged) {
  provider_->OnChat([this](const ChatCall& call) {
    if (++answered_ % 10 == 0) return FakeProvider::Failure(FakeProvider::LostAnswer());
    return Answer(call);
  });
  const std::string name = Create(Spec(50));
  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Recorded(name).size(), 100u);
  EXPECT_EQ(done.report().baseline_usage().failed() + done.report().candidate_usage().failed(), 10);
}

TEST_F(EvaluationStepperTest, AnUnknownModelFails) {
  provider_->OnChat([](const ChatCall& call) {
    if (call.model != "tuned") return Answer(call);
    return FakeProvider::Failure(FakeProvider::HttpError(404, "model_not_found", "no such model"));
  });
  const std::string name = Create(Spec(20));
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().provider_code(), "model_not_found");
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("candidate"));
}

TEST_F(EvaluationStepperTest, ARecordOfAnotherQuestionFailsAsLedgerMismatch) {
  const std::string name = Create(Spec(10));
  store::v1::CallRecord call;
  call.set_example(3);
  call.set_arm(kBaseline);
  call.set_request_digest("of something else");
  store::Transaction transaction;
  transaction.rows.push_back(CallRow(name, call));
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), kLedgerMismatch);
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("0000003/00/a"));
  EXPECT_EQ(provider_->calls("Complete"), 0);
}

TEST_F(EvaluationStepperTest, BytesOtherThanThoseItWasMadeForFail) {
  const v1::Evaluation spec = Spec(10);
  const std::string name = Create(spec);
  const std::string other = AddDataset(12);
  const auto tamper = [&](auto& stored, store::Transaction& transaction) {
    stored.resource().set_sha256(
        repository_.Get<store::v1::DatasetRecord>(other)->resource().sha256());
    repository_.Write(transaction, stored, v1::Event::TYPE_UPDATED, "tampered with");
    return absl::OkStatus();
  };
  ASSERT_TRUE(repository_.Update<store::v1::DatasetRecord>(spec.dataset(), tamper).ok());
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), kLedgerMismatch);
  EXPECT_EQ(provider_->calls("Complete"), 0);
}

TEST_F(EvaluationStepperTest, DamagedBytesFailWithTheRemedy) {
  const v1::Evaluation spec = Spec(10);
  const std::string name = Create(spec);
  const auto dataset = repository_.Get<store::v1::DatasetRecord>(spec.dataset());
  std::ofstream(store_->OpenBlob(dataset->resource().sha256())->path()) << "other bytes";
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), "STORE_CORRUPT");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("backup"));
  EXPECT_EQ(provider_->calls("Complete"), 0);
}

TEST_F(EvaluationStepperTest, AnAnswerThatTheTaskCannotHaveFailsWithItsLine) {
  v1::Evaluation spec = Spec(10);
  spec.set_task("tasks/product_intent");
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), "BAD_EXPECTED_ANSWER");
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("line 1"));
}

TEST_F(EvaluationStepperTest, AProviderThatIsNotConfiguredAnyMoreBlocks) {
  const std::string name = Create(Spec(10));
  providers_ = providers::ProviderSet({{std::make_shared<FakeProvider>(&clock_, "new"), false}});
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), kProviderNotConfigured);
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("'fake'"));
}

TEST_F(EvaluationStepperTest, HostileTextIsKeptAsBytesAndTheRestAsUtf8) {
  provider_->OnChat([](const ChatCall&) {
    providers::ChatAnswer answer = FakeProvider::Answer("\xff\xfe{\"intent\":");
    answer.finish_reason = "\xff";
    answer.answering_model = "m\xff";
    answer.request_id = "\xc0";
    return answer;
  });
  const std::string name = Create(Spec(3));
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  const auto calls = Recorded(name);
  ASSERT_EQ(calls.size(), 6u);
  EXPECT_EQ(calls[0].text(), "\xff\xfe{\"intent\":");
  EXPECT_EQ(calls[0].finish_reason(), "\xEF\xBF\xBD");
}

TEST_F(EvaluationStepperTest, TheAnswersConfidenceIsRecordedWhereTheProviderGivesOne) {
  provider_->OnChat([](const ChatCall& call) {
    providers::ChatAnswer answer = Answer(call);
    if (call.logprobs) answer.confidence = 0.25;
    return answer;
  });
  v1::Evaluation spec = Spec(3);
  spec.mutable_candidate()->set_logprobs(true);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  for (const store::v1::CallRecord& call : Recorded(name)) {
    EXPECT_EQ(call.has_confidence(), call.arm() == kCandidate);
    EXPECT_EQ(call.confidence(), call.arm() == kCandidate ? 0.25 : 0.0);
  }
}

TEST_F(EvaluationStepperTest, AnEmptyTestSetIsReportedAsEmpty) {
  const std::string name = Create(Spec(0));
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).report().example_count(), 0);
}

}  // namespace
}  // namespace tunegate::evaluations
