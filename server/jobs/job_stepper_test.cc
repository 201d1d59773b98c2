// A job from its first file to its end: what the provider tells is recorded, once, and errors on
// the way are outlived.
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::jobs {
namespace {

using providers::FakeProvider;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

class JobStepperTest : public JobTest {
 protected:
  void AddMetrics(int64_t step, double loss) {
    providers::RemoteEvent event;
    event.type = "metrics";
    event.message = "step";
    event.figures = {{"step", step}, {"total_steps", 30}, {"train_loss", loss}};
    provider().AddEvent(RemoteId(), event);
  }
};

TEST_F(JobStepperTest, HappyJobGoesThroughItsStatesToSucceeded) {
  const std::string name = Create();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_PENDING);
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_VALIDATING);
  for (const auto& [status, state] :
       {std::pair("queued", v1::Job::STATE_QUEUED), std::pair("running", v1::Job::STATE_RUNNING)}) {
    provider().SetJobStatus(RemoteId(), status);
    RunFor(kPoll);
    EXPECT_EQ(Get(name).state(), state);
    EXPECT_EQ(Get(name).provider_status(), status);
  }
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  const v1::Job job = Get(name);
  EXPECT_EQ(job.state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_EQ(job.fine_tuned_model(), "ft:fake:1");
  EXPECT_EQ(job.usage().trained_tokens(), 1000);
  EXPECT_TRUE(job.has_end_time());
  EXPECT_TRUE(NothingIsDue());
  EXPECT_TRUE(EventsOf(name).back().terminal());
  EXPECT_THAT(EventsOf(name).back().message(), HasSubstr("ft:fake:1"));
}

TEST_F(JobStepperTest, MetricsBecomeTheLossCurveAndTheProgress) {
  const std::string name = CreateRunning();
  AddMetrics(10, 1.5);
  clock_.Advance(absl::Seconds(1));
  AddMetrics(20, 0.5);
  RunFor(kPoll);
  const v1::Progress progress = Get(name).progress();
  EXPECT_EQ(progress.done(), 20);
  EXPECT_EQ(progress.total(), 30);
  EXPECT_EQ(progress.figures().at("train_loss"), 0.5);
  EXPECT_TRUE(progress.has_estimated_end_time());
  const auto metrics = MetricsOf(name);
  ASSERT_THAT(metrics, SizeIs(2));
  EXPECT_EQ(metrics[0].step(), 10);
  EXPECT_EQ(metrics[0].figures().at("train_loss"), 1.5);
  EXPECT_EQ(metrics[1].step(), 20);
  EXPECT_EQ(EventsOf(name).back().type(), v1::Event::TYPE_PROGRESS);
  EXPECT_THAT(EventsOf(name).back().message(), HasSubstr("step 20/30 loss 0.500"));
}

TEST_F(JobStepperTest, CheckpointsAreKeptAtTheEnd) {
  const std::string name = CreateRunning();
  AddMetrics(29, 0.4);
  RunFor(kPoll);
  provider().AddCheckpoint(RemoteId(), {"ckpt-1", "ft:fake:1:ckpt-10", 10, {{"train_loss", 1.5}}});
  provider().AddCheckpoint(RemoteId(), {"ckpt-2", "ft:fake:1:ckpt-20", 20, {{"train_loss", 0.5}}});
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  const v1::Job job = Get(name);
  ASSERT_EQ(job.checkpoints_size(), 2);
  EXPECT_EQ(job.checkpoints(1).model(), "ft:fake:1:ckpt-20");
  EXPECT_EQ(job.checkpoints(1).step(), 20);
  EXPECT_EQ(job.checkpoints(1).metrics().at("train_loss"), 0.5);
  EXPECT_EQ(job.progress().done(), 30) << "a job that has succeeded is done";
}

TEST_F(JobStepperTest, JobThatTheProviderFailsCarriesItsReason) {
  const std::string name = CreateRunning();
  provider().FailJob(RemoteId(), "invalid_training_file", "line 3 is not JSON");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().reason(), "PROVIDER_JOB_FAILED");
  EXPECT_EQ(Get(name).failure().provider_code(), "invalid_training_file");
  EXPECT_EQ(Get(name).failure().message(), "line 3 is not JSON");
}

TEST_F(JobStepperTest, KeyRejectedWhileTrainingBlocksAndResumeLooksAgain) {
  const std::string name = CreateRunning();
  provider().FailNext("GetJob", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "KEY_REJECTED");
  EXPECT_TRUE(NothingIsDue());
  ASSERT_TRUE(Resume(name).ok());
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(provider().calls("CreateJob"), 1);
}

TEST_F(JobStepperTest, UploadWhoseAnswerWasLostIsNotRepeated) {
  provider().FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kDone);
  const std::string name = Create();
  RunFor(absl::Seconds(10));
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobStepperTest, FileThatIsThereAlreadyIsUsedAgain) {
  const std::string first = Create();
  RunDue();
  const std::string second = Create();
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(provider().jobs()[0].training_file, provider().jobs()[1].training_file);
}

TEST_F(JobStepperTest, RefusedUploadFailsTheJob) {
  provider().FailNext("UploadFile", FakeProvider::HttpError(400, "invalid_file", "too few lines"));
  const std::string name = Create();
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
  EXPECT_EQ(Get(name).failure().provider_code(), "invalid_file");
  EXPECT_EQ(provider().calls("CreateJob"), 0);
}

TEST_F(JobStepperTest, JobWhoseDatasetIsDeletedBeforeItsUploadFailsAndSaysSo) {
  for (const bool done : {false, true}) {
    const std::string dataset = done ? "datasets/deleted" : "datasets/going";
    AddDataset(dataset, v1::Dataset::SPLIT_TRAIN, dataset);
    v1::CreateJobRequest request;
    request.mutable_job()->set_training_dataset(dataset);
    const std::string name = Create(request);
    const auto mark = [&](auto& stored, store::Transaction& transaction) {
      stored.record.set_delete_requested(true);
      if (done) stored.resource().set_state(v1::Dataset::STATE_DELETED);
      repository_.Write(transaction, stored, v1::Event::TYPE_DELETED, "deleted");
      return absl::OkStatus();
    };
    ASSERT_TRUE(repository_.Update<store::v1::DatasetRecord>(dataset, mark).ok());
    RunDue();
    EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
    EXPECT_EQ(Get(name).failure().reason(), "DATASET_DELETED");
    EXPECT_THAT(Get(name).failure().message(), HasSubstr(dataset));
    EXPECT_TRUE(NothingIsDue());
  }
  EXPECT_EQ(provider().calls("UploadFile"), 0);
}

TEST_F(JobStepperTest, DatasetThatIsDeletedWhileItsUploadIsAskedForFailsTheJob) {
  const std::string name = Create();
  store_.before_commit = [&, raced = false](const store::Transaction& transaction) mutable {
    const bool asks = !transaction.puts.empty() &&
                      transaction.puts[0].record.name == "datasets/train" && !transaction.lease;
    if (!asks || raced) return absl::OkStatus();
    raced = true;
    const auto mark = [&](auto& stored, store::Transaction& deletion) {
      stored.record.set_delete_requested(true);
      repository_.Write(deletion, stored, v1::Event::TYPE_UPDATED, "delete asked for");
      return absl::OkStatus();
    };
    return repository_.Update<store::v1::DatasetRecord>("datasets/train", mark).status();
  };
  RunDue();
  EXPECT_EQ(Get(name).failure().reason(), "DATASET_DELETED");
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_FAILED);
}

TEST_F(JobStepperTest, UploadThatNeedsAPersonBlocksAndResumeUploadsAgain) {
  provider().FailNext("UploadFile", FakeProvider::HttpError(401, "invalid_api_key", "wrong key"));
  const std::string name = Create();
  RunDue();
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_THAT(Get(name).failure().remedy(), HasSubstr("tunegate job resume " + name));
  ASSERT_TRUE(Resume(name).ok());
  RunFor(absl::Seconds(10));
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
}

TEST_F(JobStepperTest, OwnerIsWokenWhenItsJobEnds) {
  v1::CreateJobRequest request = Request();
  auto job = NewJob(repository_, providers_, {}, request.job(), "jobs/owned", "workflows/w", "job");
  ASSERT_TRUE(job.ok()) << job.status();
  store::Transaction transaction;
  StageJob(repository_, *job, transaction);
  ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  RunDue();
  EXPECT_THAT(woken_, SizeIs(0));
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_THAT(woken_, ElementsAre("workflows/w"));
}

TEST_F(JobStepperTest, PausedWorkIsBlockedAndGoesOnByItself) {
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  const std::string name = Create();
  RunFor(absl::Seconds(10));
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), admin::kWorkPaused);
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("maintenance"));
  EXPECT_EQ(provider().calls("UploadFile"), 0);
  ASSERT_TRUE(pause_.Set(false, "").ok());
  RunFor(admin::kPausePoll + absl::Seconds(1));
  EXPECT_EQ(Get(name).provider_job(), RemoteId());
  EXPECT_FALSE(Get(name).has_failure());
}

TEST_F(JobStepperTest, PauseOfAllWorkStillFollowsWhatTheProviderTrains) {
  const std::string name = CreateRunning();
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
}

}  // namespace
}  // namespace tunegate::jobs
