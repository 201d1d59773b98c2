// What a provider made beside the one job that is wanted: of several one is kept, the others are
// cancelled until they have ended, and nothing is made anew while one is there that could be kept.
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::jobs {
namespace {

using providers::FakeProvider;
using testing::IsEmpty;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

constexpr absl::Duration kSettleTime = JobStepperOptions{}.settle_time;

class JobStraysTest : public JobTest {
 protected:
  bool WasLogged(const std::string& name, const std::string& text) {
    for (const v1::Event& event : EventsOf(name)) {
      if (event.message().find(text) != std::string::npos) return true;
    }
    return false;
  }
  // Creates a job whose creation is in doubt, with a younger twin at the provider: ftjob-twin.
  std::string CreateWithTwin() {
    provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
    const std::string name = Create();
    RunDue();
    providers::RemoteJob twin = provider().jobs()[0];
    twin.id = "ftjob-twin";
    twin.create_time += absl::Seconds(1);
    provider().AddJob(twin);
    return name;
  }
  // A job whose first creation lost its answer and is listed later than the settle time: by then
  // another was made. Its name, and the first one's at the provider.
  std::pair<std::string, std::string> CreateBesideAHiddenOne() {
    provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
    const std::string name = Create();
    RunDue();
    const std::string first = RemoteId();
    provider().HideJobFromLists(first, true);
    RunFor(kSettleTime + absl::Seconds(5));
    return {name, first};
  }
  // The server that has sent CreateJob is frozen before it records the answer; another one, after
  // `meanwhile`, finds nothing at the provider within the settle time, and goes on without it. Then
  // the first wakes up.
  void OvertakeAfterCreateJob(const std::function<void()>& meanwhile) {
    store_.before_commit = [this, meanwhile, frozen = false](const store::Transaction&) mutable {
      if (frozen || provider().calls("CreateJob") == 0) return absl::OkStatus();
      frozen = true;
      provider().HideJobFromLists(RemoteId(), true);
      meanwhile();
      RunFor(JobStepperOptions{}.create_timeout + absl::Seconds(15) + kSettleTime);
      return absl::OkStatus();
    };
    steps_may_fail_ = true;  // with LEASE_LOST
    RunDue();
    steps_may_fail_ = false;
  }
  // As CreateBesideAHiddenOne, but the provider refuses to make another: the job is blocked.
  std::pair<std::string, std::string> BlockBesideAHiddenOne() {
    provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
    provider().FailNext("CreateJob", NoQuota());
    const std::string name = Create();
    RunDue();
    const std::string first = RemoteId();
    provider().HideJobFromLists(first, true);
    RunFor(kSettleTime + absl::Seconds(5));
    EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
    return {name, first};
  }
  static absl::Status NoQuota() {
    return FakeProvider::HttpError(429, "insufficient_quota", "pay first");
  }
  absl::Status Adopt(const std::string& provider_job) {
    v1::AdoptJobRequest request;
    request.set_provider_job(provider_job);
    return api_.AdoptJob({}, request).status();
  }
  void RunUntilCalled(std::string_view method, int times) {
    for (int seconds = 0; provider().calls(method) < times; ++seconds) {
      ASSERT_LT(seconds, 1000) << method << " is not called any more";
      RunFor(absl::Seconds(1));
    }
  }
};

TEST_F(JobStraysTest, OfTwinsTheOldestIsKeptAndTheOtherCancelled) {
  const std::string name = CreateWithTwin();
  const std::string oldest = provider().jobs()[0].id;
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Get(name).provider_job(), oldest);
  EXPECT_EQ(provider().jobs()[0].status, "validating_files");
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin cancelled"));
}

TEST_F(JobStraysTest, JobThatTheListRepeatsIsNotItsOwnTwin) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  provider().AddJob(provider().jobs()[0]);  // the same id once more
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Get(name).provider_job(), provider().jobs()[0].id);
  EXPECT_EQ(provider().calls("CancelJob"), 0);
}

TEST_F(JobStraysTest, TwinIsCancelledUntilTheProviderSaysSo) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 2);
  provider().FailNext("CancelJob", FakeProvider::HttpError(400, "too_early", "not yet"));
  RunFor(absl::Seconds(12));
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin not cancelled yet"));
  RunFor(absl::Seconds(12));
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin cancelled"));
  EXPECT_EQ(provider().jobs()[0].status, "validating_files");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().calls("CancelJob"), 4);
}

TEST_F(JobStraysTest, TwinIsCancelledAlsoWhenTheJobHasEnded) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(401, "invalid_api_key", "no"),
                      Effect::kNone, 4);
  RunFor(absl::Seconds(1));
  provider().SucceedJob(provider().jobs()[0].id, "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobStraysTest, TwinThatHasEndedByItselfIsLeftAlone) {
  const std::string name = CreateWithTwin();
  provider().SucceedJob("ftjob-twin", "ft:fake:twin");
  RunFor(absl::Minutes(1));
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin succeeded"));
  EXPECT_EQ(provider().calls("CancelJob"), 1);
}

TEST_F(JobStraysTest, JobOfAServerThatWasOvertakenIsCancelledByTheOther) {
  const std::string name = Create();
  OvertakeAfterCreateJob([] {});
  RunFor(absl::Seconds(10));
  ASSERT_THAT(provider().jobs(), SizeIs(2));
  EXPECT_EQ(Get(name).provider_job(), provider().jobs()[1].id);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  EXPECT_TRUE(WasLogged(name, "for a server that was overtaken"));
}

TEST_F(JobStraysTest, JobOfAServerThatWasOvertakenByACancelIsCancelled) {
  const std::string name = Create();
  OvertakeAfterCreateJob([&] { ASSERT_TRUE(Cancel(name).ok()); });
  RunFor(absl::Seconds(10));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  ASSERT_THAT(provider().jobs(), SizeIs(1));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
}

TEST_F(JobStraysTest, FirstJobThatIsListedLaterThanTheSettleTimeIsCancelled) {
  const auto [name, first] = CreateBesideAHiddenOne();
  const std::string second = Get(name).provider_job();
  ASSERT_THAT(second, testing::AllOf(testing::Not(""), testing::Ne(first)));
  provider().HideJobFromLists(first, false);
  RunFor(kSettleTime * 2);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  EXPECT_EQ(Get(name).provider_job(), second);
  const int looks = provider().calls("ListJobs");
  RunFor(kSettleTime * 20);
  EXPECT_LE(provider().calls("ListJobs") - looks, 5) << "ever more seldom";
}

TEST_F(JobStraysTest, TwinThatSomebodyAdoptedIsNotCancelled) {
  const auto [name, first] = CreateBesideAHiddenOne();
  v1::AdoptJobRequest adopt;
  adopt.set_provider_job(first);
  ASSERT_TRUE(api_.AdoptJob({}, adopt).ok());
  provider().HideJobFromLists(first, false);
  RunFor(kSettleTime * 2);
  EXPECT_TRUE(WasLogged(name, "looked for twins"));
  EXPECT_EQ(provider().calls("CancelJob"), 0);
}

TEST_F(JobStraysTest, FirstJobThatIsListedWhenTheSecondHasEndedIsCancelled) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  provider().HideJobFromLists(RemoteId(), true);
  RunFor(kSettleTime * 10);
  provider().SucceedJob(Get(name).provider_job(), "ft:fake:2");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  provider().HideJobFromLists(provider().jobs()[0].id, false);
  RunFor(kSettleTime + kPoll * 2);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobStraysTest, OfTwinsOneThatTrainsIsKeptRatherThanAnOlderThatFailed) {
  const std::string name = CreateWithTwin();
  provider().FailJob(provider().jobs()[0].id, "server_error", "it was the incident");
  RunFor(absl::Seconds(12));
  EXPECT_EQ(Get(name).provider_job(), "ftjob-twin");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
}

TEST_F(JobStraysTest, OfTwinsThatHaveAllFailedTheOldestIsKept) {
  const std::string name = CreateWithTwin();
  const std::string oldest = provider().jobs()[0].id;
  provider().FailJob(oldest, "server_error", "it was the incident");
  provider().FailJob("ftjob-twin", "server_error", "it was the incident");
  RunFor(absl::Seconds(12));
  EXPECT_EQ(Get(name).provider_job(), oldest);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
}

TEST_F(JobStraysTest, TwinThatSomebodyAdoptsWhileItIsCancelledIsLeftToThem) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(503, "", "down"));
  RunUntilCalled("CancelJob", 1);
  ASSERT_TRUE(Adopt("ftjob-twin").ok());
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().calls("CancelJob"), 1);
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  EXPECT_THAT(GetRecord(name).strays(), IsEmpty());
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin is followed by jobs/"));
}

TEST_F(JobStraysTest, TwinIsNotForgottenForOneDenialAfterAnOutage) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 7);
  RunUntilCalled("CancelJob", 7);
  const providers::RemoteJob twin = provider().jobs()[1];
  provider().ForgetJob(twin.id);
  RunUntilCalled("CancelJob", 8);
  provider().AddJob(twin);
  RunFor(absl::Minutes(3));
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
  EXPECT_THAT(GetRecord(name).strays(), IsEmpty());
}

TEST_F(JobStraysTest, TwinThatIsDeniedAgainAndAgainIsForgotten) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(503, "", "down"));
  RunUntilCalled("CancelJob", 1);
  provider().ForgetJob("ftjob-twin");
  RunFor(absl::Minutes(5));
  EXPECT_EQ(provider().calls("CancelJob"), 7);
  EXPECT_TRUE(WasLogged(name, "twin ftjob-twin is not known any more"));
}

TEST_F(JobStraysTest, TwinThatIsKnownIsNotForgottenWhereItCannotBeCancelled) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(404, "", "no such method"),
                      Effect::kNone, 8);
  RunFor(absl::Minutes(10));
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
}

TEST_F(JobStraysTest, TwinIsCancelledAlsoWhileTheJobIsBlocked) {
  const std::string name = CreateWithTwin();
  provider().FailNext("CancelJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 4);
  RunUntilCalled("CancelJob", 1);
  provider().FailNext("GetJob", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  RunFor(kPoll);
  ASSERT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(provider().jobs()[1].status, "validating_files");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[1].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobStraysTest, BlockedJobThatIsResumedKeepsWhatWasTrainedMeanwhile) {
  const auto [name, first] = BlockBesideAHiddenOne();
  provider().SucceedJob(first, "ft:fake:1");
  provider().HideJobFromLists(first, false);
  ASSERT_TRUE(Resume(name).ok());
  RunFor(kPoll);
  EXPECT_EQ(provider().calls("CreateJob"), 2) << "the lost one and the refused one";
  EXPECT_EQ(Get(name).provider_job(), first);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
}

TEST_F(JobStraysTest, BlockedJobGoesOnWithTheOneThatIsListedLate) {
  const auto [name, first] = BlockBesideAHiddenOne();
  provider().HideJobFromLists(first, false);
  RunFor(kSettleTime * 2);
  EXPECT_EQ(Get(name).provider_job(), first);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  EXPECT_FALSE(Get(name).has_failure());
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(provider().calls("CancelJob"), 0);
}

TEST_F(JobStraysTest, BlockedJobIsLookedForEverMoreSeldom) {
  const auto [name, first] = BlockBesideAHiddenOne();
  const int looks = provider().calls("ListJobs");
  RunFor(kSettleTime * 20);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_GE(provider().calls("ListJobs") - looks, 3);
  EXPECT_LE(provider().calls("ListJobs") - looks, 10);
}

TEST_F(JobStraysTest, PausedWorkKeepsTheOneThatIsListedLate) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  provider().HideJobFromLists(RemoteId(), true);
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  RunFor(kSettleTime + absl::Seconds(5));
  ASSERT_EQ(Get(name).failure().reason(), admin::kWorkPaused);
  provider().HideJobFromLists(RemoteId(), false);
  RunFor(kSettleTime * 2);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
}

TEST_F(JobStraysTest, NothingIsMadeAnewWhileItCannotBeSeenWhetherTheFirstIsThere) {
  const auto [name, first] = BlockBesideAHiddenOne();
  provider().HideJobFromLists(first, false);
  provider().FailNext("ListJobs", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 2);
  ASSERT_TRUE(Resume(name).ok());
  RunFor(kPoll);
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), first);
}

TEST_F(JobStraysTest, BlockedJobWhoseFirstOneFailedIsMadeAnewWhenResumed) {
  const auto [name, first] = BlockBesideAHiddenOne();
  provider().FailJob(first, "server_error", "it was the incident");
  provider().HideJobFromLists(first, false);
  ASSERT_TRUE(Resume(name).ok());
  RunFor(kPoll);
  EXPECT_EQ(provider().calls("CreateJob"), 3);
  ASSERT_THAT(provider().jobs(), SizeIs(2));
  EXPECT_EQ(Get(name).provider_job(), provider().jobs()[1].id);
}

TEST_F(JobStraysTest, BlockedJobThatIsCancelledHasTheOneCancelledThatIsListedLate) {
  const auto [name, first] = BlockBesideAHiddenOne();
  RunFor(kSettleTime * 10);
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  provider().HideJobFromLists(first, false);
  RunFor(kSettleTime + kPoll * 2);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobStraysTest, JobOfAServerThatWasOvertakenIsKeptByTheOtherThatIsBlocked) {
  const std::string name = Create();
  OvertakeAfterCreateJob([&] { provider().FailNext("CreateJob", NoQuota()); });
  RunFor(absl::Seconds(10));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  EXPECT_EQ(provider().calls("CancelJob"), 0);
}

}  // namespace
}  // namespace tunegate::jobs
