// EvaluationService over gRPC.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SERVICE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::evaluations {

class EvaluationApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewEvaluationService(EvaluationApi* api,
                                                    rpc::Dispatcher* dispatcher);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_SERVICE_H_
