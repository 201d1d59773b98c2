#include "server/decisions/decision_service.h"

#include "server/decisions/decision_api.h"
#include "server/rpc/dispatcher.h"
#include "tunegate/v1/decision.grpc.pb.h"

namespace tunegate::decisions {
namespace {

class DecisionServiceImpl final : public v1::DecisionService::CallbackService {
 public:
  DecisionServiceImpl(DecisionApi* api, rpc::Dispatcher* dispatcher)
      : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(CreateDecision)
  TG_GET_RPC(GetDecision)
  TG_UNARY_RPC(ListDecisions)
  TG_UNARY_RPC(OverrideDecision)
  TG_UNARY_RPC(GetDecisionCertificate)
  TG_UNARY_RPC(ForecastDecision)

 private:
  DecisionApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewDecisionService(DecisionApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<DecisionServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::decisions
