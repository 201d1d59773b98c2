#include "server/evaluations/run/evaluation_fixture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/evidence/answers/example.h"
#include "server/datasets/dataset_kind.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_requests.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/stored_report.h"
#include "server/jobs/job_kind.h"
#include "server/store/test_store.h"
#include "server/tasks/task_kind.h"
#include "server/tasks/toy_task.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatAnswer;
using providers::ChatCall;
using providers::FakeProvider;
using resources::Stored;
using tasks::ToyAnswer;

template <typename Record>
void Put(resources::Repository& repository, Stored<Record> stored) {
  store::Transaction transaction;
  repository.Write(transaction, stored, v1::Event::TYPE_CREATED, "made for a test");
  ASSERT_TRUE(repository.store().Commit(std::move(transaction)).ok());
}

}  // namespace

EvaluationFixture::EvaluationFixture()
    : store_(store::OpenTestStore(&clock_)),
      repository_(store_.get(), &clock_),
      provider_(std::make_shared<FakeProvider>(&clock_)),
      providers_({{provider_, true}}),
      pause_(store_.get(), &clock_) {
  Stored<store::v1::TaskRecord> task;
  task.resource() = tasks::ToyTask();
  Put(repository_, std::move(task));
  provider_->OnChat(&EvaluationFixture::Answer);
  options_.commit_interval = absl::Milliseconds(1);
  options_.drain_time = absl::Milliseconds(200);
}

ChatAnswer EvaluationFixture::Answer(const ChatCall& call) {
  const char truth = call.messages.back().second.front();
  return FakeProvider::Answer(ToyAnswer(call.model == "tuned" ? truth : 'A'));
}

std::string EvaluationFixture::AddDataset(int count, v1::Dataset::Split split) {
  std::string jsonl;
  for (int i = 0; i < count; ++i) {
    const char intent = i % 2 == 0 ? 'A' : 'B';
    const std::string query = absl::StrCat(std::string(1, intent), " ", i);
    absl::StrAppend(&jsonl, datasets::WriteExample("", query, ToyAnswer(intent)), "\n");
  }
  Stored<store::v1::DatasetRecord> stored;
  v1::Dataset& dataset = stored.resource();
  dataset.set_name(absl::StrCat("datasets/d", ++datasets_));
  dataset.set_task("tasks/toy");
  dataset.set_split(split);
  dataset.set_state(v1::Dataset::STATE_READY);
  dataset.set_example_count(count);
  dataset.set_sha256(Sha256Hex(jsonl));
  EXPECT_TRUE(store_->PutBlob(dataset.sha256(), jsonl).ok());
  const std::string name = dataset.name();
  Put(repository_, std::move(stored));
  return name;
}

void EvaluationFixture::DeleteDataset(const std::string& name) {
  auto stored = repository_.Get<store::v1::DatasetRecord>(name);
  ASSERT_TRUE(stored.ok()) << stored.status();
  stored->resource().set_state(v1::Dataset::STATE_DELETED);
  Put(repository_, *std::move(stored));
}

void EvaluationFixture::AddJob(const std::string& name, const std::string& model) {
  Stored<store::v1::JobRecord> stored;
  stored.resource().set_name(name);
  stored.resource().set_provider("fake");
  stored.resource().set_state(model.empty() ? v1::Job::STATE_RUNNING : v1::Job::STATE_SUCCEEDED);
  stored.resource().set_fine_tuned_model(model);
  Put(repository_, std::move(stored));
}

v1::Evaluation EvaluationFixture::Spec(int count) {
  v1::Evaluation spec;
  spec.set_dataset(AddDataset(count));
  spec.mutable_baseline()->set_model("base");
  spec.mutable_candidate()->set_model("tuned");
  spec.set_max_concurrency(1);
  spec.set_seed(7);
  return spec;
}

std::string EvaluationFixture::Create(const v1::Evaluation& spec, const std::string& owner) {
  store::Transaction transaction;
  const auto staged =
      StageEvaluation(repository_, providers_, spec, absl::StrCat("evaluations/e", ++evaluations_),
                      owner, {}, transaction);
  EXPECT_TRUE(staged.ok()) << staged.status();
  EXPECT_TRUE(store_->Commit(std::move(transaction)).ok());
  return staged->name;
}

absl::Status EvaluationFixture::Step(const std::string& name) { return StepOver(*store_, name); }

absl::Status EvaluationFixture::StepOver(store::Store& store, const std::string& name) {
  resources::Repository repository(&store, &clock_);
  const admin::WorkPause pause(&store, &clock_);
  EvaluationStepper stepper(&repository, &providers_, &pause, options_);
  const auto claimed = store_->ClaimWork("worker", options_.lease_duration, 100);
  EXPECT_TRUE(claimed.ok()) << claimed.status();
  for (const store::ClaimedWork& work : *claimed) {
    if (work.lease.name == name) return stepper.Step(work.lease, stop_);
  }
  return absl::NotFoundError(absl::StrCat(name, " is not due"));
}

std::vector<std::string> EvaluationFixture::ClaimAll() {
  std::vector<std::string> names;
  const auto claimed = store_->ClaimWork("looker", absl::Seconds(30), 100);
  for (const store::ClaimedWork& work : *claimed) names.push_back(work.lease.name);
  std::sort(names.begin(), names.end());
  return names;
}

store::v1::EvaluationRecord EvaluationFixture::GetRecord(const std::string& name) {
  return repository_.Get<store::v1::EvaluationRecord>(name)->record;
}

v1::Evaluation EvaluationFixture::Get(const std::string& name) {
  return WithReport(*store_, GetRecord(name)).value();
}

std::vector<store::v1::CallRecord> EvaluationFixture::Recorded(const std::string& name) {
  std::vector<store::v1::CallRecord> calls;
  EXPECT_TRUE(ForEachCall(*store_, name, "", [&calls](store::v1::CallRecord& call) {
                calls.push_back(call);
                return absl::OkStatus();
              }).ok());
  return calls;
}

std::vector<v1::Event> EvaluationFixture::EventsOf(const std::string& name, v1::Event::Type type) {
  std::vector<v1::Event> events;
  const auto stored = store_->ReadEvents({.after_position = 0, .max_events = 100'000});
  for (const store::StoredEvent& one : *stored) {
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(one.payload));
    if (one.resource == name && event.type() == type) events.push_back(std::move(event));
  }
  return events;
}

std::map<std::pair<std::string, std::string>, int> EvaluationFixture::Asked() {
  std::map<std::pair<std::string, std::string>, int> asked;
  for (const ChatCall& call : provider_->chat_calls()) {
    ++asked[{call.model, call.messages.back().second}];
  }
  return asked;
}

void EvaluationFixture::Cancel(const std::string& name) {
  EXPECT_TRUE(RequestCancel(repository_, name).ok());
}

void EvaluationFixture::Resume(const std::string& name, const v1::Budget* budget) {
  EXPECT_TRUE(RequestResume(repository_, name, budget).ok());
}

}  // namespace tunegate::evaluations
