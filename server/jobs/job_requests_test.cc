// What callers ask of a job that is at work: cancel, pause, resume, and what races with them.
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::jobs {
namespace {

using providers::FakeProvider;
using testing::HasSubstr;
using Effect = FakeProvider::Effect;

class JobRequestsTest : public JobTest {
 protected:
  std::string LastMessageWith(const std::string& name, const std::string& text) {
    std::string found;
    for (const v1::Event& event : EventsOf(name)) {
      if (event.message().find(text) != std::string::npos) found = event.message();
    }
    return found;
  }
};

TEST_F(JobRequestsTest, CancelBeforeCreationNeverReachesTheProvider) {
  const std::string name = Create();
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(provider().calls("CreateJob"), 0);
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobRequestsTest, CancelOfARunningJobEndsCancelled) {
  const std::string name = CreateRunning();
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(provider().calls("CancelJob"), 1);
}

TEST_F(JobRequestsTest, CancelOfABlockedJobEndsCancelled) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(429, "insufficient_quota", "pay first"));
  const std::string name = Create();
  RunDue();
  ASSERT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, CancelThatTheProviderRefusesIsSaidAndTheEndStillSeen) {
  const std::string name = CreateRunning();
  provider().FailNext("CancelJob", FakeProvider::HttpError(400, "too_late", "almost done"),
                      Effect::kNone, 100);
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLING);
  EXPECT_THAT(LastMessageWith(name, "refuses to cancel"), HasSubstr("almost done"));
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).fine_tuned_model(), "ft:fake:1");
}

TEST_F(JobRequestsTest, CancelThatTheProviderRefusesIsAskedAgainUntilItIsTaken) {
  const absl::Status refusals[] = {FakeProvider::HttpError(401, "invalid_api_key", "wrong key"),
                                   FakeProvider::HttpError(403, "", "not yours"),
                                   FakeProvider::HttpError(429, "insufficient_quota", "pay first"),
                                   FakeProvider::HttpError(404, "", "what job?"),
                                   FakeProvider::HttpError(400, "too_early", "not yet")};
  const std::string name = CreateRunning();
  for (const absl::Status& refusal : refusals) provider().FailNext("CancelJob", refusal);
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(absl::Minutes(2));
  EXPECT_EQ(provider().calls("CancelJob"), 6);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, CancelThatIsRefusedForLongIsAskedWithBackOff) {
  const std::string name = CreateRunning();
  provider().FailNext("CancelJob", FakeProvider::HttpError(403, "", "not yours"), Effect::kNone,
                      1000);
  ASSERT_TRUE(Cancel(name).ok());
  const int looks = provider().calls("GetJob");
  RunFor(absl::Minutes(10));
  EXPECT_LE(provider().calls("CancelJob"), 20);
  EXPECT_GE(provider().calls("GetJob") - looks, 100) << "the job is followed all the while";
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLING);
}

TEST_F(JobRequestsTest, CancelThatWasTakenIsNotAskedAgain) {
  const std::string name = CreateRunning();
  ASSERT_TRUE(Cancel(name).ok());
  provider().FailNext("GetJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 3);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().calls("CancelJob"), 1);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, CancelInDoubtWaitsForTheKeyAndNotForAPerson) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  provider().FailNext("ListJobs", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"),
                      Effect::kNone, 3);
  const std::string name = Create();
  RunDue();
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, CancelThatDidNotReachTheProviderIsAskedAgain) {
  const std::string name = CreateRunning();
  provider().FailNext("CancelJob", FakeProvider::NoConnection());
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(kPoll);
  EXPECT_EQ(provider().calls("CancelJob"), 2);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, KeyRejectedWhileCancellingIsAskedAgainWithoutHaste) {
  const std::string name = CreateRunning();
  const absl::Status rejected = FakeProvider::HttpError(401, "invalid_api_key", "wrong key");
  provider().FailNext("CancelJob", rejected);
  provider().FailNext("GetJob", rejected, Effect::kNone, 3);
  ASSERT_TRUE(Cancel(name).ok());
  const int before = provider().calls("GetJob");
  RunFor(absl::Seconds(2));
  EXPECT_LE(provider().calls("GetJob") - before, 2);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLING);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobRequestsTest, PauseAndResumeArePassedOn) {
  const std::string name = CreateRunning();
  ASSERT_TRUE(Pause(name).ok());
  RunDue();
  EXPECT_EQ(provider().jobs()[0].status, "paused");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_PAUSED);
  ASSERT_TRUE(Resume(name).ok());
  RunDue();
  EXPECT_EQ(provider().jobs()[0].status, "running");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().calls("PauseJob"), 1);
  EXPECT_EQ(provider().calls("ResumeJob"), 1);
}

TEST_F(JobRequestsTest, PauseThatTheProviderRefusesIsSaidAndTheJobGoesOn) {
  const std::string name = CreateRunning();
  provider().FailNext("PauseJob", FakeProvider::HttpError(404, "", "no such method"));
  ASSERT_TRUE(Pause(name).ok());
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_THAT(LastMessageWith(name, "refuses to pause"), HasSubstr("no such method"));
  EXPECT_EQ(provider().calls("PauseJob"), 1);
}

TEST_F(JobRequestsTest, RequestsInTheWrongStateAreRefusedByName) {
  const std::string name = Create();
  EXPECT_EQ(DetailsOf(Pause(name)).reason, "WRONG_STATE");
  EXPECT_EQ(DetailsOf(Resume(name)).reason, "WRONG_STATE");
  ASSERT_TRUE(Cancel(name).ok());
  RunDue();
  const absl::Status late = Cancel(name);
  EXPECT_EQ(DetailsOf(late).reason, "WRONG_STATE");
  EXPECT_THAT(std::string(late.message()), HasSubstr(name + " is CANCELLED"));
}

TEST_F(JobRequestsTest, CancelThatRacesWithAStepIsNotLostAndNeitherIsWhatTheStepSaw) {
  const std::string name = Create();
  RunDue();
  provider().SetJobStatus(RemoteId(), "running");
  bool raced = false;
  store_.before_commit = [&](const store::Transaction& transaction) {
    const bool by_step = transaction.lease.has_value() && transaction.lease->name == name;
    if (!by_step || raced) return absl::OkStatus();
    raced = true;
    return Cancel(name);  // its commit comes first: the step's revision is no longer the newest
  };
  clock_.Advance(kPoll);
  RunDue();
  EXPECT_TRUE(raced);
  EXPECT_EQ(provider().calls("CancelJob"), 1);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  bool was_running = false;
  for (const v1::Event& event : EventsOf(name)) {
    was_running = was_running || event.job().state() == v1::Job::STATE_RUNNING;
  }
  EXPECT_TRUE(was_running) << "what the step saw was recorded all the same";
}

TEST_F(JobRequestsTest, CancelDuringCreationIsCarriedOutAfterIt) {
  const std::string name = Create();
  bool raced = false;
  store_.before_commit = [&](const store::Transaction&) {
    if (raced || provider().calls("CreateJob") == 0) return absl::OkStatus();
    raced = true;
    return Cancel(name);
  };
  RunDue();
  EXPECT_TRUE(raced);
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobRequestsTest, AdoptedJobIsFollowedLikeOurOwn) {
  providers::RemoteJob remote;
  remote.id = "ftjob-elsewhere";
  remote.status = "running";
  remote.model = "gpt-4o-mini-2024-07-18";
  provider().AddJob(remote);
  v1::AdoptJobRequest request;
  request.set_provider_job("ftjob-elsewhere");
  const auto adopted = api_.AdoptJob({}, request);
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  const std::string name = adopted->job().name();
  EXPECT_TRUE(adopted->job().adopted());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  provider().SucceedJob("ftjob-elsewhere", "ft:fake:9");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).fine_tuned_model(), "ft:fake:9");
  EXPECT_EQ(api_.AdoptJob({}, request)->job().name(), name) << "adopting twice gives the same job";
}

TEST_F(JobRequestsTest, SameIdAtAnotherProviderIsAnotherJob) {
  providers::RemoteJob remote;
  remote.id = "ftjob-1";
  provider().AddJob(remote);
  auto other = std::make_shared<FakeProvider>(&clock_, "other");
  other->AddJob(remote);
  const providers::ProviderSet both(
      std::vector<providers::ConfiguredProvider>{{provider_, false}, {other, false}});
  JobApi api(&repository_, &both, JobDefaults{});
  v1::AdoptJobRequest request;
  request.set_provider_job("ftjob-1");
  const auto here = api.AdoptJob({}, request);
  request.set_provider("other");
  const auto there = api.AdoptJob({}, request);
  ASSERT_TRUE(here.ok() && there.ok());
  EXPECT_NE(here->job().name(), there->job().name());
  EXPECT_EQ(there->job().provider(), "other");
}

TEST_F(JobRequestsTest, TwoWhoAdoptTheSameJobAtOnceGetOneJob) {
  providers::RemoteJob remote;
  remote.id = "ftjob-elsewhere";
  provider().AddJob(remote);
  v1::AdoptJobRequest request;
  request.set_provider_job("ftjob-elsewhere");
  std::string faster;
  store_.before_commit = [&](const store::Transaction&) {
    if (faster.empty()) faster = api_.AdoptJob({}, request)->job().name();
    return absl::OkStatus();
  };
  const auto adopted = api_.AdoptJob({}, request);
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  EXPECT_EQ(adopted->job().name(), faster);
  EXPECT_EQ(api_.ListJobs({}, {})->jobs_size(), 1);
}

TEST_F(JobRequestsTest, AdoptingWhatTheProviderDoesNotKnowIsRefused) {
  v1::AdoptJobRequest request;
  request.set_provider_job("ftjob-nowhere");
  EXPECT_TRUE(absl::IsNotFound(api_.AdoptJob({}, request).status()));
  request.clear_provider_job();
  EXPECT_EQ(DetailsOf(api_.AdoptJob({}, request).status()).field_violations[0].first,
            "provider_job");
}

TEST_F(JobRequestsTest, JobsStartedElsewhereAreListedOnRequest) {
  const std::string name = Create();
  RunDue();
  providers::RemoteJob remote;
  remote.id = "ftjob-elsewhere";
  provider().AddJob(remote);
  v1::ListJobsRequest request;
  EXPECT_EQ(api_.ListJobs({}, request)->jobs_size(), 1);
  request.set_include_unadopted(true);
  const auto listed = api_.ListJobs({}, request);
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->jobs_size(), 2);
  EXPECT_EQ(listed->jobs(1).provider_job(), "ftjob-elsewhere");
  EXPECT_TRUE(listed->jobs(1).name().empty());
}

}  // namespace
}  // namespace tunegate::jobs
