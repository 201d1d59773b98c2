#include "server/sandbox/jobs/job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

class JobStoreTest : public ::testing::Test {
 protected:
  JobStoreTest() {
    RemoveAll(directory_);
    store_ = Open();
    id_ = store_->Create(Job())->id;
  }
  std::unique_ptr<JobStore> Open() { return *JobStore::Open(directory_, clock_); }

  const std::string directory_ = ::testing::TempDir() + "/job_store_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
  std::unique_ptr<JobStore> store_;
  std::string id_;
};

TEST_F(JobStoreTest, ForbiddenTransitionsChangeNothing) {
  const auto job = store_->Transition(id_, JobStatus::kSucceeded,
                                      [](Job& changed) { changed.fine_tuned_model = "x"; });
  EXPECT_TRUE(absl::IsFailedPrecondition(job.status()));
  EXPECT_EQ(store_->Get(id_)->status, JobStatus::kValidatingFiles);
  EXPECT_EQ(store_->Get(id_)->fine_tuned_model, "");
}

TEST_F(JobStoreTest, EndingSetsTheTimeAndForgetsTheEstimate) {
  ASSERT_TRUE(store_->Transition(id_, JobStatus::kQueued).ok());
  ASSERT_TRUE(store_->Transition(id_, JobStatus::kRunning).ok());
  ASSERT_TRUE(store_->Update(id_, [](Job& job) { job.estimated_finish = 5; }).ok());
  clock_.Advance(absl::Seconds(9));
  ASSERT_TRUE(store_->Transition(id_, JobStatus::kCancelled).ok());
  EXPECT_EQ(store_->Get(id_)->finished_at, 1009);
  EXPECT_FALSE(store_->Get(id_)->estimated_finish.has_value());
  EXPECT_FALSE(store_->Update(id_, [](Job&) {}).ok());
}

TEST_F(JobStoreTest, EverythingSurvivesARestart) {
  ASSERT_TRUE(store_->AddEvent(id_, "info", "first").ok());
  ASSERT_TRUE(store_->AddEvent(id_, "info", "second", json::Object({{"step", 1}})).ok());
  ASSERT_TRUE(store_->AddCheckpoint(id_, "m", 7, json::Object()).ok());
  const std::string newer = store_->Create(Job())->id;
  store_ = Open();
  const auto events = *store_->EventsNewestFirst(id_);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["message"].String(), "second");
  EXPECT_EQ(events[0]["type"].String(), "metrics");
  EXPECT_EQ(events[1]["type"].String(), "message");
  EXPECT_EQ((*store_->CheckpointsNewestFirst(id_))[0]["step_number"].IntegerOr(0), 7);
  EXPECT_EQ(store_->NewestFirst().front().id, newer);
}

TEST_F(JobStoreTest, ALineThatAKillCutIsDropped) {
  ASSERT_TRUE(store_->AddEvent(id_, "info", "whole").ok());
  ASSERT_TRUE(AppendToFile(directory_ + "/" + id_ + ".events.jsonl", "{\"mess").ok());
  store_ = Open();
  ASSERT_TRUE(store_->AddEvent(id_, "info", "next").ok());
  store_ = Open();
  EXPECT_EQ(store_->EventsNewestFirst(id_)->size(), 2u);
}

TEST_F(JobStoreTest, RemovedJobsAreUnknownAndLeaveNoFiles) {
  ASSERT_TRUE(store_->AddEvent(id_, "info", "x").ok());
  store_->Remove(id_);
  EXPECT_TRUE(absl::IsNotFound(store_->Get(id_).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->AddEvent(id_, "info", "x")));
  EXPECT_TRUE(ListDirectory(directory_, "")->empty());
}

TEST_F(JobStoreTest, WaitingEndsWithTheChangeOrTheEnd) {
  EXPECT_FALSE(store_->WaitForChange(id_, JobStatus::kValidatingFiles, absl::ZeroDuration()));
  EXPECT_TRUE(store_->WaitForChange(id_, JobStatus::kRunning, absl::InfiniteDuration()));
  std::thread other([&] { (void)store_->Transition(id_, JobStatus::kQueued); });
  EXPECT_TRUE(store_->WaitForChange(id_, JobStatus::kValidatingFiles, absl::Hours(1)));
  other.join();
  store_->StopWaiting();
  EXPECT_FALSE(store_->WaitForChange(id_, JobStatus::kQueued, absl::Hours(1)));
}

}  // namespace
}  // namespace tunegate::sandbox
