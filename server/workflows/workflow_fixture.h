// WorkflowTest: JobTest's world with evaluations, workflows and a toy task beside the jobs. The
// right answer of "A 17" is A; the model "base" always says A, what was trained ("ft:tuned") reads
// the query, and so does the model "tuned".
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_FIXTURE_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/decisions/certificate_issuer.h"
#include "server/evaluations/run/evaluation_api.h"
#include "server/evaluations/run/evaluation_stepper.h"
#include "server/jobs/job_fixture.h"
#include "server/workflows/workflow_api.h"
#include "server/workflows/workflow_spec.h"
#include "server/workflows/workflow_stepper.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::workflows {

class WorkflowTest : public jobs::JobTest {
 protected:
  WorkflowTest();

  // Examples of the toy task with these queries.
  void AddToyDataset(const std::string& name, v1::Dataset::Split split,
                     const std::vector<std::string>& queries);
  // `count` queries with this ending, half of them "A".
  static std::vector<std::string> Queries(int count, const std::string& ending = "");

  // Train "base" on datasets/toy-train, test on datasets/toy-test (100 examples).
  static v1::Workflow Spec();
  // "workflows/w".
  std::string CreateWorkflow(const v1::Workflow& spec = Spec());
  v1::Workflow GetWorkflow(const std::string& name = "workflows/w");
  absl::Status CancelWorkflow(const std::string& name = "workflows/w");
  absl::Status ResumeWorkflow(const std::string& name = "workflows/w");
  // Until its job is at the provider, and then until it has ended with this model.
  void RunUntilTrained(const std::string& model = "ft:tuned");
  // The state of something by its name.
  std::string StateOf(const std::string& name);

  // What the models say.
  static providers::ChatAnswer Answer(const providers::ChatCall& call);

  // With a key that is no secret.
  decisions::CertificateIssuer issuer_;
  evaluations::EvaluationApi evaluations_;
  evaluations::EvaluationStepper evaluation_stepper_;
  WorkflowStepper workflow_stepper_;
  WorkflowApi workflows_;
};

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_FIXTURE_H_
