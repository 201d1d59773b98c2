// BatchRun: what becomes of batches that have ended, and of the evaluation when nothing is left.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/evaluations/run/batch_failure.h"
#include "server/evaluations/run/batch_run.h"
#include "server/evaluations/run/batch_submission.h"
#include "server/evaluations/run/batch_twins.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/ledger_report.h"
#include "server/evaluations/run/stored_report.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"
#include "server/providers/remote_file.h"
#include "server/store/store_trouble.h"

namespace tunegate::evaluations {
namespace {

using providers::RemoteBatch;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// A line of answers, for how long a download may take.
constexpr int64_t kAnswerBytes = 4096;

// Batches that never came to be are none, unless a twin is remembered there that came so late.
void DropUnmade(EvaluationRecord& record) {
  auto& batches = *record.mutable_batches();
  batches.erase(std::remove_if(batches.begin(), batches.end(),
                               [](const ProviderBatch& batch) {
                                 return IsUnmade(batch) && batch.twins().empty();
                               }),
                batches.end());
}

// The files that uploads in doubt may have left.
void AddFilesNamed(const std::string& name, providers::Provider& provider,
                   std::vector<std::string>& files) {
  const auto listed = providers::ListAll<providers::RemoteFile>(
      [&](const std::string& after) { return provider.ListFiles(after); });
  if (!listed.ok()) return;
  for (const providers::RemoteFile& file : *listed) {
    const bool known = std::find(files.begin(), files.end(), file.id) != files.end();
    if (file.file_name == name && !known) files.push_back(file.id);
  }
}

}  // namespace

// --- What has ended ------------------------------------------------------------------------------

absl::Status BatchRun::TakeEnded(const ProviderBatch& batch, const RemoteBatch& seen) {
  if (seen.status == "failed" && !step_.winding_down()) return TakeRejected(batch, seen);
  const absl::Status collected = Collect(batch, seen);
  const bool may_pass = collected.ok() || store::IsStoreTrouble(collected);
  if (may_pass || !step_.winding_down()) return collected;
  return PutAside(batch, seen, collected);
}

absl::Status BatchRun::PutAside(const ProviderBatch& batch, const RemoteBatch& seen,
                                const absl::Status& why) {
  const bool deleted = DeleteFiles(batch, &seen);
  return step_.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
                   absl::StrCat("the answers of ", seen.id, " (", seen.status,
                                ") cannot be kept: ", std::string(why.message())),
                   ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                     MarkCollected(kept, seen.status, deleted);
                   }));
}

absl::Status BatchRun::TakeRejected(const ProviderBatch& batch, const RemoteBatch& seen) {
  const v1::Failure failure = RejectionFailure(seen, ResumeCommand(step_.name()));
  const auto reset = ChangeOf(batch.intent_id(), &Defer);
  switch (RejectionOf(seen)) {
    case Rejection::kInput:
      return step_.Fail(failure, BatchStep::NoChange);
    case Rejection::kQuota:
      return step_.Block(failure, reset);
    case Rejection::kQueueFull:
      break;
  }
  if (OpenCount() == 1) return step_.Block(failure, reset);
  return step_.End(PollDelay(), v1::Event::TYPE_UPDATED,
                   absl::StrCat(failure.message(), "; it is tried again after the other batches"),
                   reset);
}

absl::Status BatchRun::Collect(const ProviderBatch& batch, const RemoteBatch& seen) {
  TG_RETURN_IF_ERROR(LoadBook());
  // As long as its answers may take to come.
  const absl::Duration hold = providers::UploadTimeout(batch.call_count() * kAnswerBytes);
  TG_RETURN_IF_ERROR(step_.GoOn(hold, {}));
  std::vector<store::Row> rows;
  BatchCollector collector(&step_, &*book_, &batch);
  const bool may_be_gone = HasEnded(batch.status()) && LossIsSure(batch);
  const absl::StatusOr<BatchHarvest> harvest = collector.Collect(seen, may_be_gone, rows);
  if (harvest.ok()) return Settle(batch, seen, *harvest, std::move(rows));
  if (absl::IsNotFound(harvest.status()) && !may_be_gone) {
    const bool settling = HasEnded(batch.status()) && batch.has_settle_until_time();
    return settling ? step_.EndQuietly(step_.options().poll_interval)
                    : BeginDenial(batch, seen.status, harvest.status());
  }
  const bool of_provider = providers::IsProviderError(harvest.status());
  return of_provider ? step_.AfterTrouble(harvest.status(), "fetch a batch's answers")
                     : harvest.status();
}

// The rows before the files: what is deleted has been kept.
absl::Status BatchRun::Settle(const ProviderBatch& batch, const RemoteBatch& seen,
                              const BatchHarvest& harvest, std::vector<store::Row> rows) {
  const std::string message =
      absl::StrCat("collected ", seen.id, " (", seen.status, "): ", harvest.ToText());
  if (harvest.ignored_any()) {
    log::Warning("lines of a batch were ignored",
                 {{"resource", step_.name()}, {"batch", seen.id}, {"what", harvest.ToText()}});
  }
  TG_RETURN_IF_ERROR(step_.GoOn(step_.options().lease_duration, std::move(rows)));
  // Failed for good: it stays open, and its files stay, until what is under way is called off.
  if (harvest.end.has_value() && harvest.end->kind == RunEnd::Kind::kFailed) {
    return step_.Fail(harvest.end->failure, BatchStep::NoChange);
  }
  const bool deleted = DeleteFiles(batch, &seen);
  const auto mark = ChangeOf(
      batch.intent_id(), [&](ProviderBatch& kept) { MarkCollected(kept, seen.status, deleted); });
  const auto collected = [&](EvaluationRecord& record) {
    book_->Fill(record);
    return mark(record);
  };
  if (harvest.end.has_value()) return step_.Block(harvest.end->failure, collected);
  if (seen.status == "cancelled" && !step_.winding_down() && harvest.ask_again > 0) {
    return step_.Block(
        providers::MakeFailure(
            "BATCH_CANCELLED", absl::StrCat(seen.id, " was cancelled at the provider"),
            absl::StrCat("to ask the rest again:  ", ResumeCommand(step_.name()))),
        collected);
  }
  TG_ASSIGN_OR_RETURN(const std::vector<ProviderBatch> more, PlanMore(collected));
  return step_.End(absl::ZeroDuration(), v1::Event::TYPE_PROGRESS, message,
                   [&](EvaluationRecord& record) {
                     for (const ProviderBatch& next : more) *record.add_batches() = next;
                     return collected(record);
                   });
}

// What can be asked beside the batches that are still under way; when there are none, the next step
// plans.
absl::StatusOr<std::vector<ProviderBatch>> BatchRun::PlanMore(const BatchStep::Change& collected) {
  EvaluationRecord record = step_.record();
  TG_RETURN_IF_ERROR(collected(record));
  const auto& batches = record.batches();
  const bool under_way =
      std::any_of(batches.begin(), batches.end(),
                  [](const ProviderBatch& batch) { return PhaseOf(batch) == BatchPhase::kOpen; });
  const bool queue_full = std::any_of(batches.begin(), batches.end(), IsDeferred);
  if (!under_way || queue_full || step_.winding_down()) return std::vector<ProviderBatch>();
  TG_ASSIGN_OR_RETURN(BatchesToMake made, PlanBatches(*book_, record, step_.options().limits));
  return std::move(made.batches);
}

// --- What is left --------------------------------------------------------------------------------

absl::Status BatchRun::PlanOrFinish() {
  TG_RETURN_IF_ERROR(LoadBook());
  if (book_->all_recorded()) return Finish();
  TG_ASSIGN_OR_RETURN(BatchesToMake made,
                      PlanBatches(*book_, step_.record(), step_.options().limits));
  if (made.batches.empty() && made.over_budget.has_value()) {
    return step_.Block(*made.over_budget, [this](EvaluationRecord& record) {
      book_->Fill(record);
      return absl::OkStatus();
    });
  }
  std::string message = "will ask in batches:";
  for (const ProviderBatch& batch : made.batches) {
    absl::StrAppend(&message, &batch == &made.batches.front() ? " " : ", ", Describe(batch));
  }
  return step_.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED, message,
                   [&](EvaluationRecord& record) {
                     for (const ProviderBatch& batch : made.batches) {
                       *record.add_batches() = batch;
                     }
                     book_->Fill(record);
                     return absl::OkStatus();
                   });
}

absl::Status BatchRun::Finish() {
  TG_RETURN_IF_ERROR(LookForTwins(step_, TwinLook::kBeforeTheEnd));
  if (HasTwinWork(step_.record())) return step_.EndQuietly(PollDelay());
  for (const ProviderBatch& batch : step_.record().batches()) (void)DeleteFiles(batch, nullptr);
  const v1::Evaluation& evaluation = step_.record().resource();
  if (step_.record().cancel_requested()) return End({RunEnd::Kind::kCancelled, {}}, {});
  if (evaluation.has_failure()) return End({RunEnd::Kind::kFailed, evaluation.failure()}, {});
  EvaluationRecord record = step_.record();
  book_->Fill(record);
  TG_ASSIGN_OR_RETURN(const v1::Report report, ReportFromLedger(step_.repository().store(), record,
                                                                *inputs_, step_.options().prices));
  return End({RunEnd::Kind::kFinished, {}}, {ReportRow(step_.name(), report)});
}

absl::Status BatchRun::End(const RunEnd& end, std::vector<store::Row> rows) {
  return CommitEnd(step_.repository(), lease_, end,
                   [&](EvaluationRecord& record, store::Transaction& transaction) {
                     v1::Evaluation& evaluation = *record.mutable_resource();
                     if (book_.has_value()) book_->Fill(record);
                     SetProgress(evaluation, RecordedOf(evaluation), 0);
                     DropUnmade(record);
                     transaction.rows = rows;
                     if (!rows.empty()) record.set_report_key(std::string(kReportKey));
                   });
}

// Best effort: what cannot be deleted is told, and holds up nothing.
bool BatchRun::DeleteFiles(const ProviderBatch& batch, const RemoteBatch* seen) {
  const auto provider = step_.ProviderOf(batch);
  if (!provider.ok()) return false;
  std::vector<std::string> files = {batch.input_file()};
  if (seen != nullptr) files.insert(files.end(), {seen->output_file, seen->error_file});
  const bool in_doubt = batch.input_file().empty() && batch.status() == kUploading;
  const std::string name = in_doubt ? BatchFileName(batch) : batch.doubtful_file_name();
  if (!name.empty()) AddFilesNamed(name, **provider, files);
  bool input_deleted = true;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    const absl::Status deleted = (*provider)->DeleteFile(file);
    if (deleted.ok() || absl::IsNotFound(deleted)) continue;
    input_deleted = input_deleted && file != files.front();
    log::Warning(
        "a batch's file could not be deleted at the provider",
        {{"resource", step_.name()}, {"file", file}, {"error", std::string(deleted.message())}});
  }
  return input_deleted;
}

}  // namespace tunegate::evaluations
