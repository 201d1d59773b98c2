#include "server/evaluations/run/batch_twins.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/evaluations/run/batch_window.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/providers/intent.h"

namespace tunegate::evaluations {
namespace {

using providers::Provider;
using providers::RemoteBatch;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// Our word for a batch that was under way at a provider that is not configured any more.
constexpr std::string_view kAbandoned = "abandoned";

// So often in a row the provider may deny that it knows one before that is believed.
constexpr int kDenials = 6;

enum class TwinState { kAtWork, kDenied, kEnded };

auto FindTwin(const std::string& id, ProviderBatch& batch) {
  auto& twins = *batch.mutable_twins();
  return std::find(twins.begin(), twins.end(), id);
}

// Its input is the kept one's. Best effort: what cannot be deleted holds up nothing.
void DeleteAnswers(Provider& provider, const RemoteBatch& twin) {
  for (const std::string& file : {twin.output_file, twin.error_file}) {
    if (!file.empty()) (void)provider.DeleteFile(file);
  }
}

TwinState AskForEnd(Provider& provider, const std::string& id, const std::string& evaluation) {
  const absl::StatusOr<RemoteBatch> seen = provider.GetBatch(id);
  if (seen.ok() && HasEnded(seen->status)) {
    DeleteAnswers(provider, *seen);
    return TwinState::kEnded;
  }
  if (seen.ok() && seen->status == kCancelling) return TwinState::kAtWork;
  // One that is denied may be at work all the same.
  const bool denied = absl::IsNotFound(seen.status());
  const absl::Status asked =
      seen.ok() || denied ? provider.CancelBatch(id).status() : seen.status();
  if (!asked.ok()) {
    log::Warning(
        "a twin of a batch could not be cancelled, and will be tried again",
        {{"resource", evaluation}, {"batch", id}, {"error", std::string(asked.message())}});
  }
  return denied && absl::IsNotFound(asked) ? TwinState::kDenied : TwinState::kAtWork;
}

bool IsNews(const std::string& id, TwinState state, const ProviderBatch& batch) {
  return state != TwinState::kAtWork || batch.twin_denials().contains(id);
}

std::string NewsOf(const std::string& id, TwinState state) {
  switch (state) {
    case TwinState::kAtWork:
      return absl::StrCat("the provider knows the twin ", id, " again");
    case TwinState::kDenied:
      return absl::StrCat("the provider does not know the twin ", id);
    case TwinState::kEnded:
      return absl::StrCat("the twin ", id, " has ended");
  }
  return "";
}

void Note(const std::string& id, TwinState state, ProviderBatch& batch) {
  auto& denials = *batch.mutable_twin_denials();
  if (state == TwinState::kDenied && ++denials[id] < kDenials) return;
  denials.erase(id);
  const auto twin = FindTwin(id, batch);
  const bool over = state != TwinState::kAtWork && twin != batch.mutable_twins()->end();
  if (over) batch.mutable_twins()->erase(twin);
}

// By its intent, or by its file, which is this batch's alone: the intent is another when the batch
// was rejected meanwhile, and a provider may keep no metadata.
bool IsOf(const ProviderBatch& batch, const RemoteBatch& remote) {
  const auto intent = remote.metadata.find(std::string(providers::kIntentKey));
  const bool marked = intent != remote.metadata.end() && intent->second == batch.intent_id();
  return marked || (!batch.input_file().empty() && remote.input_file == batch.input_file());
}

bool IsLookDue(const ProviderBatch& batch, TwinLook look, const BatchStep& step) {
  // While a POST is in doubt, what shows up is not yet known to be a twin.
  const bool in_doubt = PhaseOf(batch) == BatchPhase::kInDoubt;
  if (in_doubt || !batch.has_next_twin_look_time()) return false;
  const absl::Duration wait = FromProto(batch.next_twin_look_time()) - step.now();
  if (wait <= absl::ZeroDuration()) return true;
  // One that was just given up has its time to show up first.
  const bool just_given_up = !batch.collected() && wait <= step.options().settle_time;
  return look == TwinLook::kBeforeTheEnd && !just_given_up;
}

// At intervals that grow with the age of the batch that was made in its place.
absl::Duration LookInterval(const ProviderBatch& batch, const BatchStep& step) {
  if (!batch.has_create_intent_time()) return step.options().settle_time;
  return std::max(step.now() - FromProto(batch.create_intent_time()), step.options().settle_time);
}

// Commits what the list has of `batch` beside what is known.
absl::Status TakeLook(BatchStep& step, TwinLook look, const ProviderBatch& batch,
                      const std::vector<RemoteBatch>& listed) {
  std::vector<std::string> found;
  std::string message = "looked for twins of a batch at the provider";
  ProviderBatch known = batch;
  for (const RemoteBatch& remote : listed) {
    if (HasEnded(remote.status) || !IsOf(batch, remote) || !AddTwin(remote.id, known)) continue;
    found.push_back(remote.id);
    absl::StrAppend(&message, "; ", remote.id, " will be cancelled");
  }
  const bool last = look == TwinLook::kBeforeTheEnd || (step.winding_down() && IsUnmade(batch));
  const auto remember = ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
    for (const std::string& id : found) AddTwin(id, kept);
    if (last) {
      kept.clear_next_twin_look_time();
    } else {
      *kept.mutable_next_twin_look_time() = ToProto(step.now() + LookInterval(kept, step));
    }
  });
  return step.GoOn(step.options().lease_duration, v1::Event::TYPE_UPDATED, message,
                   [&](EvaluationRecord& record) {
                     const auto repeated = static_cast<int64_t>(found.size()) * batch.call_count();
                     CountMaybeRepeated(batch.arm(), repeated, record);
                     return remember(record);
                   });
}

// Where a twin of `batch` is remembered. It may have been put away meanwhile, or be about to be
// made under another intent: then another of its arm will do, which has the same provider.
ProviderBatch& EntryFor(const ProviderBatch& batch, EvaluationRecord& record) {
  ProviderBatch* of_arm = nullptr;
  for (ProviderBatch& entry : *record.mutable_batches()) {
    if (entry.intent_id() == batch.intent_id()) return entry;
    if (entry.arm() == batch.arm()) of_arm = &entry;
  }
  if (of_arm != nullptr) return *of_arm;
  ProviderBatch& entry = *record.add_batches();
  entry.set_intent_id(batch.intent_id());
  entry.set_arm(batch.arm());
  entry.set_first_key(batch.first_key());
  entry.set_last_key(batch.last_key());
  entry.set_call_count(batch.call_count());
  entry.set_collected(true);
  return entry;
}

absl::Status UnlessNotConfigured(absl::Status status) {
  if (DetailsOf(status).reason == kProviderNotConfigured) return absl::OkStatus();
  return status;
}

}  // namespace

absl::StatusOr<std::vector<RemoteBatch>> ListAllBatches(Provider& provider) {
  return providers::ListAll<RemoteBatch>(
      [&](const std::string& after) { return provider.ListBatches(after); });
}

bool AddTwin(const std::string& id, ProviderBatch& batch) {
  if (id == batch.provider_batch()) return false;
  if (FindTwin(id, batch) != batch.mutable_twins()->end()) return false;
  batch.add_twins(id);
  return true;
}

bool KeepBatch(const RemoteBatch& remote, ProviderBatch& batch) {
  batch.set_provider_batch(remote.id);
  batch.set_status(remote.status);
  batch.mutable_twin_denials()->erase(remote.id);
  const auto twin = FindTwin(remote.id, batch);
  if (twin == batch.mutable_twins()->end()) return false;
  batch.mutable_twins()->erase(twin);
  return true;
}

absl::Status RecordLateBatch(const BatchStep& step, const ProviderBatch& batch,
                             const std::string& id) {
  const auto change = [&](resources::Stored<EvaluationRecord>& stored,
                          store::Transaction& transaction) {
    if (!AddTwin(id, EntryFor(batch, stored.record))) return absl::OkStatus();
    CountMaybeRepeated(batch.arm(), batch.call_count(), stored.record);
    step.repository().Write(
        transaction, stored, v1::Event::TYPE_UPDATED,
        absl::StrCat("the provider made ", id, " for a server that was overtaken meanwhile"));
    transaction.schedule.push_back({step.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  return step.repository().Update<EvaluationRecord>(step.name(), change).status();
}

absl::Status LeaveToTwinLooks(BatchStep& step) {
  const auto leave = [&](ProviderBatch& batch) {
    const BatchPhase phase = PhaseOf(batch);
    if (phase == BatchPhase::kOpen) {
      const std::string id = batch.provider_batch();
      batch.clear_provider_batch();
      AddTwin(id, batch);
      MarkCollected(batch, kAbandoned, /*input_deleted=*/false);
    } else if (phase == BatchPhase::kInDoubt) {
      batch.clear_create_intent_time();
      batch.clear_settle_until_time();
      *batch.mutable_next_twin_look_time() = ToProto(step.now() + step.options().settle_time);
    }
  };
  const auto leave_all = [&](EvaluationRecord& record) {
    for (ProviderBatch& batch : *record.mutable_batches()) leave(batch);
    return absl::OkStatus();
  };
  return step.GoOn(step.options().lease_duration, v1::Event::TYPE_UPDATED,
                   "what is under way is called off when its provider is configured again",
                   leave_all);
}

absl::Status LookForTwins(BatchStep& step, TwinLook look) {
  absl::Status all = absl::OkStatus();
  const EvaluationRecord record = step.record();
  for (const ProviderBatch& batch : record.batches()) {
    if (!IsLookDue(batch, look, step)) continue;
    const absl::StatusOr<Provider*> provider = step.ProviderOf(batch);
    all.Update(provider.status());
    if (!provider.ok()) continue;
    const auto listed = ListAllBatches(**provider);
    if (!listed.ok()) {
      log::Warning("looking for a batch's twins failed, and will be tried again",
                   {{"resource", step.name()}, {"error", std::string(listed.status().message())}});
      continue;
    }
    TG_RETURN_IF_ERROR(TakeLook(step, look, batch, *listed));
  }
  return all;
}

absl::Status CallOffTwins(BatchStep& step) {
  absl::Status all = absl::OkStatus();
  const EvaluationRecord record = step.record();
  for (const ProviderBatch& batch : record.batches()) {
    if (batch.twins().empty()) continue;
    const absl::StatusOr<Provider*> provider = step.ProviderOf(batch);
    all.Update(provider.status());
    if (!provider.ok()) continue;
    std::vector<std::pair<std::string, TwinState>> looks;
    std::vector<std::string> news;
    for (const std::string& twin : batch.twins()) {
      const TwinState state = AskForEnd(**provider, twin, step.name());
      if (!IsNews(twin, state, batch)) continue;
      looks.emplace_back(twin, state);
      news.push_back(NewsOf(twin, state));
    }
    if (looks.empty()) continue;
    if (batch.status() == kAbandoned && !batch.input_file().empty()) {
      (void)(*provider)->DeleteFile(batch.input_file());
    }
    // One by one: another may have come to them meanwhile, without a lease.
    TG_RETURN_IF_ERROR(step.GoOn(step.options().lease_duration, v1::Event::TYPE_UPDATED,
                                 absl::StrJoin(news, "; "),
                                 ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                                   for (const auto& [id, state] : looks) Note(id, state, kept);
                                 })));
  }
  return all;
}

absl::Status TendTwins(BatchStep& step) {
  const bool ended = IsTerminal(step.record().resource().state());
  const TwinLook look = ended ? TwinLook::kBeforeTheEnd : TwinLook::kWhenDue;
  TG_RETURN_IF_ERROR(UnlessNotConfigured(LookForTwins(step, look)));
  return UnlessNotConfigured(CallOffTwins(step));
}

}  // namespace tunegate::evaluations
