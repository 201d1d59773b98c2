#include "server/evaluations/run/run_end.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/admin/work_pause.h"
#include "server/evaluations/run/batch_window.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

using resources::Stored;
using store::v1::EvaluationRecord;

std::optional<EvaluationFact> FactOf(RunEnd::Kind kind) {
  switch (kind) {
    case RunEnd::Kind::kFinished:
      return EvaluationFact::kSucceeded;
    case RunEnd::Kind::kStopped:
      return std::nullopt;
    case RunEnd::Kind::kCancelled:
      return EvaluationFact::kCancelled;
    case RunEnd::Kind::kBlocked:
    case RunEnd::Kind::kPaused:
    case RunEnd::Kind::kUnreachable:
      return EvaluationFact::kBlocked;
    case RunEnd::Kind::kFailed:
      return EvaluationFact::kFailed;
  }
  return std::nullopt;
}

// "candidate 0.960" for every arm that has a figure.
std::string Accuracies(const v1::Progress& progress) {
  std::string text;
  for (const char* arm : {"baseline", "candidate"}) {
    const auto figure = progress.figures().find(absl::StrCat(arm, "_accuracy"));
    if (figure == progress.figures().end()) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    absl::StrFormat("%s %.3f", arm, figure->second));
  }
  return text;
}

std::string MessageOf(const v1::Evaluation& evaluation) {
  const v1::Progress& progress = evaluation.progress();
  const std::string calls = absl::StrCat(progress.done(), " of ", progress.total(), " calls");
  switch (evaluation.state()) {
    case v1::Evaluation::STATE_SUCCEEDED:
      return absl::StrCat("accuracy: ", Accuracies(progress));
    case v1::Evaluation::STATE_BLOCKED:
      return absl::StrCat("blocked after ", calls, ": ", evaluation.failure().message());
    case v1::Evaluation::STATE_FAILED:
      return absl::StrCat("failed after ", calls, ": ", evaluation.failure().message());
    case v1::Evaluation::STATE_CANCELLED:
      return absl::StrCat("cancelled after ", calls);
    default:
      return absl::StrCat(calls, "; goes on when the server is back");
  }
}

// Counts a look for a provider in vain, or ends the outage where something else has come of it:
// that is told as if it had run all the time.
void KeepOutage(RunEnd::Kind kind, EvaluationRecord& record) {
  if (kind == RunEnd::Kind::kUnreachable) {
    store::v1::ProviderOutage& outage = *record.mutable_provider_outage();
    outage.set_tries(outage.tries() + 1);
  } else if (kind != RunEnd::Kind::kStopped && kind != RunEnd::Kind::kPaused) {
    EndOutage(record);
  }
}

// What happens to the work itself.
void Settle(const EvaluationRecord& record, RunEnd::Kind kind, absl::Duration try_again,
            store::Transaction& transaction) {
  const std::string& name = record.resource().name();
  if (kind == RunEnd::Kind::kStopped) {
    transaction.schedule.push_back({name, absl::ZeroDuration()});
  } else if (kind == RunEnd::Kind::kPaused) {
    transaction.schedule.push_back({name, admin::kPausePoll});
  } else if (kind == RunEnd::Kind::kUnreachable) {
    transaction.schedule.push_back({name, try_again});
  } else {
    Rest(record, transaction);
  }
}

void SetState(const RunEnd& end, v1::Evaluation::State state, v1::Evaluation& evaluation) {
  evaluation.set_state(state);
  evaluation.mutable_progress()->clear_estimated_end_time();
  evaluation.clear_failure();
  const bool told = state == v1::Evaluation::STATE_BLOCKED || state == v1::Evaluation::STATE_FAILED;
  if (told) *evaluation.mutable_failure() = end.failure;
}

}  // namespace

absl::Status CommitEnd(resources::Repository& repository, const store::Lease& lease,
                       const RunEnd& end, const FillEnd& fill) {
  const auto change = [&](Stored<EvaluationRecord>& stored, store::Transaction& transaction) {
    transaction.lease = lease;
    v1::Evaluation& evaluation = stored.resource();
    fill(stored.record, transaction);
    const bool cancelled = stored.record.cancel_requested() && end.kind != RunEnd::Kind::kStopped;
    const RunEnd::Kind kind = cancelled ? RunEnd::Kind::kCancelled : end.kind;
    KeepOutage(kind, stored.record);
    stored.record.clear_failed_steps();
    const std::optional<EvaluationFact> fact = FactOf(kind);
    const auto next = fact.has_value() ? NextState(evaluation.state(), *fact) : std::nullopt;
    const int tries = stored.record.provider_outage().tries();
    Settle(stored.record, kind, providers::TryAgainDelay(end.cause, tries), transaction);
    if (next.has_value()) {
      SetState(end, *next, evaluation);
      WakeOwner(evaluation, transaction);
      repository.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED, MessageOf(evaluation));
    } else if (end.kind == RunEnd::Kind::kStopped) {
      repository.Write(transaction, stored, v1::Event::TYPE_PROGRESS, MessageOf(evaluation));
    } else if (stored.record.has_provider_outage()) {
      repository.WriteQuietly(transaction, stored);
    }
    return absl::OkStatus();
  };
  return repository.Update<EvaluationRecord>(lease.name, change).status();
}

void Rest(const EvaluationRecord& record, store::Transaction& transaction) {
  const std::string& name = record.resource().name();
  if (HasTwinWork(record)) {
    transaction.schedule.push_back({name, absl::ZeroDuration()});
  } else {
    transaction.finish.push_back(name);
  }
}

bool EndOutage(EvaluationRecord& record) {
  if (!record.has_provider_outage()) return false;
  record.clear_provider_outage();
  v1::Evaluation& evaluation = *record.mutable_resource();
  const auto next = NextState(evaluation.state(), EvaluationFact::kResumed);
  if (!next.has_value()) return false;
  evaluation.set_state(*next);
  evaluation.clear_failure();
  return true;
}

void WakeOwner(const v1::Evaluation& evaluation, store::Transaction& transaction) {
  if (evaluation.owner().empty()) return;
  transaction.schedule.push_back({evaluation.owner(), absl::ZeroDuration()});
}

std::string ResumeCommand(const std::string& evaluation) {
  return absl::StrCat("tunegate eval resume ", evaluation);
}

}  // namespace tunegate::evaluations
