#include "server/sandbox/jobs/job_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// 20 examples, two words to tell apart.
std::string TrainingData() {
  std::string data;
  for (int i = 0; i < 20; ++i) {
    const std::string label = i % 2 == 0 ? "perro" : "gato";
    data += R"({"messages":[{"role":"user","content":"un )" + label + " " + std::to_string(i) +
            R"("},{"role":"assistant","content":")" + label + "\"}]}\n";
  }
  return data;
}

class JobEngineTest : public ::testing::Test {
 protected:
  JobEngineTest() {
    RemoveAll(directory_);
    Start();
    training_ = files_->Create("t.jsonl", "fine-tune", TrainingData())->id;
  }

  // As a process does when it starts, on what the last one left.
  void Start(absl::Duration pace = absl::ZeroDuration()) {
    files_ = *FileStore::Open(directory_ + "/files", clock_);
    models_ = *ModelStore::Open(directory_ + "/models", clock_);
    jobs_ = *JobStore::Open(directory_ + "/jobs", clock_);
    engine_ = std::make_unique<JobEngine>(*jobs_, *files_, *models_, clock_);
    engine_->SetPace(pace);
    engine_->ResumeUnfinished();
  }
  void Restart(absl::Duration pace = absl::ZeroDuration()) {
    engine_.reset();
    Start(pace);
  }

  std::string Create(const std::function<void(Job&)>& change = nullptr) {
    Job job;
    job.model = "sandbox-keyword-1";
    job.training_file = training_;
    job.hyperparameters = {2, 1, 2.0};
    if (change != nullptr) change(job);
    return engine_->Create(job)->id;
  }

  Job WaitUntil(const std::string& id, JobStatus wanted) {
    for (;;) {
      const Job job = *jobs_->Get(id);
      if (job.status == wanted || IsFinished(job.status)) return job;
      jobs_->WaitForChange(id, job.status, absl::InfiniteDuration());
    }
  }
  // Waits for the first metrics event.
  void WaitForStep(const std::string& id) {
    while (Steps(id).empty()) jobs_->WaitForChange(id, JobStatus::kRunning, absl::Milliseconds(1));
  }

  std::vector<std::string> Messages(const std::string& id) {
    std::vector<std::string> messages;
    const std::vector<json::Value> events = *jobs_->EventsNewestFirst(id);
    for (const json::Value& event : events) {
      if (event["type"].String() == "message") {
        messages.insert(messages.begin(), event["message"].String());
      }
    }
    return messages;
  }
  std::vector<int64_t> Steps(const std::string& id) {
    std::vector<int64_t> steps;
    const std::vector<json::Value> events = *jobs_->EventsNewestFirst(id);
    for (const json::Value& event : events) {
      if (event["type"].String() == "metrics") {
        steps.insert(steps.begin(), event["data"]["step"].IntegerOr(0));
      }
    }
    return steps;
  }
  static std::vector<int64_t> UpTo(int64_t last) {
    std::vector<int64_t> steps;
    for (int64_t step = 1; step <= last; ++step) steps.push_back(step);
    return steps;
  }

  const std::string directory_ = ::testing::TempDir() + "/job_engine_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<ModelStore> models_;
  std::unique_ptr<JobStore> jobs_;
  std::unique_ptr<JobEngine> engine_;
  std::string training_;
};

TEST_F(JobEngineTest, JobTrainsAModelThatAnswers) {
  const std::string id = Create([&](Job& job) { job.validation_file = training_; });
  const Job job = WaitUntil(id, JobStatus::kSucceeded);
  ASSERT_EQ(job.status, JobStatus::kSucceeded) << json::Write(job.error);
  EXPECT_GT(job.trained_tokens, 0);
  const auto model = *models_->Find(job.fine_tuned_model);
  EXPECT_EQ(model->Respond("mi gato", {})[0].value, json::Value("gato"));
  EXPECT_EQ(Steps(id), UpTo(40));
  EXPECT_EQ(jobs_->CheckpointsNewestFirst(id)->size(), 2u);
  EXPECT_TRUE(models_->Find(job.CheckpointName(20)).ok());
}

TEST_F(JobEngineTest, ResultFileHasEveryStep) {
  const Job job = WaitUntil(Create(), JobStatus::kSucceeded);
  std::string csv;
  ASSERT_EQ(job.result_files.size(), 1u);
  ASSERT_TRUE(absl::Base64Unescape(*files_->Content(job.result_files[0]), &csv));
  EXPECT_THAT(csv, StartsWith("step,train_loss,train_accuracy,valid_loss,"
                              "valid_mean_token_accuracy\n1,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 41);
}

TEST_F(JobEngineTest, EventsAreWordedAsTheServiceDoes) {
  const std::string id = Create();
  WaitUntil(id, JobStatus::kSucceeded);
  engine_.reset();  // the last events come after the last status
  EXPECT_THAT(
      Messages(id),
      ElementsAre("Created fine-tuning job: " + id, "Validating training file: " + training_,
                  "Files validated, moving job to queued state", "Fine-tuning job started",
                  "Checkpoint created at step 20", "Checkpoint created at step 40",
                  "New fine-tuned model created", "The job has successfully completed"));
}

TEST_F(JobEngineTest, AutoIsDecidedWhenTrainingStarts) {
  const Job job = WaitUntil(Create([](Job& j) { j.hyperparameters = {}; }), JobStatus::kSucceeded);
  EXPECT_EQ(job.hyperparameters.n_epochs, 3);
  EXPECT_EQ(job.hyperparameters.batch_size, 1);
}

TEST_F(JobEngineTest, BadDataFailsTheJobAndNamesTheLine) {
  const std::string bad = files_->Create("b", "fine-tune", TrainingData() + "{\n")->id;
  const Job job = WaitUntil(Create([&](Job& j) { j.training_file = bad; }), JobStatus::kSucceeded);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_EQ(job.error["code"].String(), "invalid_training_file");
  EXPECT_EQ(job.error["param"].String(), "training_file");
  EXPECT_THAT(job.error["message"].String(), HasSubstr("Line 21"));
}

TEST_F(JobEngineTest, TooFewExamplesFailTheJob) {
  const std::string few =
      files_->Create("b", "fine-tune", TrainingData().substr(0, TrainingData().size() / 3))->id;
  const Job job = WaitUntil(Create([&](Job& j) { j.training_file = few; }), JobStatus::kSucceeded);
  EXPECT_EQ(job.error["code"].String(), "invalid_training_file");
}

TEST_F(JobEngineTest, BadValidationFileIsToldApart) {
  const std::string bad = files_->Create("b", "fine-tune", "{}")->id;
  const Job job =
      WaitUntil(Create([&](Job& j) { j.validation_file = bad; }), JobStatus::kSucceeded);
  EXPECT_EQ(job.error["code"].String(), "invalid_validation_file");
}

TEST_F(JobEngineTest, DivergedTrainingFailsTheJob) {
  const Job job = WaitUntil(Create([](Job& j) {
                              j.hyperparameters = {2, 1, 1e30};
                            }),
                            JobStatus::kSucceeded);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_EQ(job.error["code"].String(), "training_diverged");
}

TEST_F(JobEngineTest, CancelledJobStopsAndStaysCancelled) {
  engine_->SetPace(absl::Hours(1));
  const std::string id = Create();
  WaitUntil(id, JobStatus::kRunning);
  EXPECT_EQ(engine_->Cancel(id)->status, JobStatus::kCancelled);
  EXPECT_EQ(DetailsOf(engine_->Cancel(id).status()).reason, "invalid_job_status");
  engine_.reset();  // returns although a step would have lasted an hour
  EXPECT_EQ(jobs_->Get(id)->status, JobStatus::kCancelled);
}

TEST_F(JobEngineTest, PausedJobGoesOnWhereItWas) {
  engine_->SetPace(absl::Milliseconds(100));
  const std::string id = Create();
  WaitForStep(id);
  ASSERT_EQ(engine_->Pause(id)->status, JobStatus::kPaused);
  EXPECT_FALSE(engine_->Pause(id).ok());
  engine_->SetPace(absl::ZeroDuration());
  ASSERT_TRUE(engine_->Resume(id).ok());
  EXPECT_EQ(WaitUntil(id, JobStatus::kSucceeded).status, JobStatus::kSucceeded);
  EXPECT_EQ(Steps(id), UpTo(40));  // each once
  EXPECT_FALSE(engine_->Resume(id).ok());
}

TEST_F(JobEngineTest, JobUnderWayAtARestartEndsAsIfNothingHadBeen) {
  const std::string undisturbed = Create();
  WaitUntil(undisturbed, JobStatus::kSucceeded);
  engine_->SetPace(absl::Milliseconds(100));
  const std::string id = Create();
  WaitForStep(id);
  Restart();
  EXPECT_EQ(WaitUntil(id, JobStatus::kSucceeded).status, JobStatus::kSucceeded);
  EXPECT_EQ(Steps(id), UpTo(40));
  const auto loss = [&](const std::string& job) {
    return (*jobs_->CheckpointsNewestFirst(job))[0]["metrics"]["train_loss"].NumberOr(-1);
  };
  EXPECT_EQ(loss(id), loss(undisturbed));
}

TEST_F(JobEngineTest, PausedJobStaysPausedOverARestart) {
  engine_->SetPace(absl::Hours(1));
  const std::string id = Create();
  WaitUntil(id, JobStatus::kRunning);
  ASSERT_TRUE(engine_->Pause(id).ok());
  Restart();
  EXPECT_EQ(jobs_->Get(id)->status, JobStatus::kPaused);
  ASSERT_TRUE(engine_->Resume(id).ok());
  EXPECT_EQ(WaitUntil(id, JobStatus::kSucceeded).status, JobStatus::kSucceeded);
}

TEST_F(JobEngineTest, ModelsSurviveARestart) {
  const Job job = WaitUntil(Create(), JobStatus::kSucceeded);
  Restart();
  const auto model = models_->Find(job.fine_tuned_model);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->Respond("perro", {})[0].value, json::Value("perro"));
}

TEST_F(JobEngineTest, FaultsFailOrHideAJob) {
  const Job failed = WaitUntil(Create([](Job& job) {
                                 job.fault.fail_at_step = 3;
                                 job.fault.code = "exploded";
                               }),
                               JobStatus::kSucceeded);
  EXPECT_EQ(failed.status, JobStatus::kFailed);
  EXPECT_EQ(failed.error["code"].String(), "exploded");
  const std::string vanishing = Create([](Job& job) { job.fault.vanish_at_step = 3; });
  while (jobs_->Get(vanishing).ok()) {
    jobs_->WaitForChange(vanishing, JobStatus::kRunning, absl::Milliseconds(10));
  }
  EXPECT_TRUE(absl::IsNotFound(engine_->Cancel(vanishing).status()));
}

}  // namespace
}  // namespace tunegate::sandbox
