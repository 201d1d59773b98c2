#include "server/evaluations/run/batch_step.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

using resources::Stored;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// A batch is lost when its provider denied it for the settle time, with no trouble in between.
void ForgetDenials(EvaluationRecord& record) {
  for (ProviderBatch& batch : *record.mutable_batches()) {
    if (PhaseOf(batch) == BatchPhase::kOpen) batch.clear_settle_until_time();
  }
}

}  // namespace

// What is BLOCKED has a failure, too, and goes on when that is mended.
bool WindsDown(const EvaluationRecord& record) {
  const v1::Evaluation& evaluation = record.resource();
  const bool running = evaluation.state() == v1::Evaluation::STATE_RUNNING;
  return record.cancel_requested() || (running && evaluation.has_failure());
}

absl::StatusOr<providers::Provider*> BatchStep::ProviderOf(const ProviderBatch& batch) const {
  const v1::Evaluation& evaluation = record_.resource();
  const v1::Variant& variant =
      batch.arm() == kCandidate ? evaluation.candidate() : evaluation.baseline();
  absl::StatusOr<providers::Provider*> provider = providers_.Find(variant.provider(), "provider");
  if (provider.ok()) return provider;
  return FailedPrecondition(kProviderNotConfigured, std::string(provider.status().message()));
}

// --- Commits -------------------------------------------------------------------------------------

absl::Status BatchStep::End(absl::Duration delay, v1::Event::Type type, std::string_view message,
                            const Change& change) {
  const auto commit = [&](Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) -> absl::Status {
    transaction.lease = lease_;
    transaction.schedule.push_back({name(), delay});
    stored.record.clear_failed_steps();
    TG_RETURN_IF_ERROR(change(stored.record));
    repository_.Write(transaction, stored, type, message);
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository_.Update<EvaluationRecord>(name(), commit));
  record_ = std::move(stored.record);
  return absl::OkStatus();
}

absl::Status BatchStep::EndQuietly(absl::Duration delay) {
  if (record_.failed_steps() > 0) {
    return End(delay, v1::Event::TYPE_UPDATED, "the provider answers again", NoChange);
  }
  store::Transaction transaction;
  transaction.lease = lease_;
  transaction.schedule.push_back({name(), delay});
  return repository_.store().Commit(std::move(transaction)).status();
}

absl::Status BatchStep::GoOn(absl::Duration hold, v1::Event::Type type, std::string_view message,
                             const Change& change) {
  const auto commit = [&](Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) -> absl::Status {
    transaction.lease = lease_;
    transaction.keep_lease = true;
    transaction.lease_duration = hold;
    TG_RETURN_IF_ERROR(change(stored.record));
    repository_.Write(transaction, stored, type, message);
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository_.Update<EvaluationRecord>(name(), commit));
  record_ = std::move(stored.record);
  return absl::OkStatus();
}

absl::Status BatchStep::GoOn(absl::Duration hold, std::vector<store::Row> rows) {
  store::Transaction transaction;
  transaction.lease = lease_;
  transaction.keep_lease = true;
  transaction.lease_duration = hold;
  transaction.rows = std::move(rows);
  return repository_.store().Commit(std::move(transaction)).status();
}

BatchStep::Change BatchStep::BeginSettling(const std::string& intent_id) const {
  return ChangeOf(intent_id, [this](ProviderBatch& batch) {
    *batch.mutable_settle_until_time() = ToProto(now() + options_.settle_time);
  });
}

// --- Ways to end ---------------------------------------------------------------------------------

// A wish to cancel that came in between wins, but does not end it: what is under way at the
// provider is called off first.
absl::Status BatchStep::Block(const v1::Failure& failure, const Change& change) {
  const auto commit = [&](Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) -> absl::Status {
    transaction.lease = lease_;
    stored.record.clear_failed_steps();
    TG_RETURN_IF_ERROR(change(stored.record));
    v1::Evaluation& evaluation = stored.resource();
    const auto next = NextState(evaluation.state(), EvaluationFact::kBlocked);
    if (!next.has_value() || stored.record.cancel_requested()) {
      transaction.schedule.push_back({name(), absl::ZeroDuration()});
      repository_.Write(transaction, stored, v1::Event::TYPE_UPDATED, failure.message());
      return absl::OkStatus();
    }
    evaluation.set_state(*next);
    *evaluation.mutable_failure() = failure;
    Rest(stored.record, transaction);
    WakeOwner(evaluation, transaction);
    repository_.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED,
                      absl::StrCat("blocked: ", failure.message()));
    return absl::OkStatus();
  };
  return repository_.Update<EvaluationRecord>(name(), commit).status();
}

absl::Status BatchStep::Fail(const v1::Failure& failure, const Change& change) {
  return End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
             absl::StrCat("cannot be done: ", failure.message()),
             [&](EvaluationRecord& record) -> absl::Status {
               TG_RETURN_IF_ERROR(change(record));
               *record.mutable_resource()->mutable_failure() = failure;
               return absl::OkStatus();
             });
}

absl::Status BatchStep::AfterTrouble(const absl::Status& error, std::string_view what,
                                     const Change& change) {
  const std::string message =
      absl::StrCat("could not ", std::string(what), ": ", std::string(error.message()));
  log::Warning("a step of a batch failed", {{"resource", name()}, {"error", message}});
  const bool needs_person = providers::ConsequenceOf(error) == providers::Consequence::kNeedsPerson;
  const int failed_steps = record_.failed_steps() + 1;
  // A provider that comes back from an outage may not know for a while what it knew.
  const auto forget_denials = [&](EvaluationRecord& record) {
    ForgetDenials(record);
    return change(record);
  };
  // What winds down waits for its end, not for a person.
  if (needs_person && !winding_down()) {
    return Block(providers::FailureOf(error, ResumeCommand(name())), forget_denials);
  }
  const absl::Duration delay =
      std::max(options_.poll_interval, providers::TryAgainDelay(error, failed_steps));
  return End(delay, v1::Event::TYPE_UPDATED, message, [&](EvaluationRecord& record) {
    record.set_failed_steps(failed_steps);
    return forget_denials(record);
  });
}

// --- Entries -------------------------------------------------------------------------------------

BatchStep::Change ChangeOf(const std::string& intent_id,
                           std::function<void(ProviderBatch&)> change) {
  return [intent_id, change = std::move(change)](EvaluationRecord& record) -> absl::Status {
    for (ProviderBatch& batch : *record.mutable_batches()) {
      if (batch.intent_id() != intent_id) continue;
      change(batch);
      return absl::OkStatus();
    }
    return Aborted("LEASE_LOST", absl::StrCat("another has ", record.resource().name(),
                                              " now: it put away the batch ", intent_id))
        .Metadata("resource", record.resource().name());
  };
}

void CountMaybeRepeated(Arm arm, int64_t calls, EvaluationRecord& record) {
  if (arm == kCandidate) {
    record.set_candidate_maybe_repeated_calls(record.candidate_maybe_repeated_calls() + calls);
  } else {
    record.set_baseline_maybe_repeated_calls(record.baseline_maybe_repeated_calls() + calls);
  }
}

std::string Describe(const ProviderBatch& batch) {
  return absl::StrCat(batch.call_count(), batch.call_count() == 1 ? " call" : " calls", " to the ",
                      batch.arm() == kCandidate ? "candidate" : "baseline");
}

}  // namespace tunegate::evaluations
