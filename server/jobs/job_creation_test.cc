// A job is made at the provider exactly once, whatever happens to the call that makes it.
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"
#include "server/providers/intent.h"

namespace tunegate::jobs {
namespace {

using providers::FakeProvider;
using testing::HasSubstr;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

constexpr absl::Duration kSettleTime = JobStepperOptions{}.settle_time;

class JobCreationTest : public JobTest {
 protected:
  void ExpectCreatedOnce(const std::string& name) {
    EXPECT_THAT(provider().jobs(), SizeIs(1));
    EXPECT_EQ(provider().calls("CreateJob"), 1);
    EXPECT_EQ(Get(name).provider_job(), RemoteId());
    EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  }
  // From the next call of CreateJob on, nothing that this process says is recorded.
  void DieAfterCreateJob() {
    store_.before_commit = [this](const store::Transaction&) {
      return provider().calls("CreateJob") > 0 ? Unavailable("STORE_UNAVAILABLE", "dead")
                                               : absl::OkStatus();
    };
    steps_may_fail_ = true;
  }
  void ReviveWhenTheLeaseHasRunOut() {
    store_.before_commit = nullptr;
    steps_may_fail_ = false;
    clock_.Advance(JobStepperOptions{}.create_timeout + absl::Seconds(11));
  }
};

TEST_F(JobCreationTest, OurMarkAndTheFilesAreSentAlong) {
  v1::CreateJobRequest request = Request();
  request.mutable_job()->set_validation_dataset("datasets/validation");
  request.mutable_job()->mutable_supervised()->set_n_epochs(4);
  request.mutable_job()->set_seed(7);
  const std::string name = Create(request);
  RunDue();
  ExpectCreatedOnce(name);
  const providers::RemoteJob remote = provider().jobs()[0];
  EXPECT_EQ(remote.metadata.at(std::string(providers::kIntentKey)), GetRecord(name).intent_id());
  EXPECT_EQ(remote.metadata.at("tunegate_job"), name);
  EXPECT_EQ(remote.training_file, provider().files()[0].id);
  EXPECT_EQ(remote.validation_file, provider().files()[1].id);
  EXPECT_EQ(remote.seed, 7);
  EXPECT_EQ(remote.method["supervised"]["hyperparameters"]["n_epochs"].IntegerOr(0), 4);
}

TEST_F(JobCreationTest, AnswerLostAfterAcceptanceIsFoundInTheList) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, JobOnALaterPageOfTheListIsFound) {
  provider().SetPageSize(1);
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  const std::string ours = RemoteId();
  for (int i = 0; i < 3; ++i) provider().AddJob({});
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Get(name).provider_job(), ours);
}

TEST_F(JobCreationTest, RequestLostBeforeAcceptanceIsSentAgainAfterTheSettleTimeOnly) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kNone);
  const std::string name = Create();
  RunFor(kSettleTime - absl::Seconds(1));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  EXPECT_GE(provider().calls("ListJobs"), 10) << "the list is searched all the while";
  EXPECT_TRUE(Get(name).provider_job().empty());
  RunFor(absl::Seconds(3));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobCreationTest, JobThatIsListedLateIsWaitedFor) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  provider().HideJobFromLists(RemoteId(), true);
  RunFor(kSettleTime - absl::Seconds(2));
  EXPECT_TRUE(Get(name).provider_job().empty());
  provider().HideJobFromLists(RemoteId(), false);
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, ProcessThatWasHeldUpBeforeItsRequestDoesNotSendIt) {
  const std::string name = Create();
  store_.before_commit = [&, held_up = false](const store::Transaction& transaction) mutable {
    if (!held_up && transaction.keep_lease && transaction.lease->name == name) {
      held_up = true;
      clock_.Advance(absl::Seconds(10));
    }
    return absl::OkStatus();
  };
  RunDue();
  EXPECT_EQ(provider().calls("CreateJob"), 0);
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, ForeignJobsAreNeverTakenForOurs) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kNone);
  const std::string name = Create();
  RunDue();
  providers::RemoteJob foreign;
  foreign.metadata = {{std::string(providers::kIntentKey), "another intent"}};
  foreign.training_file = provider().files()[0].id;
  provider().AddJob(foreign);
  RunFor(kSettleTime + absl::Seconds(2));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), provider().jobs()[1].id);
}

TEST_F(JobCreationTest, ProviderThatKeepsNoMetadataBlocksWhatIsInDoubt) {
  provider().IgnoreMetadata(true);
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunFor(kSettleTime + absl::Seconds(2));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "PROVIDER_METADATA_UNSUPPORTED");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("tunegate job adopt " + RemoteId()));
  EXPECT_TRUE(NothingIsDue());

  ASSERT_TRUE(Resume(name).ok());  // a person has looked: the job there is not ours
  RunDue();
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), provider().jobs()[1].id);
}

TEST_F(JobCreationTest, ProviderThatKeepsNoMetadataIsNoTroubleWithoutDoubt) {
  provider().IgnoreMetadata(true);
  const std::string name = Create();
  RunDue();
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, ProcessThatDiesBeforeItHeardTheAnswerFindsItsJobAfterwards) {
  DieAfterCreateJob();
  const std::string name = Create();
  RunDue();
  EXPECT_TRUE(GetRecord(name).has_create_intent_time()) << "the intent was committed first";
  EXPECT_TRUE(Get(name).provider_job().empty());
  ReviveWhenTheLeaseHasRunOut();
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, ProcessThatDiesBeforeTheRequestArrivedSendsItAgainAfterTheSettleTime) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kNone);
  DieAfterCreateJob();
  const std::string name = Create();
  RunDue();
  ReviveWhenTheLeaseHasRunOut();
  RunFor(kSettleTime - absl::Seconds(1));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  RunFor(absl::Seconds(3));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobCreationTest, ListThatWasMissingIsSearchedForTheWholeSettleTimeAgain) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  provider().FailNext("ListJobs", FakeProvider::HttpError(503, "", "down"), Effect::kNone, 6);
  const std::string name = Create();
  RunDue();
  provider().HideJobFromLists(RemoteId(), true);
  while (provider().calls("ListJobs") < 7) RunFor(absl::Seconds(1));
  RunFor(kSettleTime - absl::Seconds(5));
  EXPECT_EQ(provider().calls("CreateJob"), 1) << "a provider that comes back may list late";
  provider().HideJobFromLists(RemoteId(), false);
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, DoubtThatWasBlockedIsSearchedForTheWholeSettleTimeAgain) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  provider().FailNext("ListJobs", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  provider().HideJobFromLists(RemoteId(), true);
  RunFor(kSettleTime * 2);
  ASSERT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  ASSERT_TRUE(Resume(name).ok());
  RunFor(kSettleTime - absl::Seconds(5));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
}

TEST_F(JobCreationTest, KeyRejectedWhileSearchingKeepsTheIntent) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  provider().FailNext("ListJobs", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  const std::string name = Create();
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "KEY_REJECTED");
  EXPECT_TRUE(GetRecord(name).has_create_intent_time());
  EXPECT_TRUE(NothingIsDue());

  ASSERT_TRUE(Resume(name).ok());
  RunFor(absl::Seconds(2));
  ExpectCreatedOnce(name);
  EXPECT_FALSE(Get(name).has_failure());
}

TEST_F(JobCreationTest, ListThatIsMissingForLongLeavesTheJobInDoubtAndNotLost) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  provider().FailNext("ListJobs", FakeProvider::HttpError(404, "", "no such page"), Effect::kNone,
                      kLooksForLostJob + 1);
  const std::string name = Create();
  RunFor(absl::Minutes(2));
  ExpectCreatedOnce(name);
}

TEST_F(JobCreationTest, CancelInDoubtIsCarriedOutOnceTheJobIsFound) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunDue();
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(absl::Seconds(8));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
}

TEST_F(JobCreationTest, CancelOfAJobThatNeverArrivedEndsItAfterTheSettleTime) {
  provider().FailNext("CreateJob", FakeProvider::LostAnswer(), Effect::kNone);
  const std::string name = Create();
  RunDue();
  ASSERT_TRUE(Cancel(name).ok());
  RunFor(kSettleTime + absl::Seconds(2));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(provider().calls("CreateJob"), 1);
}

TEST_F(JobCreationTest, BusyProviderIsAskedAgain) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(429, "rate_limit_exceeded", "slow down"),
                      Effect::kNone, 2);
  const std::string name = Create();
  RunFor(absl::Seconds(2));
  EXPECT_EQ(provider().calls("CreateJob"), 2) << "after one second, then after two";
  RunFor(absl::Seconds(2));
  EXPECT_EQ(provider().calls("CreateJob"), 3);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobCreationTest, UnreachableProviderIsAskedAgain) {
  provider().FailNext("CreateJob", FakeProvider::NoConnection());
  const std::string name = Create();
  RunFor(absl::Seconds(2));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(provider().calls("ListJobs"), 0) << "nothing was sent, so nothing is in doubt";
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobCreationTest, ServerErrorLeavesDoubtThatTheSettleTimeEnds) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(500, "", "oops"));
  const std::string name = Create();
  RunFor(kSettleTime - absl::Seconds(1));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  RunFor(absl::Seconds(3));
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobCreationTest, ExhaustedQuotaBlocksUntilResumed) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(429, "insufficient_quota", "pay first"));
  const std::string name = Create();
  RunFor(absl::Minutes(2));
  EXPECT_EQ(provider().calls("CreateJob"), 1);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "QUOTA_EXHAUSTED");
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("tunegate job resume " + name));
  EXPECT_TRUE(NothingIsDue());

  ASSERT_TRUE(Resume(name).ok());
  RunDue();
  EXPECT_EQ(provider().calls("CreateJob"), 2);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  EXPECT_FALSE(Get(name).has_failure());
}

TEST_F(JobCreationTest, RefusedRequestFailsWithTheProvidersWords) {
  provider().FailNext("CreateJob",
                      FakeProvider::HttpError(400, "model_not_found", "no such model"));
  const std::string name = Create();
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().provider_code(), "model_not_found");
  EXPECT_EQ(Get(name).failure().provider_request_id(), "req-fake");
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("no such model"));
  EXPECT_TRUE(NothingIsDue());
}

}  // namespace
}  // namespace tunegate::jobs
