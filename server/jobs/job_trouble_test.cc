// Providers in trouble: jobs that disappear for a while and for good, storms of errors, statuses
// and events that make no sense. The record stays right, and says what was seen.
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"
#include "server/metrics/catalogue.h"

namespace tunegate::jobs {
namespace {

using providers::FakeProvider;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

constexpr absl::Duration kSettle = JobStepperOptions{}.settle_time;

class JobTroubleTest : public JobTest {
 protected:
  void AddMessage(const std::string& id, absl::Time time) {
    providers::RemoteEvent event;
    event.id = id;
    event.time = time;
    event.type = "message";
    event.message = "said " + id;
    provider().AddEvent(RemoteId(), event);
  }
  // The provider forgets its only job until that is given up for lost, and has it again.
  void LoseForAMinute(const std::string& name) {
    const providers::RemoteJob job = provider().jobs()[0];
    provider().ForgetJob(job.id);
    RunFor(absl::Minutes(1));
    ASSERT_EQ(Get(name).failure().reason(), "PROVIDER_JOB_LOST");
    provider().AddJob(job);
  }
  std::vector<std::string> SaidIds(const std::string& name) {
    std::vector<std::string> ids;
    for (const auto& event : ProviderEventsOf(name)) ids.push_back(event.event_id());
    return ids;
  }
  void AddMetrics(int64_t step, double loss, absl::Time time) {
    providers::RemoteEvent event;
    event.time = time;
    event.type = "metrics";
    event.figures = {{"step", step}, {"total_steps", 30}, {"train_loss", loss}};
    provider().AddEvent(RemoteId(), event);
  }
  std::vector<std::string> MessagesOf(const std::string& name) {
    std::vector<std::string> messages;
    for (const v1::Event& event : EventsOf(name)) messages.push_back(event.message());
    return messages;
  }
};

// --- Events --------------------------------------------------------------------------------------

TEST_F(JobTroubleTest, ProviderEventsAreRecordedOnceThoughRepeatedAndOutOfOrder) {
  const std::string name = CreateRunning();
  const absl::Time now = clock_.Now();
  AddMessage("ev-2", now + absl::Seconds(2));
  AddMessage("ev-1", now + absl::Seconds(1));
  AddMessage("ev-2", now + absl::Seconds(2));
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-1", "ev-2"));
  AddMessage("ev-2", now + absl::Seconds(2));
  AddMessage("ev-3", now + absl::Seconds(2));  // of the same second as one that was seen
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-1", "ev-2", "ev-3"));
  int logged = 0;
  for (const v1::Event& event : EventsOf(name)) {
    logged += event.type() == v1::Event::TYPE_PROVIDER_EVENT ? 1 : 0;
  }
  EXPECT_EQ(logged, 3);
}

TEST_F(JobTroubleTest, EventsOnSeveralPagesAreAllRead) {
  provider().SetPageSize(2);
  const std::string name = CreateRunning();
  for (int i = 0; i < 7; ++i) {
    AddMessage("ev-" + std::to_string(i), clock_.Now() + absl::Seconds(i));
  }
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), SizeIs(7));
}

TEST_F(JobTroubleTest, OlderEventThatComesInALaterLookIsRecordedOnce) {
  const std::string name = CreateRunning();
  const absl::Time now = clock_.Now();
  AddMessage("ev-2", now + absl::Seconds(2));
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-2"));
  AddMessage("ev-1", now + absl::Seconds(1));
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-1", "ev-2"));
  RunFor(kPoll * 3);
  EXPECT_THAT(SaidIds(name), SizeIs(2));
  EXPECT_THAT(MessagesOf(name), Contains("provider: said ev-1").Times(1));
}

TEST_F(JobTroubleTest, MetricsThatComeLateDoNotTurnProgressBack) {
  const std::string name = CreateRunning();
  const absl::Time now = clock_.Now();
  AddMetrics(20, 0.5, now + absl::Seconds(2));
  RunFor(kPoll);
  AddMetrics(10, 1.5, now + absl::Seconds(1));
  RunFor(kPoll);
  EXPECT_EQ(Get(name).progress().done(), 20);
  EXPECT_EQ(Get(name).progress().figures().at("train_loss"), 0.5);
  const auto metrics = MetricsOf(name);
  ASSERT_THAT(metrics, SizeIs(2));
  EXPECT_EQ(metrics[0].figures().at("train_loss"), 1.5) << "the curve has both";
}

TEST_F(JobTroubleTest, EventsThatCameBehindNewerOnesAreReadWhenTheJobHasEnded) {
  provider().SetPageSize(2);
  const std::string name = CreateRunning();
  const absl::Time now = clock_.Now();
  // The fake lists what was added last first: the late one stands behind a page of known ones.
  AddMessage("ev-late", now + absl::Seconds(1));
  AddMessage("ev-5", now + absl::Seconds(5));
  AddMessage("ev-6", now + absl::Seconds(6));
  RunFor(kPoll);
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-late", "ev-5", "ev-6"));
}

TEST_F(JobTroubleTest, EventsIdMayBeAnyText) {
  const std::string name = CreateRunning();
  const std::string long_id(5000, 'x');
  AddMessage(long_id, clock_.Now());
  AddMessage(std::string("a\0b/c d", 7), clock_.Now());
  RunFor(kPoll * 3);
  EXPECT_THAT(SaidIds(name), testing::UnorderedElementsAre(long_id, std::string("a\0b/c d", 7)));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
}

TEST_F(JobTroubleTest, ProviderWithoutEventsIsFollowedByItsStatusAlone) {
  const std::string name = CreateRunning();
  provider().FailNext("ListJobEvents", FakeProvider::HttpError(404, "", "unknown URL"),
                      Effect::kNone, 1000);
  RunFor(kPoll * 4);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("not all that it says could be read")).Times(1));
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).fine_tuned_model(), "ft:fake:1");
}

TEST_F(JobTroubleTest, EndIsRecordedWithItsDetailsWhenTheyComeALittleLater) {
  const std::string name = CreateRunning();
  AddMessage("ev-1", clock_.Now());
  provider().AddCheckpoint(RemoteId(), {"ckpt-1", "ft:fake:1:ckpt-10", 10, {}});
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  provider().FailNext("ListJobEvents", FakeProvider::HttpError(503, "", "busy"));
  provider().FailNext("ListCheckpoints", FakeProvider::HttpError(503, "", "busy"), Effect::kNone,
                      2);
  RunFor(kPoll * 4);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_THAT(Get(name).checkpoints(), SizeIs(1));
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-1"));
}

TEST_F(JobTroubleTest, EndIsRecordedWithoutDetailsThatNeverCome) {
  const std::string name = CreateRunning();
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  provider().FailNext("ListCheckpoints", FakeProvider::HttpError(503, "", "busy"), Effect::kNone,
                      1000);
  RunFor(absl::Minutes(3));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).fine_tuned_model(), "ft:fake:1");
  EXPECT_THAT(EventsOf(name).back().message(), HasSubstr("recorded without checkpoints"));
}

TEST_F(JobTroubleTest, StormBeforeTheEndCostsNoDetails) {
  const std::string name = CreateRunning();
  const absl::Status busy = FakeProvider::HttpError(503, "", "busy");
  AddMessage("ev-1", clock_.Now());
  provider().AddCheckpoint(RemoteId(), {"ckpt-1", "ft:fake:1:ckpt-10", 10, {}});
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  provider().FailNext("GetJob", busy, Effect::kNone, kLooksForDetails + 1);
  provider().FailNext("ListJobEvents", busy, Effect::kNone, 2);
  provider().FailNext("ListCheckpoints", busy, Effect::kNone, 3);
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_THAT(Get(name).checkpoints(), SizeIs(1));
  EXPECT_THAT(SaidIds(name), ElementsAre("ev-1"));
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("waits for its events and checkpoints")));
}

TEST_F(JobTroubleTest, CancelledJobWhoseEventsMayNotBeReadEndsAllTheSame) {
  const std::string name = CreateRunning();
  provider().FailNext("ListJobEvents", FakeProvider::HttpError(403, "", "not yours"), Effect::kNone,
                      1000);
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  EXPECT_THAT(EventsOf(name).back().message(), HasSubstr("recorded without events"));
}

// --- Statuses ------------------------------------------------------------------------------------

TEST_F(JobTroubleTest, UnknownProviderStatusIsShownAndTolerated) {
  const std::string name = CreateRunning();
  provider().SetJobStatus(RemoteId(), "thinking_hard");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(Get(name).provider_status(), "thinking_hard");
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
}

TEST_F(JobTroubleTest, JobThatIsMadeWithAnUnknownStatusIsFollowed) {
  const std::string name = Create();
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  RunDue();
  provider().SetJobStatus(RemoteId(), "dreaming");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  EXPECT_EQ(Get(name).provider_status(), "dreaming");
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("dreaming")));
}

TEST_F(JobTroubleTest, StatusThatGoesBackIsFollowed) {
  const std::string name = CreateRunning();
  provider().SetJobStatus(RemoteId(), "queued");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_QUEUED);
  provider().SetJobStatus(RemoteId(), "running");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
}

// --- Jobs that disappear -------------------------------------------------------------------------

TEST_F(JobTroubleTest, JobThatTheProviderForgotFailsAsLostAfterSeveralLooks) {
  const std::string name = CreateRunning();
  provider().ForgetJob(RemoteId());
  const int before = provider().calls("GetJob");
  RunFor(absl::Minutes(1));
  EXPECT_GE(provider().calls("GetJob") - before, kLooksForLostJob);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), "PROVIDER_JOB_LOST");
  RunFor(absl::Minutes(3));
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobTroubleTest, LostJobThatTurnsUpAgainIsCancelled) {
  const std::string name = CreateRunning();
  const providers::RemoteJob job = provider().jobs()[0];
  LoseForAMinute(name);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).failure().reason(), "PROVIDER_JOB_LOST");
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("lost job " + job.id + " cancelled")));
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(JobTroubleTest, LostJobThatSomebodyAdoptsAgainIsLeftToThem) {
  const std::string name = CreateRunning();
  const providers::RemoteJob job = provider().jobs()[0];
  LoseForAMinute(name);
  v1::AdoptJobRequest request;
  request.set_provider_job(job.id);
  const auto adopted = api_.AdoptJob({}, request);
  ASSERT_TRUE(adopted.ok()) << adopted.status();
  EXPECT_NE(adopted->job().name(), name);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(provider().jobs()[0].status, "running");
  EXPECT_EQ(Get(adopted->job().name()).state(), v1::Job::STATE_RUNNING);
}

TEST_F(JobTroubleTest, JobThatIsMissingOnlyForAWhileIsNotLost) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(404, "", "unknown"), Effect::kNone, 4);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
}

TEST_F(JobTroubleTest, OutageOfTheProviderIsOutlived) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 8);
  RunFor(absl::Seconds(20));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_LE(provider().calls("GetJob"), 7) << "the delay grows";
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
}

TEST_F(JobTroubleTest, OutageIsNotCountedAsLooksForALostJob) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 6);
  provider().FailNext("GetJob", FakeProvider::HttpError(404, "", "unknown"), Effect::kNone, 1);
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
}

TEST_F(JobTroubleTest, JobThatIsDeniedIsNotLostBeforeTheSettleTimeIsOver) {
  const std::string name = CreateRunning();
  provider().ForgetJob(RemoteId());
  RunFor(kPoll + kSettle - absl::Seconds(1));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("could not look at the provider")));
}

TEST_F(JobTroubleTest, DenialsThatAnotherErrorInterruptsBeginAnew) {
  const std::string name = CreateRunning();
  const auto unknown = FakeProvider::HttpError(404, "", "unknown");
  provider().FailNext("GetJob", unknown, Effect::kNone, 5);  // 16 seconds of them
  provider().FailNext("GetJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 1);
  provider().FailNext("GetJob", unknown, Effect::kNone, 1);
  provider().HideJobFromLists(RemoteId(), true);
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_FALSE(GetRecord(name).has_settle_until_time()) << "it answers again";
}

TEST_F(JobTroubleTest, JobThatIsListedAndDeniedIsNotLost) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(404, "", "unknown"), Effect::kNone, 12);
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
}

// --- Storms --------------------------------------------------------------------------------------

TEST_F(JobTroubleTest, RecoveryIsSaidAndForgetsTheFailures) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 3);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(GetRecord(name).failed_calls(), 0);
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("could not look at the provider")).Times(3));
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("it answers again")).Times(1));
}

TEST_F(JobTroubleTest, StormOfMinutesMakesOneJobAndEndsWell) {
  for (const char* method : {"UploadFile", "ListFiles", "CreateJob", "ListJobs", "GetJob"}) {
    provider().FailNext(method, FakeProvider::HttpError(429, "rate_limit_exceeded", "slow down"),
                        Effect::kNone, 5);
    provider().FailNext(method, FakeProvider::HttpError(500, "", "oh"), Effect::kNone, 3);
    provider().FailNext(method, FakeProvider::NoConnection(), Effect::kNone, 2);
  }
  const std::string name = Create();
  RunFor(absl::Hours(1));
  ASSERT_THAT(provider().jobs(), SizeIs(1));
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("slow down")));
  EXPECT_THAT(provider().files(), SizeIs(1));
}

TEST_F(JobTroubleTest, RequestsThatWereTakenThoughTheyTimedOutAreFoundAndNotRepeated) {
  provider().FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kDone);
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunFor(absl::Minutes(2));
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  EXPECT_THAT(MessagesOf(name), Contains(HasSubstr("creation in doubt")));
}

// --- What it cost --------------------------------------------------------------------------------

TEST_F(JobTroubleTest, TrainedTokensAreCountedOnceWhenTheEndIsRecorded) {
  auto& tokens = metrics::TheCatalogue().tokens;
  const std::string name = CreateRunning();
  const std::string model = Get(name).base_model();
  const int64_t before = tokens.Of({"fake", model, "trained"}).value();
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll * 3);
  EXPECT_EQ(tokens.Of({"fake", model, "trained"}).value(), before + 1000);
}

}  // namespace
}  // namespace tunegate::jobs
