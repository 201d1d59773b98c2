#include "server/evaluations/run/evaluation_api.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/results.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_requests.h"
#include "server/evaluations/run/render_report.h"
#include "server/evaluations/run/result_reader.h"
#include "server/evaluations/run/stored_report.h"
#include "server/resources/names.h"
#include "server/resources/page.h"

namespace tunegate::evaluations {
namespace {

using store::v1::EvaluationRecord;

// A page of results fits into a gRPC message: answers may be long.
constexpr size_t kMaxPageBytes = 2 * 1024 * 1024;

}  // namespace

absl::StatusOr<v1::CreateEvaluationResponse> EvaluationApi::CreateEvaluation(
    const rpc::Caller& caller, const v1::CreateEvaluationRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "CreateEvaluation", request);
  v1::CreateEvaluationResponse response;
  TG_ASSIGN_OR_RETURN(const std::string name,
                      resources::MakeName("evaluation_id", "evaluations", request.evaluation_id(),
                                          repository_->clock().Now()));
  if (request.validate_only()) {
    TG_ASSIGN_OR_RETURN(auto made, NewEvaluation(*repository_, *providers_, request.evaluation(),
                                                 name, /*owner=*/"", options_));
    *response.mutable_evaluation() = std::move(made.resource());
    return response;
  }
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  std::string made;
  if (earlier.has_value()) {
    made = *earlier;
  } else {
    TG_ASSIGN_OR_RETURN(made, Create(creation, request.evaluation(), name));
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<EvaluationRecord>(made));
  *response.mutable_evaluation() = std::move(stored.resource());
  return response;
}

absl::StatusOr<std::string> EvaluationApi::Create(const resources::Creation& creation,
                                                  const v1::Evaluation& spec,
                                                  const std::string& name) {
  while (true) {
    store::Transaction transaction;
    TG_RETURN_IF_ERROR(
        StageEvaluation(*repository_, *providers_, spec, name, /*owner=*/"", options_, transaction)
            .status());
    absl::StatusOr<std::string> made =
        repository_->CommitCreation(std::move(transaction), creation, name);
    if (DetailsOf(made.status()).reason != "REVISION_CHANGED") return made;
  }
}

absl::StatusOr<v1::GetEvaluationResponse> EvaluationApi::GetEvaluation(
    const rpc::Caller&, const v1::GetEvaluationRequest& request) {
  TG_ASSIGN_OR_RETURN(const auto stored, repository_->Get<EvaluationRecord>(request.name()));
  v1::GetEvaluationResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_evaluation(),
                      WithReport(repository_->store(), stored.record));
  return response;
}

absl::StatusOr<v1::ListEvaluationsResponse> EvaluationApi::ListEvaluations(
    const rpc::Caller&, const v1::ListEvaluationsRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page,
                      repository_->List<EvaluationRecord>(resources::ListArgumentsOf(request)));
  v1::ListEvaluationsResponse response;
  for (EvaluationRecord& record : page.records) {
    *response.add_evaluations() = std::move(*record.mutable_resource());
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListResultsResponse> EvaluationApi::ListResults(
    const rpc::Caller&, const v1::ListResultsRequest& request) {
  TG_ASSIGN_OR_RETURN(const int page_size, resources::PageSize(request.page_size()));
  TG_ASSIGN_OR_RETURN(const ResultFilter filter, ResultFilter::Parse(request.filter()));
  const std::string bound = absl::StrCat(request.parent(), "\n", request.filter());
  TG_ASSIGN_OR_RETURN(const std::string after,
                      resources::ReadPageToken(request.page_token(), bound));
  TG_ASSIGN_OR_RETURN(const auto stored,
                      repository_->Get<EvaluationRecord>(request.parent(), "parent"));
  TG_ASSIGN_OR_RETURN(const auto reader, ResultReader::Open(*repository_, stored.record));
  v1::ListResultsResponse response;
  std::string last = after;
  size_t bytes = 0;
  const auto take = [&](const v1::Result& result,
                        const std::string& behind) -> absl::StatusOr<bool> {
    if (!filter.Matches(result)) return true;
    bytes += result.ByteSizeLong();
    const bool full = response.results_size() == page_size || bytes > kMaxPageBytes;
    if (full && response.results_size() > 0) {
      response.set_next_page_token(resources::MakePageToken(last, bound));
      return false;
    }
    *response.add_results() = result;
    last = behind;
    return true;
  };
  TG_RETURN_IF_ERROR(reader->Read(after, take));
  return response;
}

absl::StatusOr<EvaluationApi::ReportPieces> EvaluationApi::RenderReport(
    const rpc::Caller&, const v1::RenderReportRequest& request) {
  TG_ASSIGN_OR_RETURN(std::unique_ptr<ReportSpool> made,
                      RenderToSpool(*repository_, request.name(), request.format()));
  const std::shared_ptr<ReportSpool> spool = std::move(made);
  return ReportPieces([spool]() -> absl::StatusOr<std::optional<v1::RenderReportResponse>> {
    TG_ASSIGN_OR_RETURN(std::optional<std::string> piece, spool->Next());
    if (!piece.has_value()) return std::optional<v1::RenderReportResponse>();
    v1::RenderReportResponse response;
    response.set_chunk(*std::move(piece));
    return std::optional<v1::RenderReportResponse>(std::move(response));
  });
}

absl::StatusOr<v1::CancelEvaluationResponse> EvaluationApi::CancelEvaluation(
    const rpc::Caller&, const v1::CancelEvaluationRequest& request) {
  v1::CancelEvaluationResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_evaluation(), RequestCancel(*repository_, request.name()));
  return response;
}

absl::StatusOr<v1::ResumeEvaluationResponse> EvaluationApi::ResumeEvaluation(
    const rpc::Caller&, const v1::ResumeEvaluationRequest& request) {
  v1::ResumeEvaluationResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_evaluation(),
                      RequestResume(*repository_, request.name(),
                                    request.has_budget() ? &request.budget() : nullptr));
  return response;
}

}  // namespace tunegate::evaluations
