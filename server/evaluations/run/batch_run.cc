#include "server/evaluations/run/batch_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/evaluations/run/batch_submission.h"
#include "server/evaluations/run/batch_twins.h"
#include "server/providers/failure.h"
#include "server/store/store_trouble.h"

namespace tunegate::evaluations {
namespace {

using providers::Provider;
using providers::RemoteBatch;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// A batch is looked at after this share of its age.
constexpr int kPollShare = 10;
// At most two progress events a second.
constexpr absl::Duration kBetweenProgress = absl::Milliseconds(500);
// Our word for a batch that the provider does not know any more.
constexpr std::string_view kLost = "lost";

std::string StatusText(const RemoteBatch& batch) {
  return absl::StrCat(batch.id, ": ", batch.status, ", ", batch.completed + batch.failed, " of ",
                      batch.total);
}

}  // namespace

BatchRun::BatchRun(resources::Repository* repository, const providers::ProviderSet* providers,
                   const EvaluationRecord& record, const store::Lease& lease,
                   const BatchOptions* options)
    : step_(repository, providers, record, lease, options), lease_(lease) {}

absl::Status BatchRun::Go() {
  const absl::Status status = Step();
  if (status.ok() || store::IsStoreTrouble(status)) return status;
  if (DetailsOf(status).reason == kProviderNotConfigured) {
    // A cancelled one ends at once: a provider may be gone for ever.
    if (step_.record().cancel_requested()) TG_RETURN_IF_ERROR(LeaveToTwinLooks(step_));
    return status;
  }
  // It ends at once where nothing is under way.
  if (OpenCount() == 0 && !HasTwinWork(step_.record())) return status;
  if (step_.winding_down()) return step_.AfterTrouble(status, "wind down");
  return step_.Fail(providers::FailureOf(status, ""), BatchStep::NoChange);
}

absl::Status BatchRun::Step() {
  const auto& batches = step_.record().batches();
  const auto in_phase = [&](BatchPhase phase) {
    return std::find_if(batches.begin(), batches.end(), [&](const ProviderBatch& batch) {
      return PhaseOf(batch) == phase && !IsDeferred(batch);
    });
  };
  // An intent is resolved before anything else: there may be a batch that spends money.
  if (const auto doubt = in_phase(BatchPhase::kInDoubt); doubt != batches.end()) {
    return ReconcileBatch(step_, ProviderBatch(*doubt));
  }
  TG_RETURN_IF_ERROR(LookForTwins(step_, TwinLook::kWhenDue));
  TG_RETURN_IF_ERROR(CallOffTwins(step_));
  if (!step_.winding_down()) {
    for (const BatchPhase phase : {BatchPhase::kToCreate, BatchPhase::kToUpload}) {
      if (const auto next = in_phase(phase); next != batches.end()) {
        return Submit(ProviderBatch(*next));
      }
    }
  }
  if (OpenCount() > 0) return Follow();
  if (step_.winding_down()) return Finish();
  const auto deferred = std::find_if(batches.begin(), batches.end(), IsDeferred);
  if (deferred != batches.end()) return Submit(ProviderBatch(*deferred));
  return PlanOrFinish();
}

absl::Status BatchRun::Submit(const ProviderBatch& batch) {
  if (PhaseOf(batch) == BatchPhase::kToCreate) return CreateBatch(step_, batch);
  TG_RETURN_IF_ERROR(LoadBook());
  return UploadBatchFile(step_, *book_, batch);
}

// --- What the provider has -----------------------------------------------------------------------

absl::Status BatchRun::Follow() {
  // Before anything else: an ended batch, or one that cannot be looked at, holds up no other's end.
  if (step_.winding_down()) TG_RETURN_IF_ERROR(CallOffAll());
  std::vector<RemoteBatch> looks;
  const EvaluationRecord record = step_.record();
  for (const ProviderBatch& batch : record.batches()) {
    if (PhaseOf(batch) != BatchPhase::kOpen) continue;
    TG_ASSIGN_OR_RETURN(Provider * provider, step_.ProviderOf(batch));
    absl::StatusOr<RemoteBatch> seen = provider->GetBatch(batch.provider_batch());
    if (absl::IsNotFound(seen.status())) return AfterLoss(batch, seen.status());
    if (!seen.ok()) return step_.AfterTrouble(seen.status(), "look at a batch");
    if (HasEnded(seen->status)) return TakeEnded(batch, *seen);
    looks.push_back(*std::move(seen));
  }
  return TellProgress(looks);
}

absl::Status BatchRun::CallOffAll() {
  const EvaluationRecord record = step_.record();
  for (const ProviderBatch& batch : record.batches()) {
    if (PhaseOf(batch) != BatchPhase::kOpen || batch.status() == kCancelling) continue;
    const absl::StatusOr<Provider*> provider = step_.ProviderOf(batch);
    if (!provider.ok()) continue;
    const absl::StatusOr<RemoteBatch> seen = (*provider)->GetBatch(batch.provider_batch());
    if (!seen.ok() || HasEnded(seen->status)) continue;
    TG_RETURN_IF_ERROR(CallOff(**provider, batch, *seen));
  }
  return absl::OkStatus();
}

absl::Status BatchRun::CallOff(Provider& provider, const ProviderBatch& batch,
                               const RemoteBatch& seen) {
  if (seen.status == kCancelling) return absl::OkStatus();
  const absl::Status asked = provider.CancelBatch(batch.provider_batch()).status();
  if (!asked.ok()) {
    log::Warning("a batch could not be cancelled, and will be tried again",
                 {{"resource", step_.name()}, {"error", std::string(asked.message())}});
    return absl::OkStatus();
  }
  return step_.GoOn(step_.options().lease_duration, v1::Event::TYPE_UPDATED,
                    absl::StrCat("asked the provider to cancel ", batch.provider_batch()),
                    ChangeOf(batch.intent_id(), [](ProviderBatch& kept) {
                      kept.set_status(std::string(kCancelling));
                    }));
}

absl::Status BatchRun::TellProgress(const std::vector<RemoteBatch>& looks) {
  int64_t done = 0;
  bool changed = false;
  std::string message;
  for (const RemoteBatch& seen : looks) {
    done += seen.completed + seen.failed;
    absl::StrAppend(&message, message.empty() ? "" : "; ", StatusText(seen));
  }
  const auto apply = [&](EvaluationRecord& record) {
    for (ProviderBatch& batch : *record.mutable_batches()) {
      for (const RemoteBatch& seen : looks) {
        if (PhaseOf(batch) != BatchPhase::kOpen || batch.provider_batch() != seen.id) continue;
        changed = changed || batch.status() != seen.status || batch.has_settle_until_time();
        batch.set_status(seen.status);
        batch.clear_settle_until_time();
      }
    }
    v1::Evaluation& evaluation = *record.mutable_resource();
    const int64_t before = evaluation.progress().done();
    SetProgress(evaluation, RecordedOf(evaluation), done);
    changed = changed || evaluation.progress().done() != before;
    return absl::OkStatus();
  };
  EvaluationRecord now = step_.record();
  TG_RETURN_IF_ERROR(apply(now));
  if (!changed) return step_.EndQuietly(PollDelay());
  return step_.End(std::max(PollDelay(), kBetweenProgress), v1::Event::TYPE_PROGRESS, message,
                   apply);
}

bool BatchRun::LossIsSure(const ProviderBatch& batch) const {
  return batch.has_settle_until_time() && step_.now() >= FromProto(batch.settle_until_time());
}

// The settle time is that of the batch, or, once the record has an ended status, that of its
// answers: how long the one was denied says nothing about the other.
absl::Status BatchRun::BeginDenial(const ProviderBatch& batch, std::string_view ended,
                                   const absl::Status& error) {
  return step_.End(
      step_.options().poll_interval, v1::Event::TYPE_UPDATED,
      absl::StrCat("the provider does not know ", ended.empty() ? "" : "the answers of ",
                   batch.provider_batch(), " at the moment: ", std::string(error.message())),
      ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
        *kept.mutable_settle_until_time() = ToProto(step_.now() + step_.options().settle_time);
        if (!ended.empty() || HasEnded(kept.status())) kept.set_status(std::string(ended));
      }));
}

absl::Status BatchRun::AfterLoss(const ProviderBatch& batch, const absl::Status& error) {
  const std::string& id = batch.provider_batch();
  if (!batch.has_settle_until_time() || HasEnded(batch.status())) {
    return BeginDenial(batch, "", error);
  }
  if (!LossIsSure(batch)) return step_.EndQuietly(step_.options().poll_interval);
  // A 404 alone may come from something in between; a list that has it proves it wrong.
  TG_ASSIGN_OR_RETURN(Provider * provider, step_.ProviderOf(batch));
  const auto listed = ListAllBatches(*provider);
  if (!listed.ok()) {
    return step_.AfterTrouble(listed.status(), "list the provider's batches");
  }
  const bool there = std::any_of(listed->begin(), listed->end(),
                                 [&](const RemoteBatch& remote) { return remote.id == id; });
  if (there) {
    return step_.End(
        PollDelay(), v1::Event::TYPE_UPDATED, absl::StrCat("the provider lists ", id),
        ChangeOf(batch.intent_id(), [](ProviderBatch& kept) { kept.clear_settle_until_time(); }));
  }
  // If it is there all the same, it must not go on beside the batch that takes its place.
  const absl::Status cancelled = provider->CancelBatch(id).status();
  if (!cancelled.ok() && !absl::IsNotFound(cancelled)) {
    return step_.AfterTrouble(cancelled, "cancel a batch that seems to be lost");
  }
  const bool deleted = DeleteFiles(batch, nullptr);
  const auto lost = ChangeOf(batch.intent_id(),
                             [&](ProviderBatch& kept) { MarkCollected(kept, kLost, deleted); });
  return step_.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
                   absl::StrCat("the provider lost ", id), [&](EvaluationRecord& record) {
                     CountMaybeRepeated(batch.arm(), batch.call_count(), record);
                     return lost(record);
                   });
}

// --- Small things --------------------------------------------------------------------------------

absl::Status BatchRun::LoadBook() {
  if (book_.has_value()) return absl::OkStatus();
  TG_ASSIGN_OR_RETURN(inputs_, LoadInputs(step_.repository(), step_.providers(), step_.record()));
  book_.emplace(inputs_.get(), &step_.options().prices);
  return book_->Load(step_.repository().store(), step_.name());
}

absl::Duration BatchRun::PollDelay() const {
  absl::Time oldest = step_.now();
  for (const ProviderBatch& batch : step_.record().batches()) {
    if (PhaseOf(batch) != BatchPhase::kOpen) continue;
    oldest = std::min(oldest, FromProto(batch.create_intent_time()));
  }
  const BatchOptions& options = step_.options();
  const absl::Duration longest = std::max(options.poll_interval, options.longest_poll);
  return std::clamp((step_.now() - oldest) / kPollShare, options.poll_interval, longest);
}

int BatchRun::OpenCount() const {
  const auto& batches = step_.record().batches();
  return static_cast<int>(std::count_if(
      batches.begin(), batches.end(),
      [](const ProviderBatch& batch) { return PhaseOf(batch) == BatchPhase::kOpen; }));
}

}  // namespace tunegate::evaluations
