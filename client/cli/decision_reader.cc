#include "client/cli/decision_reader.h"

#include <utility>

#include "client/cli/session.h"
#include "client/client.h"
#include "common/errors.h"

namespace tunegate::cli {

DecisionView ReadAround(client::Client& client, v1::Decision decision) {
  DecisionView view;
  view.decision = std::move(decision);
  v1::GetEvaluationRequest evaluation;
  evaluation.set_name(view.decision.evaluation());
  auto found = client.Call(evaluation);
  if (!found.ok()) return view;
  view.evaluation = std::move(*found->mutable_evaluation());
  v1::GetDatasetRequest dataset;
  dataset.set_name(view.evaluation->dataset());
  if (auto test = client.Call(dataset); test.ok()) {
    view.dataset = std::move(*test->mutable_dataset());
  }
  return view;
}

absl::StatusOr<DecisionView> ReadDecision(client::Client& client, const std::string& name) {
  v1::GetDecisionRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(v1::GetDecisionResponse response, client.Call(request));
  return ReadAround(client, std::move(*response.mutable_decision()));
}

void ShowDecision(Session& session, const google::protobuf::Message& response,
                  const DecisionView& view) {
  if (session.json()) {
    session.PrintJson(response);
    return;
  }
  PrintDecision(session.out(), session.terminal(), view);
  PrintVerdict(session.out(), view.decision.effective_verdict());
}

}  // namespace tunegate::cli
