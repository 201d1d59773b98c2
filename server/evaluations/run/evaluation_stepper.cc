#include "server/evaluations/run/evaluation_stepper.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/run/batch_run.h"
#include "server/evaluations/run/batch_twins.h"
#include "server/evaluations/run/batch_window.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_run.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/evaluations/run/run_end.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/providers/failure.h"
#include "server/store/store_trouble.h"

namespace tunegate::evaluations {
namespace {

using store::v1::EvaluationRecord;

const auto kNothingToFill = [](EvaluationRecord&, store::Transaction&) {};

std::string Manner(const v1::Evaluation& evaluation) {
  if (evaluation.mode() == v1::Evaluation::MODE_BATCH) return "in batches";
  return absl::StrCat(evaluation.max_concurrency(), " at a time");
}

// What an evaluation that cannot begin, or cannot be reported, ends with.
RunEnd EndOf(const std::string& name, const absl::Status& status) {
  RunEnd end{RunEnd::Kind::kFailed, providers::FailureOf(status, "")};
  const bool damaged =
      end.failure.reason() == kLedgerMismatch || end.failure.reason() == "STORE_CORRUPT";
  end.failure.set_remedy(damaged ? "restore the data directory from a backup, or evaluate anew"
                                 : "mend the dataset or the task, and evaluate anew");
  if (end.failure.reason() == kProviderNotConfigured) {
    end.kind = RunEnd::Kind::kBlocked;
    end.failure.set_remedy(
        absl::StrCat("configure the provider, restart the server, then  ", ResumeCommand(name)));
  }
  return end;
}

}  // namespace

absl::Status EvaluationStepper::Step(const store::Lease& lease, const runner::StopSignal& stop) {
  TG_ASSIGN_OR_RETURN(const auto stored, repository_->Get<EvaluationRecord>(lease.name));
  const v1::Evaluation& evaluation = stored.resource();
  if (IsTerminal(evaluation.state())) return AtRest(lease, stored.record);
  if (!WindsDown(stored.record)) {
    TG_ASSIGN_OR_RETURN(const admin::PauseState pause, pause_->Read());
    if (pause.paused) {
      BatchStep twins(repository_, providers_, stored.record, lease, &batch_options_);
      TG_RETURN_IF_ERROR(TendTwins(twins));
      const RunEnd paused{RunEnd::Kind::kPaused, admin::WorkPause::FailureFor(pause)};
      return CommitEnd(*repository_, lease, paused, kNothingToFill);
    }
    // It begins again when the provider answers.
    const bool waits_for_provider = stored.record.has_provider_outage();
    const bool waits_for_person = evaluation.state() == v1::Evaluation::STATE_BLOCKED &&
                                  evaluation.failure().reason() != admin::kWorkPaused;
    if (waits_for_person && !waits_for_provider) return AtRest(lease, stored.record);
    if (!waits_for_provider) TG_RETURN_IF_ERROR(Begin(lease));
  }
  const absl::Status status = Run(lease, stop);
  if (status.ok() || store::IsStoreTrouble(status)) return status;
  return CommitEnd(*repository_, lease, EndOf(lease.name, status), kNothingToFill);
}

absl::Status EvaluationStepper::Begin(const store::Lease& lease) {
  const auto change = [&](resources::Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    transaction.lease_duration = options_.lease_duration;
    v1::Evaluation& evaluation = stored.resource();
    const auto fact = evaluation.state() == v1::Evaluation::STATE_PENDING
                          ? EvaluationFact::kStarted
                          : EvaluationFact::kResumed;
    const auto next = NextState(evaluation.state(), fact);
    if (!next.has_value()) return absl::OkStatus();
    evaluation.set_state(*next);
    evaluation.clear_failure();
    WakeOwner(evaluation, transaction);
    repository_->Write(
        transaction, stored, v1::Event::TYPE_STATE_CHANGED,
        absl::StrCat("asks ", evaluation.progress().total(), " calls, ", Manner(evaluation)));
    return absl::OkStatus();
  };
  return repository_->Update<EvaluationRecord>(lease.name, change).status();
}

absl::Status EvaluationStepper::AtRest(const store::Lease& lease, const EvaluationRecord& record) {
  BatchStep twins(repository_, providers_, record, lease, &batch_options_);
  TG_RETURN_IF_ERROR(TendTwins(twins));
  if (HasTwinWork(twins.record())) return twins.EndQuietly(batch_options_.longest_poll);
  store::Transaction transaction;
  transaction.lease = lease;
  transaction.finish.push_back(lease.name);
  return repository_->store().Commit(std::move(transaction)).status();
}

absl::Status EvaluationStepper::Run(const store::Lease& lease, const runner::StopSignal& stop) {
  // As it stands now that it has begun.
  TG_ASSIGN_OR_RETURN(const auto stored, repository_->Get<EvaluationRecord>(lease.name));
  const EvaluationRecord& record = stored.record;
  if (stored.resource().mode() == v1::Evaluation::MODE_BATCH) {
    return BatchRun(repository_, providers_, record, lease, &batch_options_).Go();
  }
  TG_ASSIGN_OR_RETURN(const std::unique_ptr<const RunInputs> inputs,
                      LoadInputs(*repository_, *providers_, record));
  EvaluationRun run(repository_, pause_, inputs.get(), record, lease, &stop, &options_);
  return run.Go();
}

}  // namespace tunegate::evaluations
