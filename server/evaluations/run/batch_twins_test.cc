// Batches that a provider made beside the one that is kept, however late they show up: each of them
// is cancelled until it has ended.
#include "server/evaluations/run/batch_twins.h"

#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/batch_fixture.h"
#include "server/evaluations/run/batch_window.h"

namespace tunegate::evaluations {
namespace {

using providers::FakeProvider;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class BatchTwinsTest : public BatchFixture {
 protected:
  store::v1::ProviderBatch FirstOf(const std::string& name) { return GetRecord(name).batches(0); }
  // Of an evaluation that is to be made, the first POST loses its answer, and lists lack the batch.
  std::string CreateHidden() {
    provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
    const std::string name = CreateInBatches(SmallSpec());
    EXPECT_TRUE(StepWhileDue(*store_, name).ok());
    provider_->HideBatchFromLists(provider_->batches().front().id, true);
    return name;
  }
  void ShowFirst() { provider_->HideBatchFromLists(provider_->batches().front().id, false); }
  std::string StatusOfFirst() { return provider_->batches().front().status; }
  // All that the provider was asked to cancel has been.
  void EndCancelled() {
    for (const providers::RemoteBatch& batch : provider_->batches()) {
      if (batch.status == "cancelling") provider_->EndBatch(batch.id, "cancelled");
    }
  }
};

TEST_F(BatchTwinsTest, OfTwinsTheOldestIsKeptAndTheOtherIsCancelledAndCounted) {
  const auto [name, first, twin] = CreateWithTwin();
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(GetRecord(name).batches(0).provider_batch(), first.id);
  EXPECT_EQ(provider_->GetBatch(twin)->status, "cancelling");
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 10);
  EXPECT_EQ(Recorded(name).size(), 10u);
}

TEST_F(BatchTwinsTest, ATwinIsCancelledUntilTheProviderSaysThatItHasEnded) {
  const auto [name, first, twin] = CreateWithTwin();
  provider_->FailNext("CancelBatch", FakeProvider::NoConnection(), FakeProvider::Effect::kNone, 3);
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(provider_->GetBatch(twin)->status, "cancelling") << Story(name);
  EXPECT_EQ(provider_->calls("CancelBatch"), 4);
  provider_->EndBatch(first.id);
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_RUNNING) << "nobody else looks after the twin";
  provider_->EndBatch(twin, "cancelled");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0) << "the twin's answers neither";
}

TEST_F(BatchTwinsTest, OfTwinsOneThatDiedIsNotKept) {
  const auto [name, first, twin] = CreateWithTwin();
  provider_->EndBatch(first.id, "failed");
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(FirstOf(name).provider_batch(), twin);
  EXPECT_EQ(StatusAtProvider(twin), "validating") << Story(name);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchTwinsTest, OfTwinsTheOldestIsKeptAlsoWhenItHasCompleted) {
  const auto [name, first, twin] = CreateWithTwin();
  provider_->EndBatch(first.id);
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(Recorded(name).size(), 10u) << Story(name);
  EXPECT_EQ(StatusAtProvider(twin), "cancelling");
}

TEST_F(BatchTwinsTest, ATwinThatIsDeniedOnceIsCancelledAllTheSame) {
  const auto [name, first, twin] = CreateWithTwin();
  provider_->FailNext("GetBatch", Denial());
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(StatusAtProvider(twin), "cancelling") << Story(name);
  EXPECT_THAT(FirstOf(name).twins(), ElementsAre(twin));
  EXPECT_THAT(FirstOf(name).twin_denials(), IsEmpty());
}

TEST_F(BatchTwinsTest, ATwinThatIsDeniedSixTimesInARowIsForgotten) {
  const auto [name, first, twin] = CreateWithTwin();
  RunFor(name, absl::Seconds(1));
  ASSERT_THAT(FirstOf(name).twins(), ElementsAre(twin));
  provider_->ForgetBatch(twin);
  RunFor(name, batch_options_.poll_interval * 4);
  EXPECT_THAT(FirstOf(name).twins(), SizeIs(1)) << Story(name);
  RunFor(name, batch_options_.poll_interval * 4);
  EXPECT_THAT(FirstOf(name).twins(), IsEmpty()) << Story(name);
  EXPECT_THAT(FirstOf(name).twin_denials(), IsEmpty());
}

// --- Those that show up late ---------------------------------------------------------------------

TEST_F(BatchTwinsTest, AFirstBatchThatIsListedLaterThanTheSettleTimeIsCancelledAndCounted) {
  const std::string name = CreateHidden();
  RunFor(name, batch_options_.settle_time + absl::Seconds(2));
  ASSERT_THAT(provider_->batches(), SizeIs(2)) << Story(name);
  ShowFirst();
  RunFor(name, batch_options_.settle_time * 2);
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EXPECT_EQ(FirstOf(name).provider_batch(), provider_->batches()[1].id);
  EXPECT_EQ(StatusAtProvider(provider_->batches()[1].id), "validating");
  EndCancelled();
  const int looks = provider_->calls("ListBatches");
  RunFor(name, batch_options_.settle_time * 20);
  EXPECT_LE(provider_->calls("ListBatches") - looks, 5) << "ever more seldom";
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 10);
}

TEST_F(BatchTwinsTest, AFirstBatchThatIsListedWhenTheSecondHasEndedIsCancelledBeforeTheEnd) {
  const std::string name = CreateHidden();
  RunFor(name, batch_options_.settle_time * 10);
  ASSERT_THAT(provider_->batches(), SizeIs(2)) << Story(name);
  provider_->EndBatch(provider_->batches()[1].id);
  ShowFirst();
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_RUNNING);
  EndCancelled();
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchTwinsTest, ABatchThatIsProvedUnmadeIsLookedForOnceMoreBeforeACancelEnds) {
  const std::string name = CreateHidden();
  Cancel(name);
  RunFor(name, batch_options_.settle_time + absl::Seconds(5));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLING) << Story(name);
  ShowFirst();
  RunFor(name, batch_options_.settle_time * 2);
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EndCancelled();
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
}

TEST_F(BatchTwinsTest, ACancelEndsWhenTheBatchDoesNotShowUp) {
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kNone);
  const std::string name = CreateInBatches(SmallSpec());
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  Cancel(name);
  RunFor(name, batch_options_.settle_time * 3);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchTwinsTest, ABatchInDoubtIsNotTakenForATwinWhileAllWorkIsPaused) {
  const std::string name = CreateHidden();
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  for (int second = 0; provider_->batches().size() < 2 && second < 100; ++second) {
    RunFor(name, absl::ZeroDuration());
  }
  ASSERT_TRUE(pause_.Set(true, "cost review").ok());
  RunFor(name, batch_options_.settle_time * 3);
  ASSERT_THAT(provider_->batches(), SizeIs(2)) << Story(name);
  const std::string second = provider_->batches()[1].id;
  EXPECT_EQ(StatusAtProvider(second), "validating") << Story(name);
  ASSERT_TRUE(pause_.Set(false, "").ok());
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(FirstOf(name).provider_batch(), second) << Story(name);
}

TEST_F(BatchTwinsTest, ATimeInWhichTheListCannotBeReadIsNoSettleTime) {
  const std::string name = CreateHidden();
  provider_->FailNext("ListBatches", FakeProvider::NoConnection(), FakeProvider::Effect::kNone, 5);
  RunFor(name, batch_options_.settle_time * 2);
  EXPECT_GT(provider_->calls("ListBatches"), 5);
  EXPECT_THAT(provider_->batches(), SizeIs(1)) << Story(name);
  ShowFirst();
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_THAT(provider_->batches(), SizeIs(1));
}

// --- Those of a server that was overtaken while it sent ------------------------------------------

TEST_F(BatchTwinsTest, TheBatchOfAServerThatWasOvertakenIsCancelledThoughNoListEverHasIt) {
  const std::string name = CreateInBatches(SmallSpec());
  OvertakeIn("CreateBatch", name,
             [this] { provider_->HideBatchFromLists(provider_->batches().front().id, true); });
  EXPECT_EQ(DetailsOf(StepWhileDue(*store_, name)).reason, "LEASE_LOST");
  RunFor(name, batch_options_.settle_time * 2);
  ASSERT_THAT(provider_->batches(), SizeIs(2)) << Story(name);
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EXPECT_EQ(FirstOf(name).provider_batch(), provider_->batches()[1].id);
  EXPECT_EQ(StatusAtProvider(provider_->batches()[1].id), "validating");
}

TEST_F(BatchTwinsTest, TheBatchOfAServerThatWasOvertakenIsNoTwinWhenItIsFoundAndKept) {
  const std::string name = CreateInBatches(SmallSpec());
  OvertakeIn("CreateBatch", name,
             [this] { provider_->HideBatchFromLists(provider_->batches().front().id, true); });
  EXPECT_EQ(DetailsOf(StepWhileDue(*store_, name)).reason, "LEASE_LOST");
  EXPECT_THAT(FirstOf(name).twins(), SizeIs(1));
  ShowFirst();
  RunFor(name, absl::Seconds(10));
  EXPECT_THAT(FirstOf(name).twins(), IsEmpty());
  EXPECT_EQ(StatusOfFirst(), "validating") << Story(name);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
}

TEST_F(BatchTwinsTest, ABatchThatShowsUpWhenTheEvaluationHasEndedIsCancelled) {
  const std::string name = CreateInBatches(SmallSpec());
  DuringNext("CreateBatch", [&] {
    provider_->HideBatchFromLists(provider_->batches().front().id, true);
    Cancel(name);
    clock_.Advance(options_.lease_duration * 4);
    RunFor(name, batch_options_.settle_time * 3);
    ASSERT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  });
  EXPECT_EQ(DetailsOf(StepWhileDue(*store_, name)).reason, "LEASE_LOST");
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EndCancelled();
  RunFor(name, absl::Minutes(2));
  EXPECT_FALSE(HasTwinWork(GetRecord(name))) << Story(name);
  const int looks = provider_->calls("GetBatch");
  RunFor(name, absl::Minutes(5));
  EXPECT_EQ(provider_->calls("GetBatch"), looks) << "nothing is due any more";
}

// --- While the evaluation rests ------------------------------------------------------------------

TEST_F(BatchTwinsTest, ATwinIsCancelledWhileAllWorkIsPaused) {
  const auto [name, first, twin] = CreateWithTwin();
  ASSERT_TRUE(Step(name).ok());
  ASSERT_THAT(FirstOf(name).twins(), ElementsAre(twin));
  ASSERT_TRUE(pause_.Set(true, "cost review").ok());
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(StatusAtProvider(twin), "cancelling") << Story(name);
  EXPECT_EQ(StatusAtProvider(first.id), "validating");
  ASSERT_TRUE(pause_.Set(false, "").ok());
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchTwinsTest, ATwinIsCancelledWhileTheEvaluationWaitsForAPerson) {
  const auto [name, first, twin] = CreateWithTwin();
  ASSERT_TRUE(Step(name).ok());
  // The twin cannot be looked at, and neither can the one that is kept.
  provider_->FailNext("GetBatch", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"),
                      FakeProvider::Effect::kNone, 3);
  RunFor(name, absl::Seconds(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED) << Story(name);
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StatusAtProvider(twin), "cancelling") << Story(name);
  EndCancelled();
  RunFor(name, absl::Minutes(2));
  EXPECT_THAT(FirstOf(name).twins(), IsEmpty());
  EXPECT_EQ(Get(name).failure().reason(), "KEY_REJECTED");
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

// --- While the provider is not configured --------------------------------------------------------

TEST_F(BatchTwinsTest, WhatIsUnderWayAtAProviderThatIsNotConfiguredIsCalledOffWhenItIsAgain) {
  const std::string name = Started(SmallSpec());
  const providers::ProviderSet configured = std::exchange(providers_, providers::ProviderSet({}));
  Cancel(name);
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(StatusOfFirst(), "validating") << "nobody could be asked";
  EXPECT_THAT(Story(name), HasSubstr("configured again"));
  providers_ = configured;
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EndCancelled();
  RunFor(name, absl::Minutes(2));
  EXPECT_FALSE(HasTwinWork(GetRecord(name))) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchTwinsTest, DoubtAtAProviderThatIsNotConfiguredIsEndedWhenItIsAgain) {
  const std::string name = CreateHidden();
  const providers::ProviderSet configured = std::exchange(providers_, providers::ProviderSet({}));
  Cancel(name);
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(StatusOfFirst(), "validating");
  ShowFirst();
  providers_ = configured;
  RunFor(name, absl::Minutes(3));
  EXPECT_EQ(StatusOfFirst(), "cancelling") << Story(name);
  EndCancelled();
  RunFor(name, absl::Minutes(2));
  EXPECT_FALSE(HasTwinWork(GetRecord(name))) << Story(name);
}

}  // namespace
}  // namespace tunegate::evaluations
