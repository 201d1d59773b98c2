#include "server/decisions/decision_api.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/evidence/verdict/decide.h"
#include "common/evidence/verdict/policy.h"
#include "common/proto_time.h"
#include "common/utf8.h"
#include "server/decisions/decision_kind.h"
#include "server/decisions/forecast.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/stored_report.h"
#include "server/resources/names.h"
#include "server/tasks/task_api.h"

namespace tunegate::decisions {
namespace {

using resources::Repository;
using resources::Stored;
using store::v1::DecisionRecord;
using store::v1::EvaluationRecord;

constexpr size_t kMaxReason = 2000;

std::string Headline(const v1::Decision& decision) {
  return absl::StrCat(VerdictText(decision.effective_verdict()), ": ", decision.explanation());
}

// The policy to judge by: the caller's, completed, or the frozen one.
absl::StatusOr<v1::Policy> PolicyFor(Repository& repository, const v1::Decision& spec,
                                     const v1::Evaluation& evaluation) {
  if (!spec.has_policy()) return evaluation.policy();
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(repository, evaluation.task(), "decision.evaluation"));
  TG_RETURN_IF_ERROR(ValidatePolicy(spec.policy(), &task, "decision.policy"));
  return CompletePolicy(spec.policy(), &task);
}

}  // namespace

std::string VerdictText(v1::Decision::Verdict verdict) {
  return v1::Decision::Verdict_Name(verdict).substr(sizeof("VERDICT_") - 1);
}

absl::StatusOr<Stored<DecisionRecord>> StageDecision(
    Repository& repository, const CertificateIssuer* issuer, const v1::Decision& spec,
    const std::string& name, std::string_view owner, store::Transaction& transaction) {
  TG_RETURN_IF_ERROR(resources::CheckCommonFields(spec, "decision"));
  TG_ASSIGN_OR_RETURN(const Stored<EvaluationRecord> evaluation,
                      repository.Get<EvaluationRecord>(spec.evaluation(), "decision.evaluation"));
  TG_ASSIGN_OR_RETURN(const v1::Evaluation measured,
                      evaluations::WithReport(repository.store(), evaluation.record));
  DecideInput input;
  input.evaluation = &measured;
  TG_ASSIGN_OR_RETURN(input.policy, PolicyFor(repository, spec, measured));
  TG_ASSIGN_OR_RETURN(v1::Decision decided, Decide(input));
  Stored<DecisionRecord> stored;
  stored.resource() = std::move(decided);
  stored.resource().set_name(name);
  stored.resource().set_owner(std::string(owner));
  stored.resource().set_display_name(spec.display_name());
  *stored.resource().mutable_labels() = spec.labels();
  stored.resource().set_look(measured.look());
  if (issuer != nullptr) {
    TG_RETURN_IF_ERROR(issuer->Issue(repository, evaluation.record, measured.report(),
                                     stored.resource(), transaction));
  }
  repository.Write(transaction, stored, v1::Event::TYPE_CREATED, Headline(stored.resource()));
  return stored;
}

absl::StatusOr<v1::CreateDecisionResponse> DecisionApi::CreateDecision(
    const rpc::Caller& caller, const v1::CreateDecisionRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "CreateDecision", request);
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  v1::CreateDecisionResponse response;
  std::string made;
  if (earlier.has_value()) {
    made = *earlier;
  } else {
    TG_ASSIGN_OR_RETURN(const std::string name,
                        resources::MakeName("decision_id", "decisions", request.decision_id(),
                                            repository_->clock().Now()));
    if (request.validate_only()) {
      store::Transaction unused;
      TG_ASSIGN_OR_RETURN(const auto decision,
                          StageDecision(*repository_, nullptr, request.decision(), name,
                                        /*owner=*/"", unused));
      *response.mutable_decision() = decision.resource();
      return response;
    }
    TG_ASSIGN_OR_RETURN(made, CommitDecision(request.decision(), creation, name));
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<DecisionRecord>(made));
  *response.mutable_decision() = std::move(stored.resource());
  return response;
}

absl::StatusOr<std::string> DecisionApi::CommitDecision(const v1::Decision& spec,
                                                        const resources::Creation& creation,
                                                        const std::string& name) {
  while (true) {
    store::Transaction transaction;
    TG_RETURN_IF_ERROR(
        StageDecision(*repository_, issuer_, spec, name, /*owner=*/"", transaction).status());
    absl::StatusOr<std::string> made =
        repository_->CommitCreation(std::move(transaction), creation, name);
    // Another decision took its place in the chain first: this one comes behind it.
    if (!ChainMoved(made.status())) return made;
  }
}

absl::StatusOr<v1::GetDecisionResponse> DecisionApi::GetDecision(
    const rpc::Caller&, const v1::GetDecisionRequest& request) {
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<DecisionRecord>(request.name()));
  v1::GetDecisionResponse response;
  *response.mutable_decision() = std::move(stored.resource());
  return response;
}

bool DecisionApi::Peek(const v1::GetDecisionRequest& request, v1::GetDecisionResponse& response) {
  return repository_->Peek<DecisionRecord>(request.name(), *response.mutable_decision());
}

absl::StatusOr<v1::ListDecisionsResponse> DecisionApi::ListDecisions(
    const rpc::Caller&, const v1::ListDecisionsRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page,
                      repository_->List<DecisionRecord>(resources::ListArgumentsOf(request)));
  v1::ListDecisionsResponse response;
  for (DecisionRecord& record : page.records) {
    *response.add_decisions() = std::move(*record.mutable_resource());
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::OverrideDecisionResponse> DecisionApi::OverrideDecision(
    const rpc::Caller& caller, const v1::OverrideDecisionRequest& request) {
  if (request.verdict() != v1::Decision::VERDICT_GO &&
      request.verdict() != v1::Decision::VERDICT_NO_GO) {
    return InvalidField("verdict", "must be VERDICT_GO or VERDICT_NO_GO");
  }
  if (request.reason().empty() || CodePointCount(request.reason()) > kMaxReason) {
    return InvalidField("reason", "is required, with at most 2000 characters: it is kept for ever");
  }
  const auto override_it = [&](Stored<DecisionRecord>& stored,
                               store::Transaction& transaction) -> absl::Status {
    v1::Decision& decision = stored.resource();
    TG_RETURN_IF_ERROR(resources::CheckEtag(request.name(), request.etag(), decision.etag()));
    v1::Decision::Override& entry = *decision.add_overrides();
    entry.set_verdict(request.verdict());
    entry.set_reason(request.reason());
    entry.set_actor(caller.authenticated || request.actor().empty() ? caller.name
                                                                    : request.actor());
    *entry.mutable_time() = ToProto(repository_->clock().Now());
    decision.set_effective_verdict(request.verdict());
    repository_->Write(transaction, stored, v1::Event::TYPE_UPDATED,
                       absl::StrCat("overridden to ", VerdictText(request.verdict()), " by ",
                                    entry.actor(), ": ", request.reason()));
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored,
                      repository_->Update<DecisionRecord>(request.name(), override_it));
  v1::OverrideDecisionResponse response;
  *response.mutable_decision() = std::move(stored.resource());
  return response;
}

absl::StatusOr<v1::GetDecisionCertificateResponse> DecisionApi::GetDecisionCertificate(
    const rpc::Caller&, const v1::GetDecisionCertificateRequest& request) {
  TG_RETURN_IF_ERROR(repository_->Get<DecisionRecord>(request.name()).status());
  v1::GetDecisionCertificateResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_certificate(),
                      ReadCertificateOf(*repository_, request.name()));
  return response;
}

absl::StatusOr<v1::ForecastDecisionResponse> DecisionApi::ForecastDecision(
    const rpc::Caller&, const v1::ForecastDecisionRequest& request) {
  TG_RETURN_IF_ERROR(ValidatePolicy(request.policy(), nullptr));
  ForecastInput input;
  input.policy = CompletePolicy(request.policy(), nullptr);
  input.baseline_accuracy = request.baseline_accuracy();
  if (request.has_expected_gain()) input.gain = request.expected_gain();
  if (request.has_discordance()) input.discordance = request.discordance();
  input.example_count = request.example_count();
  v1::ForecastDecisionResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_forecast(), decisions::ForecastDecision(input));
  return response;
}

}  // namespace tunegate::decisions
