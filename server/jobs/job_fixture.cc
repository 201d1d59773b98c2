#include "server/jobs/job_fixture.h"

#include <utility>

#include "common/digest.h"
#include "common/errors.h"
#include "server/datasets/dataset_kind.h"
#include "server/jobs/job_kind.h"

namespace tunegate::jobs {
namespace {

using store::v1::DatasetRecord;
using store::v1::JobRecord;

// More steps at one time than any test needs: something schedules itself without end.
constexpr int kTooManySteps = 200;

class NeverStopping final : public runner::StopSignal {
 public:
  bool Stopping() const override { return false; }
};

}  // namespace

absl::StatusOr<store::CommitResult> HookedStore::Commit(store::Transaction transaction) {
  if (before_commit) {
    // Moved out while it runs: what it commits itself must not ask it again.
    auto hook = std::exchange(before_commit, nullptr);
    const absl::Status status = hook(transaction);
    if (!before_commit) before_commit = std::move(hook);
    TG_RETURN_IF_ERROR(status);
  }
  return ForwardingStore::Commit(std::move(transaction));
}

JobTest::JobTest()
    : real_store_(store::OpenTestStore(&clock_)),
      store_(real_store_.get()),
      provider_(std::make_shared<providers::FakeProvider>(&clock_)),
      providers_(std::vector<providers::ConfiguredProvider>{{provider_, /*sandbox=*/false}}),
      repository_(&store_, &clock_),
      pause_(&store_, &clock_),
      api_(&repository_, &providers_, JobDefaults{}),
      dataset_stepper_(&repository_, &providers_),
      job_stepper_(&repository_, &providers_, &pause_, JobStepperOptions{}),
      steppers_({{"datasets", &dataset_stepper_}, {"jobs", &job_stepper_}}) {
  AddDataset("datasets/train", v1::Dataset::SPLIT_TRAIN, "{\"messages\":[]}\n");
  AddDataset("datasets/validation", v1::Dataset::SPLIT_VALIDATION, "{\"messages\":[1]}\n");
  AddDataset("datasets/test", v1::Dataset::SPLIT_TEST, "{\"messages\":[2]}\n");
}

void JobTest::AddDataset(const std::string& name, v1::Dataset::Split split, std::string bytes) {
  resources::Stored<DatasetRecord> stored;
  v1::Dataset& dataset = stored.resource();
  dataset.set_name(name);
  dataset.set_task("tasks/product_intent");
  dataset.set_split(split);
  dataset.set_state(v1::Dataset::STATE_READY);
  dataset.set_sha256(Sha256Hex(bytes));
  dataset.set_size_bytes(static_cast<int64_t>(bytes.size()));
  dataset.set_example_count(1);
  dataset.set_token_estimate(1000);
  ASSERT_TRUE(store_.PutBlob(dataset.sha256(), bytes).ok());
  store::Transaction transaction;
  repository_.Write(transaction, stored, v1::Event::TYPE_CREATED, "made");
  ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
}

v1::CreateJobRequest JobTest::Request() {
  v1::CreateJobRequest request;
  request.mutable_job()->set_training_dataset("datasets/train");
  return request;
}

std::string JobTest::Create(const v1::CreateJobRequest& request) {
  const auto response = api_.CreateJob({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->job().name() : "jobs/none";
}

JobRecord JobTest::GetRecord(const std::string& name) {
  const auto stored = repository_.Get<JobRecord>(name);
  EXPECT_TRUE(stored.ok()) << stored.status();
  return stored.ok() ? stored->record : JobRecord();
}

std::string JobTest::CreateRunning() {
  const std::string name = Create();
  RunDue();
  provider().SetJobStatus(RemoteId(), "running");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_RUNNING);
  return name;
}

v1::Job JobTest::Get(const std::string& name) { return GetRecord(name).resource(); }

std::vector<v1::Event> JobTest::EventsOf(const std::string& name) {
  std::vector<v1::Event> events;
  const auto stored = store_.ReadEvents({});
  EXPECT_TRUE(stored.ok()) << stored.status();
  for (const store::StoredEvent& entry : *stored) {
    if (entry.resource != name) continue;
    EXPECT_TRUE(events.emplace_back().ParseFromString(entry.payload));
  }
  return events;
}

std::vector<v1::JobMetric> JobTest::MetricsOf(const std::string& name) {
  v1::ListJobMetricsRequest request;
  request.set_parent(name);
  const auto response = api_.ListJobMetrics({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return {response->metrics().begin(), response->metrics().end()};
}

std::vector<v1::ProviderEvent> JobTest::ProviderEventsOf(const std::string& name) {
  v1::ListProviderEventsRequest request;
  request.set_parent(name);
  const auto response = api_.ListProviderEvents({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return {response->provider_events().begin(), response->provider_events().end()};
}

absl::Status JobTest::Cancel(const std::string& name) {
  v1::CancelJobRequest request;
  request.set_name(name);
  return api_.CancelJob({}, request).status();
}

absl::Status JobTest::Pause(const std::string& name) {
  v1::PauseJobRequest request;
  request.set_name(name);
  return api_.PauseJob({}, request).status();
}

absl::Status JobTest::Resume(const std::string& name) {
  v1::ResumeJobRequest request;
  request.set_name(name);
  return api_.ResumeJob({}, request).status();
}

void JobTest::RunDue() {
  const NeverStopping stop;
  for (int steps = 0; steps < kTooManySteps; ++steps) {
    const auto claimed = store_.ClaimWork("test", absl::Seconds(30), 1);
    ASSERT_TRUE(claimed.ok()) << claimed.status();
    if (claimed->empty()) return;
    const store::Lease& lease = claimed->front().lease;
    const auto stepper = steppers_.find(store::KindOf(lease.name));
    absl::Status status;
    if (stepper != steppers_.end()) {
      status = stepper->second->Step(lease, stop);
    } else {
      woken_.push_back(lease.name);
      store::Transaction transaction;
      transaction.lease = lease;
      transaction.finish.push_back(lease.name);
      status = store_.Commit(std::move(transaction)).status();
    }
    ASSERT_TRUE(status.ok() || steps_may_fail_) << lease.name << ": " << status;
  }
  FAIL() << "work is due again and again without delay";
}

void JobTest::RunFor(absl::Duration time) {
  RunDue();
  for (absl::Duration passed; passed < time; passed += absl::Seconds(1)) {
    clock_.Advance(absl::Seconds(1));
    RunDue();
    if (HasFatalFailure()) return;
  }
}

bool JobTest::NothingIsDue() {
  const auto due = store_.NextDue();
  EXPECT_TRUE(due.ok()) << due.status();
  return due.ok() && !due->has_value();
}

std::string JobTest::RemoteId() {
  const auto jobs = provider_->jobs();
  EXPECT_EQ(jobs.size(), 1u);
  return jobs.empty() ? "" : jobs.front().id;
}

}  // namespace tunegate::jobs
