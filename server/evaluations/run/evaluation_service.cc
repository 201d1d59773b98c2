#include "server/evaluations/run/evaluation_service.h"

#include "server/evaluations/run/evaluation_api.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/streams.h"
#include "tunegate/v1/evaluation.grpc.pb.h"

namespace tunegate::evaluations {
namespace {

class EvaluationServiceImpl final : public v1::EvaluationService::CallbackService {
 public:
  EvaluationServiceImpl(EvaluationApi* api, rpc::Dispatcher* dispatcher)
      : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(CreateEvaluation)
  TG_UNARY_RPC(GetEvaluation)
  TG_UNARY_RPC(ListEvaluations)
  TG_UNARY_RPC(ListResults)
  TG_UNARY_RPC(CancelEvaluation)
  TG_UNARY_RPC(ResumeEvaluation)

  grpc::ServerWriteReactor<v1::RenderReportResponse>* RenderReport(
      grpc::CallbackServerContext* context, const v1::RenderReportRequest* request) override {
    using Stream = rpc::SourceStream<v1::RenderReportResponse>;
    using Source = rpc::Source<v1::RenderReportResponse>;
    return new Stream(
        context, dispatcher_, *request,
        [api = api_, request = *request](const rpc::Caller& caller) -> absl::StatusOr<Source> {
          return api->RenderReport(caller, request);
        });
  }

 private:
  EvaluationApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewEvaluationService(EvaluationApi* api,
                                                    rpc::Dispatcher* dispatcher) {
  return std::make_unique<EvaluationServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::evaluations
