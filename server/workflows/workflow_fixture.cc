#include "server/workflows/workflow_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/certificate/signature.h"
#include "server/datasets/dataset_kind.h"
#include "server/tasks/task_kind.h"
#include "server/tasks/toy_task.h"

namespace tunegate::workflows {
namespace {

using tasks::ToyAnswer;

WorkflowDefaults Defaults() {
  WorkflowDefaults defaults;
  defaults.jobs.base_model = "base";
  return defaults;
}

evaluations::StepperOptions FastCommits() {
  evaluations::StepperOptions options;
  options.commit_interval = absl::Milliseconds(1);
  options.drain_time = absl::Milliseconds(200);
  return options;
}

}  // namespace

WorkflowTest::WorkflowTest()
    : issuer_(*certificates::SigningKey::FromSeed(std::string(certificates::kKeyBytes, 'k'))),
      evaluations_(&repository_, &providers_, {}),
      evaluation_stepper_(&repository_, &providers_, &pause_, FastCommits()),
      workflow_stepper_(&repository_, &providers_, &api_, &evaluations_, &issuer_, Defaults()),
      workflows_(&repository_, &providers_, Defaults()) {
  steppers_["evaluations"] = &evaluation_stepper_;
  steppers_["workflows"] = &workflow_stepper_;
  resources::Stored<store::v1::TaskRecord> task;
  task.resource() = tasks::ToyTask();
  store::Transaction transaction;
  repository_.Write(transaction, task, v1::Event::TYPE_CREATED, "made");
  EXPECT_TRUE(store_.Commit(std::move(transaction)).ok());
  AddToyDataset("datasets/toy-train", v1::Dataset::SPLIT_TRAIN, Queries(20, " train"));
  AddToyDataset("datasets/toy-test", v1::Dataset::SPLIT_TEST, Queries(100));
  provider().OnChat(&WorkflowTest::Answer);
}

providers::ChatAnswer WorkflowTest::Answer(const providers::ChatCall& call) {
  const char truth = call.messages.back().second.front();
  const bool learnt = call.model.find("tuned") != std::string::npos;
  return providers::FakeProvider::Answer(ToyAnswer(learnt ? truth : 'A'));
}

std::vector<std::string> WorkflowTest::Queries(int count, const std::string& ending) {
  std::vector<std::string> queries;
  for (int i = 0; i < count; ++i) {
    queries.push_back(absl::StrCat(i % 2 == 0 ? "A " : "B ", i, ending));
  }
  return queries;
}

void WorkflowTest::AddToyDataset(const std::string& name, v1::Dataset::Split split,
                                 const std::vector<std::string>& queries) {
  std::string jsonl;
  for (const std::string& query : queries) {
    absl::StrAppend(&jsonl, datasets::WriteExample("", query, ToyAnswer(query.front())), "\n");
  }
  resources::Stored<store::v1::DatasetRecord> stored;
  v1::Dataset& dataset = stored.resource();
  dataset.set_name(name);
  dataset.set_task("tasks/toy");
  dataset.set_split(split);
  dataset.set_state(v1::Dataset::STATE_READY);
  dataset.set_example_count(static_cast<int64_t>(queries.size()));
  dataset.set_token_estimate(1000);
  dataset.set_sha256(Sha256Hex(jsonl));
  dataset.set_size_bytes(static_cast<int64_t>(jsonl.size()));
  EXPECT_TRUE(store_.PutBlob(dataset.sha256(), jsonl).ok());
  store::Transaction transaction;
  repository_.Write(transaction, stored, v1::Event::TYPE_CREATED, "made");
  EXPECT_TRUE(store_.Commit(std::move(transaction)).ok());
}

v1::Workflow WorkflowTest::Spec() {
  v1::Workflow spec;
  spec.set_task("tasks/toy");
  spec.set_training_dataset("datasets/toy-train");
  spec.set_test_dataset("datasets/toy-test");
  return spec;
}

std::string WorkflowTest::CreateWorkflow(const v1::Workflow& spec) {
  v1::CreateWorkflowRequest request;
  *request.mutable_workflow() = spec;
  request.set_workflow_id("w");
  const auto response = workflows_.CreateWorkflow({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->workflow().name() : "";
}

v1::Workflow WorkflowTest::GetWorkflow(const std::string& name) {
  v1::GetWorkflowRequest request;
  request.set_name(name);
  const auto response = workflows_.GetWorkflow({}, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->workflow() : v1::Workflow();
}

absl::Status WorkflowTest::CancelWorkflow(const std::string& name) {
  v1::CancelWorkflowRequest request;
  request.set_name(name);
  return workflows_.CancelWorkflow({}, request).status();
}

absl::Status WorkflowTest::ResumeWorkflow(const std::string& name) {
  v1::ResumeWorkflowRequest request;
  request.set_name(name);
  return workflows_.ResumeWorkflow({}, request).status();
}

void WorkflowTest::RunUntilTrained(const std::string& model) {
  RunDue();
  ASSERT_FALSE(provider().jobs().empty());
  provider().SucceedJob(provider().jobs().back().id, model);
  RunFor(absl::Seconds(6));
}

std::string WorkflowTest::StateOf(const std::string& name) {
  const auto record = store_.Get(name);
  return record.ok() ? record->state : std::string(record.status().message());
}

}  // namespace tunegate::workflows
