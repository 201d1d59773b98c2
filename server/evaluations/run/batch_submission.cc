#include "server/evaluations/run/batch_submission.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/evaluations/run/batch_twins.h"
#include "server/evaluations/run/scratch_file.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"
#include "server/providers/remote_file.h"
#include "server/providers/send_window.h"

namespace tunegate::evaluations {
namespace {

using providers::Consequence;
using providers::Provider;
using providers::RemoteBatch;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

constexpr absl::Duration kReconcilePoll = absl::Seconds(1);

// --- The file ------------------------------------------------------------------------------------

struct BatchFile {
  ScratchFile file;
  std::string sha256;
  int64_t bytes = 0;
  int64_t lines = 0;
};

absl::StatusOr<BatchFile> WriteBatchFile(const BatchBook& book, const ProviderBatch& batch) {
  TG_ASSIGN_OR_RETURN(ScratchFile file, ScratchFile::Create());
  BatchFile written{std::move(file), "", 0, 0};
  Sha256 digest;
  TG_RETURN_IF_ERROR(ForEachLine(book, batch, [&](std::string_view line) {
    digest.Update(line);
    digest.Update("\n");
    written.bytes += static_cast<int64_t>(line.size()) + 1;
    ++written.lines;
    return written.file.WriteLine(line);
  }));
  TG_RETURN_IF_ERROR(written.file.Flush());
  written.sha256 = digest.FinishHex();
  return written;
}

absl::Status KeepFile(BatchStep& step, const ProviderBatch& batch, const std::string& file_id) {
  return step.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
                  absl::StrCat("uploaded ", Describe(batch), " as ", file_id),
                  ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                    kept.set_input_file(file_id);
                    kept.set_doubtful_file_name(batch.doubtful_file_name());
                    kept.clear_status();
                  }));
}

// --- The batch -----------------------------------------------------------------------------------

absl::Status AfterCreation(BatchStep& step, const ProviderBatch& batch,
                           const absl::StatusOr<RemoteBatch>& made) {
  const std::string& intent = batch.intent_id();
  if (made.ok()) {
    const absl::Status recorded =
        step.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
                 absl::StrCat("the provider made ", made->id, ": ", Describe(batch)),
                 ChangeOf(intent, [&](ProviderBatch& kept) { KeepBatch(*made, kept); }));
    if (DetailsOf(recorded).reason == "LEASE_LOST") {
      TG_RETURN_IF_ERROR(RecordLateBatch(step, batch, made->id));
    }
    return recorded;
  }
  const absl::Status& error = made.status();
  if (providers::SentOf(error) != providers::Sent::kNo) {
    log::Warning("a batch's creation has an unknown outcome; searching the provider's list",
                 {{"resource", step.name()}, {"error", std::string(error.message())}});
    return step.End(kReconcilePoll, v1::Event::TYPE_UPDATED,
                    absl::StrCat("creation of a batch in doubt, searching the provider's list: ",
                                 std::string(error.message())),
                    step.BeginSettling(intent));
  }
  const auto forget =
      ChangeOf(intent, [](ProviderBatch& kept) { kept.clear_create_intent_time(); });
  if (providers::ConsequenceOf(error) == Consequence::kGiveUp) {
    return step.Fail(providers::FailureOf(error, ""), forget);
  }
  return step.AfterTrouble(error, "create a batch", forget);
}

// Its answers are there, or may come.
bool IsOfUse(const RemoteBatch& remote) {
  if (HasEnded(remote.status)) return remote.status == "completed";
  return remote.status != kCancelling;
}

// A twin that was asked to end is no answer to what became of a later POST.
bool IsCalledOff(const RemoteBatch& remote, const ProviderBatch& batch) {
  const auto& twins = batch.twins();
  return std::find(twins.begin(), twins.end(), remote.id) != twins.end() && !IsOfUse(remote);
}

// A provider may keep no metadata: then the file tells, which is this batch's alone.
std::vector<RemoteBatch> FindOurs(std::vector<RemoteBatch> listed, const ProviderBatch& batch) {
  const absl::Time since = FromProto(batch.create_intent_time()) - absl::Minutes(1);
  for (RemoteBatch& remote : listed) {
    const bool unmarked = remote.metadata.empty() && remote.input_file == batch.input_file();
    if (unmarked && remote.create_time >= since) {
      remote.metadata[std::string(providers::kIntentKey)] = batch.intent_id();
    }
  }
  std::vector<RemoteBatch> ours = providers::WithIntent(listed, batch.intent_id());
  std::erase_if(ours, [&](const RemoteBatch& remote) { return IsCalledOff(remote, batch); });
  return ours;
}

// Keeps the oldest of use. What the others, its twins, answer before they are cancelled is billed
// twice.
absl::Status Adopt(BatchStep& step, const ProviderBatch& batch,
                   const std::vector<RemoteBatch>& ours) {
  const auto of_use = std::find_if(ours.begin(), ours.end(), IsOfUse);
  const RemoteBatch& best = of_use == ours.end() ? ours.front() : *of_use;
  std::string message = absl::StrCat("found ", best.id, " at the provider");
  for (const RemoteBatch& twin : ours) {
    if (twin.id == best.id) continue;
    absl::StrAppend(&message, "; its twin ", twin.id, " will be cancelled");
  }
  const auto adopt = [&](EvaluationRecord& record) {
    int64_t more_twins = 0;
    const auto found = ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
      if (KeepBatch(best, kept)) --more_twins;
      for (const RemoteBatch& twin : ours) more_twins += AddTwin(twin.id, kept) ? 1 : 0;
      kept.clear_settle_until_time();
    });
    TG_RETURN_IF_ERROR(found(record));
    CountMaybeRepeated(batch.arm(), more_twins * batch.call_count(), record);
    return absl::OkStatus();
  };
  return step.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED, message, adopt);
}

}  // namespace

std::string BatchFileName(const ProviderBatch& batch) {
  return absl::StrCat("tunegate-batch-", batch.intent_id(), "-", batch.input_sha256().substr(0, 32),
                      ".jsonl");
}

absl::Status UploadBatchFile(BatchStep& step, const BatchBook& book, const ProviderBatch& planned) {
  TG_ASSIGN_OR_RETURN(Provider * provider, step.ProviderOf(planned));
  TG_ASSIGN_OR_RETURN(const BatchFile written, WriteBatchFile(book, planned));
  ProviderBatch batch = planned;
  batch.set_input_sha256(written.sha256);
  batch.set_call_count(written.lines);
  const std::string name = BatchFileName(batch);
  if (planned.status() == kUploading) {
    batch.set_doubtful_file_name(name);
    const auto found = providers::FindRemoteFile(*provider, name, written.bytes);
    if (!found.ok()) return step.AfterTrouble(found.status(), "look for an uploaded file");
    if (found->has_value()) return KeepFile(step, batch, (*found)->id);
  }
  const absl::Duration timeout = providers::UploadTimeout(written.bytes);
  const providers::SendWindow window(&step.clock());
  TG_RETURN_IF_ERROR(step.GoOn(timeout + providers::SendWindow::kMargin, v1::Event::TYPE_UPDATED,
                               absl::StrCat("uploading ", Describe(batch)),
                               ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                                 // Another digest than planned: the provider's settings changed.
                                 kept.set_input_sha256(batch.input_sha256());
                                 kept.set_call_count(batch.call_count());
                                 kept.set_doubtful_file_name(batch.doubtful_file_name());
                                 kept.set_status(std::string(kUploading));
                               })));
  if (const absl::Status held_up = window.Check(); !held_up.ok()) {
    return step.AfterTrouble(held_up, "upload a batch's file");
  }
  const auto uploaded = provider->UploadFile(written.file.path(), name, "batch", timeout);
  if (uploaded.ok()) return KeepFile(step, batch, uploaded->id);
  if (providers::ConsequenceOf(uploaded.status()) == Consequence::kGiveUp) {
    return step.Fail(providers::FailureOf(uploaded.status(), ""), BatchStep::NoChange);
  }
  return step.AfterTrouble(uploaded.status(), "upload a batch's file");
}

absl::Status CreateBatch(BatchStep& step, const ProviderBatch& batch) {
  TG_ASSIGN_OR_RETURN(Provider * provider, step.ProviderOf(batch));
  const absl::Duration timeout = step.options().create_timeout;
  const providers::SendWindow window(&step.clock());
  TG_RETURN_IF_ERROR(step.GoOn(timeout + providers::SendWindow::kMargin, v1::Event::TYPE_UPDATED,
                               absl::StrCat("creating a batch of ", Describe(batch)),
                               ChangeOf(batch.intent_id(), [&](ProviderBatch& intent) {
                                 *intent.mutable_create_intent_time() = ToProto(step.now());
                                 intent.clear_settle_until_time();
                                 intent.clear_status();
                               })));
  providers::CreateBatchCall call;
  call.input_file = batch.input_file();
  call.metadata = {{std::string(providers::kIntentKey), batch.intent_id()},
                   {kEvaluationKey, step.name()},
                   {kArmKey, batch.arm() == kCandidate ? "candidate" : "baseline"}};
  if (absl::Status held_up = window.Check(); !held_up.ok()) {
    return AfterCreation(step, batch, std::move(held_up));
  }
  return AfterCreation(step, batch, provider->CreateBatch(call, timeout));
}

absl::Status ReconcileBatch(BatchStep& step, const ProviderBatch& batch) {
  TG_ASSIGN_OR_RETURN(Provider * provider, step.ProviderOf(batch));
  absl::StatusOr<std::vector<RemoteBatch>> listed = ListAllBatches(*provider);
  if (!listed.ok()) {
    // A time without looks is no settle time: it begins with the first list that can be read.
    return step.AfterTrouble(
        listed.status(), "list the provider's batches",
        ChangeOf(batch.intent_id(), [](ProviderBatch& kept) { kept.clear_settle_until_time(); }));
  }
  const std::vector<RemoteBatch> ours = FindOurs(*std::move(listed), batch);
  if (!ours.empty()) return Adopt(step, batch, ours);
  if (!batch.has_settle_until_time()) {
    // The process died with the POST under way, or the list could not be read.
    return step.End(kReconcilePoll, v1::Event::TYPE_UPDATED,
                    "creation of a batch in doubt, searching the provider's list from here on",
                    step.BeginSettling(batch.intent_id()));
  }
  if (step.now() < FromProto(batch.settle_until_time())) return step.EndQuietly(kReconcilePoll);
  return step.End(absl::ZeroDuration(), v1::Event::TYPE_UPDATED,
                  step.winding_down() ? "the provider has no such batch"
                                      : "the provider has no such batch; it is created again",
                  ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                    kept.clear_create_intent_time();
                    kept.clear_settle_until_time();
                    *kept.mutable_next_twin_look_time() =
                        ToProto(step.now() + step.options().settle_time);
                  }));
}

}  // namespace tunegate::evaluations
