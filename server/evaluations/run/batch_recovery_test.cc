// What an evaluation in batch mode keeps when its server dies, or the provider's answers get lost:
// one batch an intent, no answer twice in the ledger.
#include <map>
#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/batch_fixture.h"
#include "server/evaluations/run/ledger.h"
#include "server/providers/intent.h"

namespace tunegate::evaluations {
namespace {

using providers::FakeProvider;
using providers::RemoteBatch;
using testing::HasSubstr;

// Freezes whoever tells that it is about to do `what` until the time to send it is over; it dies at
// its next commit.
class FreezingStore final : public store::ForwardingStore {
 public:
  FreezingStore(store::Store* target, FakeClock* clock, std::string what)
      : ForwardingStore(target), clock_(*clock), what_(std::move(what)) {}
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (frozen_) return Unavailable("STORE_UNAVAILABLE", "dead");
    for (const store::NewEvent& event : transaction.events) {
      frozen_ = frozen_ || event.payload.find(what_) != std::string::npos;
    }
    if (frozen_) clock_.Advance(absl::Seconds(10));
    return ForwardingStore::Commit(std::move(transaction));
  }
  bool frozen() const { return frozen_; }

 private:
  FakeClock& clock_;
  const std::string what_;
  bool frozen_ = false;
};

class BatchRecoveryTest : public BatchFixture {
 protected:
  // How many batches of each intent the provider has.
  std::map<std::string, int> BatchesByIntent() {
    std::map<std::string, int> by_intent;
    for (const RemoteBatch& batch : provider_->batches()) {
      const auto intent = batch.metadata.find(std::string(providers::kIntentKey));
      if (intent != batch.metadata.end()) ++by_intent[intent->second];
    }
    return by_intent;
  }
  // Runs until the server has made so many commits, then lets its lease run out.
  bool DieAfter(int commits, const std::string& name) {
    MortalStore mortal(store_.get(), commits);
    for (int second = 0; second < 400 && !mortal.dead(); ++second) {
      (void)StepWhileDue(mortal, name);
      if (mortal.dead()) break;
      if (second % 20 == 19) EndBatches();
      clock_.Advance(absl::Seconds(1));
    }
    clock_.Advance(options_.lease_duration * 4);
    return mortal.dead();
  }
};

TEST_F(BatchRecoveryTest, EveryDeathAtEveryCommitEndsInTheSameReportWithOneBatchAnArm) {
  batch_options_.rows_per_commit = 3;
  const std::string whole = CreateInBatches(Spec(10));
  RunToEnd(whole);
  const v1::Report expected = Get(whole).report();
  ASSERT_GT(expected.metrics_size(), 0);
  int deaths = 0;
  for (int commits = 0; commits < 40; ++commits) {
    const size_t before = provider_->batches().size();
    const std::string name = CreateInBatches(Spec(10));
    deaths += DieAfter(commits, name) ? 1 : 0;
    RunToEnd(name);
    const v1::Evaluation done = Get(name);
    ASSERT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED) << commits << "\n" << Story(name);
    EXPECT_EQ(provider_->batches().size(), before + 2) << commits << "\n" << Story(name);
    EXPECT_EQ(Recorded(name).size(), 20u) << commits;
    EXPECT_EQ(done.usage().calls(), 20) << commits;
    EXPECT_EQ(done.report().metrics(0).paired().gained(), expected.metrics(0).paired().gained());
    EXPECT_EQ(FilesAtProvider(), 0) << commits << "\n" << Story(name);
  }
  EXPECT_GT(deaths, 15);
  for (const auto& [intent, count] : BatchesByIntent()) EXPECT_EQ(count, 1) << intent;
}

TEST_F(BatchRecoveryTest, WhatWasHeldUpBeforeItWasSentIsNotSent) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  for (const std::string what : {"uploading", "creating a batch"}) {
    const std::string name = CreateInBatches(spec);
    const int uploads = provider_->calls("UploadFile"), batches = provider_->calls("CreateBatch");
    FreezingStore freezing(store_.get(), &clock_, what);
    EXPECT_FALSE(StepWhileDue(freezing, name).ok());
    EXPECT_TRUE(freezing.frozen());
    EXPECT_EQ(provider_->calls("UploadFile") - uploads, what == "uploading" ? 0 : 1);
    EXPECT_EQ(provider_->calls("CreateBatch"), batches);
    clock_.Advance(options_.lease_duration * 4);
    RunToEnd(name);
    EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
    EXPECT_EQ(provider_->calls("CreateBatch"), batches + 1);
  }
}

TEST_F(BatchRecoveryTest, ABatchWhoseAnswerWasLostIsFoundAndNotMadeAgain) {
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone, 2);
  provider_->SetPageSize(1);
  const std::string name = CreateInBatches(Spec(10));
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 2u);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
}

TEST_F(BatchRecoveryTest, APostThatNeverArrivedIsSentAgainOnlyAfterTheSettleTime) {
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kNone);
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  RunFor(name, batch_options_.settle_time - absl::Seconds(5));
  EXPECT_TRUE(provider_->batches().empty());
  EXPECT_GT(provider_->calls("ListBatches"), 10);
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(provider_->batches().size(), 1u);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 1u);
}

TEST_F(BatchRecoveryTest, ALateListingIsWaitedFor) {
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  ASSERT_EQ(provider_->batches().size(), 1u);
  provider_->HideBatchFromLists(provider_->batches().front().id, true);
  RunFor(name, absl::Seconds(20));
  provider_->HideBatchFromLists(provider_->batches().front().id, false);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 1u);
}

TEST_F(BatchRecoveryTest, AProviderThatKeepsNoMetadataIsAskedForTheFile) {
  provider_->IgnoreMetadata(true);
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  const std::string name = CreateInBatches(Spec(10));
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 2u);
}

TEST_F(BatchRecoveryTest, AnUploadWhoseAnswerWasLostIsFoundByItsName) {
  provider_->FailNext("UploadFile", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  const std::string name = CreateInBatches(Spec(10));
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(provider_->calls("UploadFile"), 2) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 2);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchRecoveryTest, AFileThatWasUploadedTwiceIsDeletedTwice) {
  provider_->FailNext("UploadFile", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  // As if its list had been late, and the upload made again.
  provider_->AddFile(provider_->files().front().file_name, "batch", "{}\n");
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchRecoveryTest, AFileThatWasUploadedInDoubtIsDeletedWhenItIsNotWantedAnyMore) {
  provider_->FailNext("UploadFile", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  const std::string name = CreateInBatches(Spec(10));
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  EXPECT_EQ(FilesAtProvider(), 1);
  Cancel(name);
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchRecoveryTest, ACancelInDoubtFindsTheBatchAndCallsItOff) {
  provider_->FailNext("CreateBatch", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  ASSERT_TRUE(StepWhileDue(*store_, name).ok());
  Cancel(name);
  RunFor(name, absl::Seconds(30));
  EXPECT_EQ(provider_->batches().front().status, "cancelling") << Story(name);
  EndBatches("cancelled");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED);
}

TEST_F(BatchRecoveryTest, AHolderThatWasOvertakenWhileABatchWasPutOffStopsAndHarmsNothing) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  provider_->FailBatch(provider_->batches().front().id, "token_limit_exceeded", "Limit.");
  clock_.Advance(absl::Seconds(10));
  OvertakeIn("GetBatch", name);
  EXPECT_EQ(DetailsOf(StepWhileDue(*store_, name)).reason, "LEASE_LOST");
  EXPECT_EQ(Get(name).failure().reason(), "BATCH_QUEUE_FULL");
  Resume(name);
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
}

TEST_F(BatchRecoveryTest, AHolderThatWasOvertakenWhileItUploadedWhatACancelDroppedStops) {
  const std::string name = CreateInBatches(Spec(10));
  OvertakeIn("UploadFile", name, [&] { Cancel(name); });
  EXPECT_EQ(DetailsOf(StepWhileDue(*store_, name)).reason, "LEASE_LOST");
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED) << Story(name);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchRecoveryTest, AnswersThatVanishBeforeTheyAreFetchedAreAskedAgain) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  RunFor(name, absl::Seconds(2));
  EndBatches();
  ASSERT_TRUE(provider_->DeleteFile(provider_->batches().front().output_file).ok());
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(provider_->batches().size(), 2u) << Story(name);
  EXPECT_THAT(Story(name), HasSubstr("10 to be asked again"));
  RunToEnd(name);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
}

}  // namespace
}  // namespace tunegate::evaluations
