// EvaluationApi: the methods of EvaluationService, without gRPC.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_API_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_API_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/evaluations/run/evaluation_spec.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// Thread-safe; blocks on the store. What it is given is not owned. Errors as evaluation.proto says.
class EvaluationApi {
 public:
  EvaluationApi(resources::Repository* repository, const providers::ProviderSet* providers,
                EvaluationOptions options)
      : repository_(repository), providers_(providers), options_(options) {}

  absl::StatusOr<v1::CreateEvaluationResponse> CreateEvaluation(
      const rpc::Caller& caller, const v1::CreateEvaluationRequest& request);
  absl::StatusOr<v1::GetEvaluationResponse> GetEvaluation(const rpc::Caller& caller,
                                                          const v1::GetEvaluationRequest& request);
  absl::StatusOr<v1::ListEvaluationsResponse> ListEvaluations(
      const rpc::Caller& caller, const v1::ListEvaluationsRequest& request);
  absl::StatusOr<v1::ListResultsResponse> ListResults(const rpc::Caller& caller,
                                                      const v1::ListResultsRequest& request);
  absl::StatusOr<v1::CancelEvaluationResponse> CancelEvaluation(
      const rpc::Caller& caller, const v1::CancelEvaluationRequest& request);
  absl::StatusOr<v1::ResumeEvaluationResponse> ResumeEvaluation(
      const rpc::Caller& caller, const v1::ResumeEvaluationRequest& request);

  // The report's pieces, one a call; nullopt ends it.
  using ReportPieces = std::function<absl::StatusOr<std::optional<v1::RenderReportResponse>>()>;
  absl::StatusOr<ReportPieces> RenderReport(const rpc::Caller& caller,
                                            const v1::RenderReportRequest& request);

 private:
  // Makes the evaluation `name`, again while others open the dataset at the same time.
  absl::StatusOr<std::string> Create(const resources::Creation& creation,
                                     const v1::Evaluation& spec, const std::string& name);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const EvaluationOptions options_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_API_H_
