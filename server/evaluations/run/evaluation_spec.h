// From what a caller asks for to an evaluation that can run: everything checked, everything that
// could change later frozen. Used by the API and by workflows, so that both make the same ones.
//
//   store::Transaction transaction;
//   TG_RETURN_IF_ERROR(StageEvaluation(repository, providers, spec, name, owner, options,
//                                      transaction).status());
//   ... repository.store().Commit(std::move(transaction)) ...
//
// Frozen are: the policy, completed, with its digest; the models, with `jobs/x` resolved; the
// providers' names; the task's system prompt; the test set's digest; seed and concurrency.
//
// Looks. Every evaluation of a TEST dataset raises its opening_count. Only those with a candidate
// are looks, which spend evidence: `look` is its number among those that asked these questions
// (looks/looks.h), from 1, and stays 0 for a baseline alone and for datasets of other splits. An
// evaluation is a look from its creation on, whatever becomes of it: nobody can know what was seen
// of its answers.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SPEC_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SPEC_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

struct EvaluationOptions {
  int default_concurrency = 8;  // where a spec says none
};

// The evaluation `name`, PENDING, as it would be stored, with the look that it would be now: for
// validate_only. Output-only fields of `spec` are ignored. `owner` is a workflow's name or empty.
//
// INVALID_ARGUMENT: (INVALID_EVALUATION) with all violations under "evaluation.", (INVALID_POLICY).
// NOT_FOUND for a dataset, task or job that there is not. FAILED_PRECONDITION: DATASET_INVALID,
// DATASET_DELETED, JOB_WITHOUT_MODEL.
absl::StatusOr<resources::Stored<store::v1::EvaluationRecord>> NewEvaluation(
    resources::Repository& repository, const providers::ProviderSet& providers,
    const v1::Evaluation& spec, const std::string& name, std::string_view owner,
    const EvaluationOptions& options);

struct StagedEvaluation {
  std::string name;
  // LookWarning: empty unless it is a later look.
  std::string warning = "";
};

// The same, added to `transaction` together with the dataset's opening, the look and the
// evaluation's work. The dataset must be stored already, and not be written by `transaction`
// otherwise. The commit answers ABORTED (REVISION_CHANGED) when the dataset was opened or changed,
// or its questions were looked at, by others at the same time: stage again.
absl::StatusOr<StagedEvaluation> StageEvaluation(resources::Repository& repository,
                                                 const providers::ProviderSet& providers,
                                                 const v1::Evaluation& spec,
                                                 const std::string& name, std::string_view owner,
                                                 const EvaluationOptions& options,
                                                 store::Transaction& transaction);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SPEC_H_
