// DecisionApi: the methods of DecisionService, without gRPC; and how a workflow makes a decision.
#ifndef TUNEGATE_SERVER_DECISIONS_DECISION_API_H_
#define TUNEGATE_SERVER_DECISIONS_DECISION_API_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/decisions/certificate_issuer.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/decision.pb.h"

namespace tunegate::decisions {

// Judges an evaluation by `policy` (where it sets nothing: by the one that was frozen with it) and
// adds the decision to `transaction`, with its certificate unless `issuer` is null. `spec` gives
// evaluation, policy, display_name and labels. Errors as CreateDecision; the commit answers ABORTED
// when another decision was certified meanwhile (ChainMoved): then stage it anew.
absl::StatusOr<resources::Stored<store::v1::DecisionRecord>> StageDecision(
    resources::Repository& repository, const CertificateIssuer* issuer, const v1::Decision& spec,
    const std::string& name, std::string_view owner, store::Transaction& transaction);

// "GO", "NO_GO" or "INCONCLUSIVE".
std::string VerdictText(v1::Decision::Verdict verdict);

// Thread-safe; blocks on the store. Errors as decision.proto says.
class DecisionApi {
 public:
  // Neither is owned. Without an issuer decisions are not signed.
  DecisionApi(resources::Repository* repository, const CertificateIssuer* issuer)
      : repository_(repository), issuer_(issuer) {}

  absl::StatusOr<v1::CreateDecisionResponse> CreateDecision(
      const rpc::Caller& caller, const v1::CreateDecisionRequest& request);
  absl::StatusOr<v1::GetDecisionResponse> GetDecision(const rpc::Caller& caller,
                                                      const v1::GetDecisionRequest& request);
  // GetDecision's answer where it is in memory; does not block.
  bool Peek(const v1::GetDecisionRequest& request, v1::GetDecisionResponse& response);
  absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(const rpc::Caller& caller,
                                                          const v1::ListDecisionsRequest& request);
  absl::StatusOr<v1::OverrideDecisionResponse> OverrideDecision(
      const rpc::Caller& caller, const v1::OverrideDecisionRequest& request);
  absl::StatusOr<v1::GetDecisionCertificateResponse> GetDecisionCertificate(
      const rpc::Caller& caller, const v1::GetDecisionCertificateRequest& request);
  absl::StatusOr<v1::ForecastDecisionResponse> ForecastDecision(
      const rpc::Caller& caller, const v1::ForecastDecisionRequest& request);

 private:
  absl::StatusOr<std::string> CommitDecision(const v1::Decision& spec,
                                             const resources::Creation& creation,
                                             const std::string& name);

  resources::Repository* repository_;
  const CertificateIssuer* issuer_;
};

}  // namespace tunegate::decisions

#endif  // TUNEGATE_SERVER_DECISIONS_DECISION_API_H_
