// Batches that a provider made beside the one that is kept, however late they show up: each of them
// is cancelled until it has ended.
#include "server/evaluations/run/batch_twins.h"

#include <string>

#include "gtest/gtest.h"
#include "server/evaluations/run/batch_fixture.h"

namespace tunegate::evaluations {
namespace {

using providers::FakeProvider;

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

}  // namespace
}  // namespace tunegate::evaluations
