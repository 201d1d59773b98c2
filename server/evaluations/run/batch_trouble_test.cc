// Batches that were rejected or went astray, budgets, and people who step in.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/batch_fixture.h"

namespace tunegate::evaluations {
namespace {

using providers::FakeProvider;
using providers::RemoteBatch;
using testing::HasSubstr;

using BatchTroubleTest = BatchFixture;

TEST_F(BatchTroubleTest, ARejectedFileFailsInTheProvidersWords) {
  const std::string name = Started(Spec(10));
  provider_->FailBatch(BatchesOf("base").front(), "invalid_json_line", "This line is no JSON.");
  RunFor(name, absl::Seconds(20));
  EndBatches("cancelled");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_FAILED) << Story(name);
  EXPECT_EQ(Get(name).failure().reason(), "BATCH_REJECTED");
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("This line is no JSON."));
  EXPECT_EQ(Get(name).failure().provider_code(), "invalid_json_line");
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchTroubleTest, AFullQueueIsWaitedForAndBlocksOnlyWhenNothingIsUnderWay) {
  const std::string name = Started(Spec(10));
  const std::string other = BatchesOf("tuned").front();
  provider_->FailBatch(BatchesOf("base").front(), "token_limit_exceeded", "Limit: 2,000,000.");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(provider_->batches().size(), 2u) << Story(name);
  provider_->EndBatch(other);
  RunFor(name, absl::Minutes(1));
  ASSERT_EQ(BatchesOf("base").size(), 2u) << Story(name);
  provider_->FailBatch(BatchesOf("base").back(), "token_limit_exceeded", "Limit: 2,000,000.");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "BATCH_QUEUE_FULL");
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(BatchesOf("base").size(), 0u) << "their files are deleted";
  EXPECT_EQ(provider_->batches().size(), 4u);
}

TEST_F(BatchTroubleTest, MissingMoneyBlocksAndResumeGoesOn) {
  const std::string name = Started(Spec(10));
  provider_->FailBatch(BatchesOf("base").front(), "billing_hard_limit_reached", "No money left.");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "QUOTA_EXHAUSTED");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("tunegate eval resume"));
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Recorded(name).size(), 20u);
}

TEST_F(BatchTroubleTest, ARefusedKeyBlocksWithTheBatchesKept) {
  const std::string name = Started(Spec(10));
  provider_->FailNext("GetBatch", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "KEY_REJECTED");
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(provider_->batches().size(), 2u);
}

TEST_F(BatchTroubleTest, TroubleOnTheWayIsToldAndOvercome) {
  const std::string name = Started(Spec(10));
  provider_->FailNext("GetBatch", FakeProvider::NoConnection(), FakeProvider::Effect::kNone, 3);
  RunFor(name, absl::Minutes(2));
  EXPECT_THAT(Story(name), HasSubstr("could not look at a batch"));
  EndBatches();
  provider_->FailNext("DownloadFile", FakeProvider::HttpError(502, "", "bad gateway"));
  RunFor(name, absl::Minutes(3));
  EXPECT_THAT(Story(name), HasSubstr("could not fetch a batch's answers"));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(BatchTroubleTest, AnOutageIsMetWithGrowingPatienceAndItsEndIsTold) {
  const std::string name = Started(SmallSpec());
  const int looks = provider_->calls("GetBatch");
  provider_->FailNext("GetBatch", FakeProvider::HttpError(503, "", "down"),
                      FakeProvider::Effect::kNone, 40);
  RunFor(name, absl::Minutes(30));
  const int in_vain = provider_->calls("GetBatch") - looks;
  EXPECT_GE(in_vain, 28);
  EXPECT_LE(in_vain, 36) << "each writes an event";
  EXPECT_EQ(GetRecord(name).failed_steps(), in_vain);
  RunFor(name, absl::Minutes(15));
  EXPECT_THAT(Story(name), HasSubstr("the provider answers again"));
  EXPECT_EQ(GetRecord(name).failed_steps(), 0);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(BatchTroubleTest, ABatchThatSomebodyCancelledAtTheProviderWaitsForAPerson) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  provider_->EndBatch(BatchesOf("base").front(), "cancelled",
                      [](const std::string& key) { return key < "0000005"; });
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED) << Story(name);
  EXPECT_EQ(Get(name).failure().reason(), "BATCH_CANCELLED");
  EXPECT_EQ(Recorded(name).size(), 4u);
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(BatchTroubleTest, ABatchThatTheProviderForgotIsAskedAgainAndCounted) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  const std::string lost = provider_->batches().front().id;
  provider_->FailNext("GetBatch", Denial(), FakeProvider::Effect::kNone, 3);
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(provider_->batches().size(), 1u) << "one that is listed is not lost: " << Story(name);
  provider_->ForgetBatch(lost);
  RunFor(name, absl::Minutes(2));
  ASSERT_EQ(provider_->batches().size(), 1u);
  EXPECT_NE(provider_->batches().front().id, lost);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 10);
}

TEST_F(BatchTroubleTest, AnOutageBetweenTwoDenialsMakesNoLoss) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  const std::string id = provider_->batches().front().id;
  provider_->HideBatchFromLists(id, true);
  provider_->FailNext("GetBatch", Denial());
  provider_->FailNext("GetBatch", FakeProvider::HttpError(503, "", "down"),
                      FakeProvider::Effect::kNone, 8);
  provider_->FailNext("GetBatch", Denial(), FakeProvider::Effect::kNone, 2);
  RunFor(name, absl::Minutes(3));
  EXPECT_EQ(provider_->batches().size(), 1u) << Story(name);
  EXPECT_EQ(provider_->batches().front().status, "validating") << "nobody cancelled it";
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
}

TEST_F(BatchTroubleTest, ABatchThatSeemsLostIsCancelledBeforeAnotherTakesItsPlace) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  const std::string lost = provider_->batches().front().id;
  provider_->HideBatchFromLists(lost, true);
  // It cannot be cancelled at first, and until it is nothing takes its place.
  provider_->FailNext("CancelBatch", FakeProvider::NoConnection());
  provider_->FailNext("GetBatch", Denial(), FakeProvider::Effect::kNone, 20);
  for (int second = 0; provider_->batches().size() < 2 && second < 300; ++second) {
    RunFor(name, absl::ZeroDuration());
  }
  ASSERT_EQ(provider_->batches().size(), 2u) << Story(name);
  EXPECT_EQ(provider_->batches().front().status, "cancelling");
  EXPECT_EQ(provider_->calls("CancelBatch"), 2);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 10);
}

TEST_F(BatchTroubleTest, AnswersThatAreDeniedOnceAfterTheirBatchWasAreNotLost) {
  const std::string name = Started(SmallSpec());
  provider_->FailNext("GetBatch", Denial());
  RunFor(name, absl::Seconds(6));
  ASSERT_THAT(Story(name), HasSubstr("does not know"));
  clock_.Advance(batch_options_.settle_time * 2);
  EndBatches();
  provider_->FailNext("DownloadFile", Denial());
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(provider_->batches().size(), 1u) << Story(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchTroubleTest, AListThatHasTheBatchEndsItsDenial) {
  const std::string name = Started(SmallSpec());
  provider_->FailNext("GetBatch", Denial(), FakeProvider::Effect::kNone, 20);
  const int lists = provider_->calls("ListBatches");
  for (int second = 0; provider_->calls("ListBatches") == lists && second < 100; ++second) {
    RunFor(name, absl::ZeroDuration());
  }
  EXPECT_FALSE(GetRecord(name).batches(0).has_settle_until_time()) << Story(name);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 1u);
}

TEST_F(BatchTroubleTest, DenialsOfItsAnswersAreNoDenialsOfABatch) {
  const std::string name = Started(SmallSpec());
  const std::string id = provider_->batches().front().id;
  EndBatches();
  provider_->FailNext("DownloadFile", Denial());
  RunFor(name, absl::Seconds(6));
  clock_.Advance(batch_options_.settle_time * 2);
  provider_->HideBatchFromLists(id, true);
  provider_->FailNext("GetBatch", Denial());
  provider_->FailNext("CancelBatch", Denial());
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(provider_->batches().size(), 1u) << Story(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

// --- Winding down --------------------------------------------------------------------------------

TEST_F(BatchTroubleTest, ADatasetThatIsGoneEndsOnlyWhenEveryBatchHasEnded) {
  for (const bool cancelled : {false, true}) {
    const std::string name = Started(Spec(10));
    const store::v1::EvaluationRecord record = GetRecord(name);
    DeleteDataset(Get(name).dataset());
    provider_->EndBatch(record.batches(0).provider_batch());
    if (cancelled) Cancel(name);
    RunFor(name, absl::Seconds(20));
    EXPECT_EQ(StatusAtProvider(record.batches(1).provider_batch()), "cancelling") << Story(name);
    EXPECT_FALSE(Get(name).has_end_time());
    EndBatches("cancelled");
    RunFor(name, absl::Minutes(2));
    EXPECT_EQ(StateOf(name),
              cancelled ? v1::Evaluation::STATE_CANCELLED : v1::Evaluation::STATE_FAILED);
    EXPECT_EQ(Get(name).failure().reason(), cancelled ? "" : "DATASET_DELETED");
    EXPECT_EQ(FilesAtProvider(), 0);
  }
}

TEST_F(BatchTroubleTest, ABatchIsCalledOffAlsoWhenAnotherCannotBeLookedAt) {
  const std::string name = Started(Spec(10));
  const store::v1::EvaluationRecord record = GetRecord(name);
  Cancel(name);
  provider_->FailNext("GetBatch", FakeProvider::NoConnection());
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  EXPECT_EQ(StatusAtProvider(record.batches(1).provider_batch()), "cancelling") << Story(name);
}

TEST_F(BatchTroubleTest, APauseDoesNotStopTheCallingOff) {
  const std::string name = Started(Spec(10));
  provider_->FailBatch(BatchesOf("base").front(), "invalid_json_line", "This line is no JSON.");
  const std::string other = BatchesOf("tuned").front();
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(Step(name).ok());
  ASSERT_EQ(StatusAtProvider(other), "validating");
  ASSERT_TRUE(pause_.Set(true, "cost review").ok());
  RunFor(name, absl::Seconds(20));
  EXPECT_EQ(StatusAtProvider(other), "cancelling") << Story(name);
  EndBatches("cancelled");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_FAILED) << Story(name);
  EXPECT_EQ(Get(name).failure().reason(), "BATCH_REJECTED");
}

// --- Budgets -------------------------------------------------------------------------------------

TEST_F(BatchTroubleTest, ABudgetOfCallsIsKeptBeforeAnythingIsSent) {
  v1::Evaluation spec = Spec(20);
  spec.mutable_budget()->set_max_calls(15);
  const std::string name = Started(spec);
  size_t lines = 0;
  for (const RemoteBatch& batch : provider_->batches()) {
    lines += provider_->BatchInput(batch.id).size();
  }
  EXPECT_EQ(lines, 15u);
  EndBatches();
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("--budget-calls"));
  EXPECT_EQ(Recorded(name).size(), 15u);
  v1::Budget larger;
  larger.set_max_calls(40);
  Resume(name, &larger);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().calls(), 40);
}

TEST_F(BatchTroubleTest, ABudgetOfTokensIsEstimatedByWhatAnswersCostSoFar) {
  v1::Evaluation spec = Spec(100);
  spec.clear_candidate();
  // Each call takes 120 tokens in truth: 60 of them.
  spec.mutable_budget()->set_max_tokens(7200);
  batch_options_.limits.max_lines = 30;
  batch_options_.limits.max_under_way = 1;
  const std::string name = CreateInBatches(spec);
  RunFor(name, absl::Seconds(2));
  for (int round = 0; round < 10; ++round) {
    EndBatches();
    RunFor(name, absl::Minutes(1));
  }
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Recorded(name).size(), 60u) << Story(name);
  EXPECT_LE(Get(name).usage().input_tokens() + Get(name).usage().output_tokens(), 7200);
}

TEST_F(BatchTroubleTest, ABudgetOfMoneyCountsTheBatchPrice) {
  v1::Evaluation spec = Spec(50);
  spec.mutable_baseline()->set_model("gpt-4o-mini");
  spec.clear_candidate();
  spec.mutable_budget()->mutable_max_cost()->set_currency_code("USD");
  spec.mutable_budget()->mutable_max_cost()->set_micros(1'000'000);
  const std::string name = CreateInBatches(spec);
  RunToEnd(name);
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  // 5,000 tokens in at $0.15 and 1,000 out at $0.60 a million, halved.
  EXPECT_EQ(done.usage().cost().micros(), 675);
  spec.set_dataset(AddDataset(50));
  spec.mutable_budget()->mutable_max_cost()->set_micros(1);
  const std::string poor = CreateInBatches(spec);
  RunFor(poor, absl::Minutes(1));
  EXPECT_EQ(Get(poor).failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_EQ(provider_->batches().size(), 1u);
}

// --- People --------------------------------------------------------------------------------------

TEST_F(BatchTroubleTest, CancelCallsOffTheBatchesAndKeepsWhatWasAnswered) {
  const std::string name = Started(Spec(10));
  Cancel(name);
  RunFor(name, absl::Seconds(20));
  for (const RemoteBatch& batch : provider_->batches()) EXPECT_EQ(batch.status, "cancelling");
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_CANCELLING);
  EXPECT_EQ(provider_->calls("CancelBatch"), 2);
  for (const RemoteBatch& batch : provider_->batches()) {
    provider_->EndBatch(batch.id, "cancelled",
                        [](const std::string& key) { return key < "0000005"; });
  }
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(Recorded(name).size(), 8u);
  EXPECT_EQ(Get(name).usage().calls(), 8);
  EXPECT_EQ(Get(name).progress().done(), 8);
  EXPECT_EQ(FilesAtProvider(), 0);
  EXPECT_EQ(provider_->batches().size(), 2u);
}

TEST_F(BatchTroubleTest, CancelBeforeAnythingWasSentSendsNothing) {
  const std::string name = CreateInBatches(Spec(10));
  Cancel(name);
  RunFor(name, absl::Seconds(5));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_CANCELLED);
  EXPECT_EQ(provider_->calls("UploadFile"), 0);
  EXPECT_TRUE(provider_->batches().empty());
}

TEST_F(BatchTroubleTest, PausedWorkSendsNothingAndGoesOnAfterwards) {
  const std::string name = CreateInBatches(Spec(10));
  ASSERT_TRUE(admin::WorkPause(store_.get(), &clock_).Set(true, "cost review").ok());
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(provider_->calls("UploadFile"), 0);
  ASSERT_TRUE(admin::WorkPause(store_.get(), &clock_).Set(false, "").ok());
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchTroubleTest, AnOwnerIsWokenAtTheEnd) {
  const std::string name = CreateInBatches(Spec(5), "workflows/w");
  RunToEnd(name);
  clock_.Advance(options_.lease_duration + absl::Seconds(1));  // of the test's own claims
  EXPECT_EQ(ClaimAll(), std::vector<std::string>{"workflows/w"});
}

}  // namespace
}  // namespace tunegate::evaluations
