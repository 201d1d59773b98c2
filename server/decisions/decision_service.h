// DecisionService over gRPC.
#ifndef TUNEGATE_SERVER_DECISIONS_DECISION_SERVICE_H_
#define TUNEGATE_SERVER_DECISIONS_DECISION_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::decisions {

class DecisionApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewDecisionService(DecisionApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_SERVER_DECISIONS_DECISION_SERVICE_H_
