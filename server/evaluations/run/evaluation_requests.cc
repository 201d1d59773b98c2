#include "server/evaluations/run/evaluation_requests.h"

#include <utility>

#include "common/errors.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/evaluations/run/run_end.h"
#include "server/pricing/budget.h"

namespace tunegate::evaluations {
namespace {

using resources::Stored;
using store::v1::EvaluationRecord;

std::string StateText(const v1::Evaluation& evaluation) {
  return v1::Evaluation::State_Name(evaluation.state()).substr(sizeof("STATE_") - 1);
}

}  // namespace

absl::StatusOr<v1::Evaluation> RequestCancel(resources::Repository& repository,
                                             const std::string& name) {
  const auto ask = [&](Stored<EvaluationRecord>& stored,
                       store::Transaction& transaction) -> absl::Status {
    v1::Evaluation& evaluation = stored.resource();
    if (IsTerminal(evaluation.state())) {
      return resources::WrongState(name, StateText(evaluation), "still at work");
    }
    const auto next = NextState(evaluation.state(), EvaluationFact::kCancelRequested);
    if (!next.has_value()) return absl::OkStatus();  // asked for already
    stored.record.set_cancel_requested(true);
    evaluation.set_state(*next);
    repository.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED, "cancel asked for");
    transaction.schedule.push_back({name, absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository.Update<EvaluationRecord>(name, ask));
  return std::move(stored.resource());
}

absl::StatusOr<v1::Evaluation> RequestResume(resources::Repository& repository,
                                             const std::string& name, const v1::Budget* budget) {
  if (budget != nullptr) TG_RETURN_IF_ERROR(pricing::CheckBudget(*budget, "budget"));
  const auto resume = [&](Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) -> absl::Status {
    v1::Evaluation& evaluation = stored.resource();
    const auto next = NextState(evaluation.state(), EvaluationFact::kResumed);
    if (!next.has_value()) {
      return resources::WrongState(name, StateText(evaluation), "BLOCKED");
    }
    evaluation.set_state(*next);
    evaluation.clear_failure();
    stored.record.clear_provider_outage();
    if (budget != nullptr) *evaluation.mutable_budget() = *budget;
    repository.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED, "resumed");
    transaction.schedule.push_back({name, absl::ZeroDuration()});
    WakeOwner(evaluation, transaction);
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository.Update<EvaluationRecord>(name, resume));
  return std::move(stored.resource());
}

}  // namespace tunegate::evaluations
