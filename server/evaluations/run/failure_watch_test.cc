#include "server/evaluations/run/failure_watch.h"

#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/providers/fake_provider.h"

namespace tunegate::evaluations {
namespace {

using providers::FakeProvider;
using store::v1::CallRecord;

constexpr char kName[] = "evaluations/x";

CallRecord Call(Arm arm, int64_t example = 1) {
  CallRecord call;
  call.set_arm(arm);
  call.set_example(example);
  call.set_attempts(6);
  call.mutable_failure()->set_reason("PROVIDER_ERROR");
  return call;
}

absl::Status BadRequest() { return FakeProvider::HttpError(400, "invalid_value", "no"); }

TEST(FailureWatchTest, ASingleFailureIsMissingOnceAnAnswerComes) {
  FailureWatch watch(kName);
  const auto failed = watch.OnFailure(0, Call(kBaseline, 7), FakeProvider::NoConnection());
  EXPECT_TRUE(failed.missing.empty());
  EXPECT_FALSE(failed.end.has_value());
  EXPECT_EQ(watch.held_attempts(), 6);
  const auto answered = watch.OnAnswer(0, kCandidate);
  ASSERT_EQ(answered.missing.size(), 1u);
  EXPECT_EQ(answered.missing[0].example(), 7);
  EXPECT_EQ(watch.held_attempts(), 0);
}

TEST(FailureWatchTest, TenInARowAreAnOutageAndNoneIsRecorded) {
  FailureWatch watch(kName);
  (void)watch.OnAnswer(0, kBaseline);
  for (int i = 1; i < kFailuresInARow; ++i) {
    const auto verdict = watch.OnFailure(0, Call(kBaseline, i), FakeProvider::LostAnswer());
    EXPECT_FALSE(verdict.end.has_value()) << i;
  }
  const auto last = watch.OnFailure(0, Call(kBaseline), FakeProvider::LostAnswer());
  ASSERT_TRUE(last.end.has_value());
  EXPECT_EQ(last.end->kind, RunEnd::Kind::kUnreachable);
  EXPECT_EQ(last.end->lane, 0u);
  EXPECT_EQ(last.end->cause, FakeProvider::LostAnswer());
  EXPECT_EQ(last.end->failure.reason(), "PROVIDER_UNREACHABLE");
  EXPECT_EQ(last.end->failure.remedy(),
            "it goes on by itself when the provider answers; to try at once  tunegate eval resume "
            "evaluations/x");
  EXPECT_TRUE(last.missing.empty());
  EXPECT_EQ(watch.held_attempts(), 60);
}

TEST(FailureWatchTest, WhoWasSilentBeforeIsSoWithOneFailureAndHeardWithOneAnswer) {
  FailureWatch watch(kName);
  watch.ExpectSilence(1);
  EXPECT_FALSE(watch.OnFailure(0, Call(kBaseline), FakeProvider::NoConnection()).end.has_value());
  EXPECT_TRUE(watch.OnFailure(1, Call(kCandidate), FakeProvider::NoConnection()).end.has_value());
  FailureWatch heard(kName);
  heard.ExpectSilence(1);
  (void)heard.OnAnswer(1, kCandidate);
  EXPECT_FALSE(heard.OnFailure(1, Call(kCandidate), FakeProvider::NoConnection()).end.has_value());
}

TEST(FailureWatchTest, AnAnswerOfAnotherProviderSaysNothing) {
  FailureWatch watch(kName);
  for (int i = 1; i < kFailuresInARow; ++i) {
    EXPECT_TRUE(watch.OnAnswer(1, kCandidate).missing.empty());
    EXPECT_FALSE(watch.OnFailure(0, Call(kBaseline), FakeProvider::NoConnection()).end.has_value());
  }
  EXPECT_TRUE(watch.OnFailure(0, Call(kBaseline), FakeProvider::NoConnection()).end.has_value());
}

TEST(FailureWatchTest, QuotaAndKeyBlockAtOnce) {
  for (const absl::Status& status :
       {FakeProvider::HttpError(429, "insufficient_quota", "pay"),
        FakeProvider::HttpError(401, "invalid_api_key", "who?"),
        FakeProvider::HttpError(403, "model_not_allowed", "not you")}) {
    FailureWatch watch(kName);
    const auto verdict = watch.OnFailure(0, Call(kBaseline), status);
    ASSERT_TRUE(verdict.end.has_value()) << status;
    EXPECT_EQ(verdict.end->kind, RunEnd::Kind::kBlocked);
    EXPECT_NE(verdict.end->failure.remedy().find("tunegate eval resume evaluations/x"),
              std::string::npos);
  }
}

TEST(FailureWatchTest, AnUnknownModelFailsAtOnceAndNamesTheArm) {
  FailureWatch watch(kName);
  const auto verdict = watch.OnFailure(0, Call(kCandidate),
                                       FakeProvider::HttpError(404, "model_not_found", "no such"));
  ASSERT_TRUE(verdict.end.has_value());
  EXPECT_EQ(verdict.end->kind, RunEnd::Kind::kFailed);
  EXPECT_NE(verdict.end->failure.message().find("the candidate cannot be asked"),
            std::string::npos);
}

TEST(FailureWatchTest, OneRefusedExampleIsMissing) {
  FailureWatch watch(kName);
  EXPECT_FALSE(watch.OnFailure(0, Call(kBaseline, 3), BadRequest()).end.has_value());
  // The other arm's answer says nothing about this arm.
  EXPECT_TRUE(watch.OnAnswer(0, kCandidate).missing.empty());
  EXPECT_EQ(watch.OnAnswer(0, kBaseline).missing.size(), 1u);
}

TEST(FailureWatchTest, AnArmThatIsAlwaysRefusedFails) {
  FailureWatch watch(kName);
  for (int i = 1; i < kFailuresInARow; ++i) {
    EXPECT_FALSE(watch.OnFailure(0, Call(kCandidate, i), BadRequest()).end.has_value());
    (void)watch.OnAnswer(0, kBaseline);
  }
  const auto verdict = watch.OnFailure(0, Call(kCandidate), BadRequest());
  ASSERT_TRUE(verdict.end.has_value());
  EXPECT_EQ(verdict.end->kind, RunEnd::Kind::kFailed);
}

TEST(FailureWatchTest, AtTheLastCallFailuresOfAnAnsweringProviderAreMissing) {
  FailureWatch watch(kName);
  (void)watch.OnAnswer(0, kBaseline);
  (void)watch.OnFailure(0, Call(kBaseline), FakeProvider::LostAnswer());
  const auto verdict = watch.OnLast();
  EXPECT_FALSE(verdict.end.has_value());
  EXPECT_EQ(verdict.missing.size(), 1u);
}

TEST(FailureWatchTest, AtTheLastCallAProviderThatNeverAnsweredIsWaitedFor) {
  FailureWatch watch(kName);
  (void)watch.OnFailure(0, Call(kBaseline), FakeProvider::NoConnection());
  const auto verdict = watch.OnLast();
  ASSERT_TRUE(verdict.end.has_value());
  EXPECT_EQ(verdict.end->kind, RunEnd::Kind::kUnreachable);
  EXPECT_TRUE(verdict.missing.empty());
}

TEST(FailureWatchTest, AtTheLastCallAnArmThatWasOnlyRefusedFails) {
  FailureWatch watch(kName);
  (void)watch.OnAnswer(0, kCandidate);
  (void)watch.OnFailure(0, Call(kBaseline), BadRequest());
  const auto verdict = watch.OnLast();
  ASSERT_TRUE(verdict.end.has_value());
  EXPECT_EQ(verdict.end->kind, RunEnd::Kind::kFailed);
}

}  // namespace
}  // namespace tunegate::evaluations
