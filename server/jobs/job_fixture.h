// JobTest: a job's whole world in memory and one SQLite directory: a fake clock, a fake provider,
// and the steppers of jobs and datasets, whose steps are made one after the other on the test's
// thread.
//
//   const std::string job = Create();
//   RunDue();                                   // everything that is due now
//   provider().SetJobStatus(RemoteId(), "running");
//   RunFor(absl::Seconds(5));                   // and what becomes due in five seconds
//   EXPECT_EQ(Get(job).state(), v1::Job::STATE_RUNNING);
#ifndef TUNEGATE_SERVER_JOBS_JOB_FIXTURE_H_
#define TUNEGATE_SERVER_JOBS_JOB_FIXTURE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/admin/work_pause.h"
#include "server/datasets/dataset_stepper.h"
#include "server/jobs/job_api.h"
#include "server/jobs/job_stepper.h"
#include "server/providers/fake_provider.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

// How often the provider is asked for a job.
inline constexpr absl::Duration kPoll = JobStepperOptions{}.poll_interval;

// Lets a test act, or fail, just before a commit.
class HookedStore final : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override;

  // Asked before each commit; what is not OK is answered in its place.
  std::function<absl::Status(const store::Transaction&)> before_commit;
};

class JobTest : public testing::Test {
 protected:
  JobTest();

  // A training and a validation dataset with bytes are there: datasets/train, datasets/validation.
  void AddDataset(const std::string& name, v1::Dataset::Split split, std::string bytes);
  // A request that NewJob takes.
  static v1::CreateJobRequest Request();
  // Creates a job; returns its name.
  std::string Create(const v1::CreateJobRequest& request = Request());
  // Creates one, and lets the provider train it; returns its name.
  std::string CreateRunning();
  v1::Job Get(const std::string& name);
  store::v1::JobRecord GetRecord(const std::string& name);
  // Everything that was logged about it.
  std::vector<v1::Event> EventsOf(const std::string& name);
  std::vector<v1::JobMetric> MetricsOf(const std::string& name);
  std::vector<v1::ProviderEvent> ProviderEventsOf(const std::string& name);

  absl::Status Cancel(const std::string& name);
  absl::Status Pause(const std::string& name);
  absl::Status Resume(const std::string& name);

  // Makes the steps that are due, until none is; a step that fails is a failure of the test, unless
  // the test expects it (as when a process dies): then it stays due for when its lease has run out.
  void RunDue();
  // The same while the clock moves, second by second.
  void RunFor(absl::Duration time);
  // True when nothing will ever be due by itself.
  bool NothingIsDue();

  providers::FakeProvider& provider() { return *provider_; }
  // The provider's id of its only job.
  std::string RemoteId();

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> real_store_;
  HookedStore store_;
  std::shared_ptr<providers::FakeProvider> provider_;
  providers::ProviderSet providers_;
  resources::Repository repository_;
  admin::WorkPause pause_;
  JobApi api_;
  datasets::DatasetStepper dataset_stepper_;
  JobStepper job_stepper_;
  // By kind; the tests of other rooms add theirs.
  std::map<std::string, runner::Stepper*, std::less<>> steppers_;
  bool steps_may_fail_ = false;
  // Work of kinds without a stepper that was scheduled: workflows that were woken.
  std::vector<std::string> woken_;
};

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_FIXTURE_H_
