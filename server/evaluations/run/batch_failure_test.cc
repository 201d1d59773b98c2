#include "server/evaluations/run/batch_failure.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/batch_window.h"

namespace tunegate::evaluations {
namespace {

using providers::RemoteBatch;
using testing::HasSubstr;
using testing::Not;

RemoteBatch Rejected(std::vector<RemoteBatch::Fault> faults) {
  RemoteBatch batch;
  batch.id = "batch_1";
  batch.status = "failed";
  batch.faults = std::move(faults);
  return batch;
}

TEST(BatchFailure, TheFirstFaultsAreToldWithTheirLines) {
  const v1::Failure failure = RejectionFailure(Rejected({{"bad_json", "no JSON", 1},
                                                         {"", "two", 2},
                                                         {"c", "whole", 0},
                                                         {"d", "fourth", 4},
                                                         {"e", "fifth", 5}}),
                                               "resume it");
  EXPECT_EQ(failure.reason(), "BATCH_REJECTED");
  EXPECT_EQ(
      failure.message(),
      "the provider rejected batch_1: line 1: no JSON (bad_json); line 2: two; whole (c); and "
      "2 more");
  EXPECT_EQ(failure.provider_code(), "bad_json");
  EXPECT_THAT(failure.remedy(), Not(HasSubstr("resume it")));
}

TEST(BatchFailure, WithoutWordsItSaysSo) {
  EXPECT_THAT(RejectionFailure(Rejected({}), "").message(), HasSubstr("does not say why"));
}

TEST(BatchFailure, WhatTimeOrMoneyMendsIsToldApart) {
  EXPECT_EQ(RejectionOf(Rejected({{"token_limit_exceeded", "", 0}})), Rejection::kQueueFull);
  EXPECT_EQ(RejectionOf(Rejected({{"billing_hard_limit_reached", "", 0}})), Rejection::kQuota);
  EXPECT_EQ(RejectionOf(Rejected({{"insufficient_quota", "", 0}})), Rejection::kQuota);
  EXPECT_EQ(RejectionOf(Rejected({{"anything_else", "", 0}})), Rejection::kInput);
  EXPECT_THAT(RejectionFailure(Rejected({{"insufficient_quota", "", 0}}), "resume it").remedy(),
              HasSubstr("resume it"));
}

TEST(BatchWindow, KeysAreReadInTheirOneForm) {
  const CallPlan plan(20, 3, /*has_candidate=*/true, 7);
  for (size_t sequence = 0; sequence < plan.size(); ++sequence) {
    const PlannedCall call = plan.At(sequence);
    const std::string key = (call.example + 1 < 10 ? "000000" : "00000") +
                            std::to_string(call.example + 1) + "/0" + std::to_string(call.repeat) +
                            (call.arm == kCandidate ? "/b" : "/a");
    EXPECT_EQ(SequenceOfKey(plan, key), sequence) << key;
  }
  for (const char* key : {"", "1/0/a", "0000001/00", "0000001/00/c", "0000000/00/a", "0000021/00/a",
                          "0000001/03/a", "0000001/-1/a", "0000001/00/a ", "x/00/a"}) {
    EXPECT_FALSE(SequenceOfKey(plan, key).has_value()) << key;
  }
}

TEST(BatchWindow, PhasesFollowWhatIsKnown) {
  store::v1::ProviderBatch batch;
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kToUpload);
  batch.set_input_file("file-1");
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kToCreate);
  batch.mutable_create_intent_time()->set_seconds(1);
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kInDoubt);
  batch.set_provider_batch("batch_1");
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kOpen);
  EXPECT_FALSE(IsDeferred(batch));
  batch.set_intent_id("old");
  Defer(batch);
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kToCreate);
  EXPECT_TRUE(IsDeferred(batch));
  EXPECT_NE(batch.intent_id(), "old");
  MarkCollected(batch, "completed", /*input_deleted=*/true);
  EXPECT_EQ(PhaseOf(batch), BatchPhase::kCollected);
  EXPECT_EQ(batch.input_file(), "");
}

}  // namespace
}  // namespace tunegate::evaluations
