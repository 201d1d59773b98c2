#include "server/evaluations/run/batch_window.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {
namespace {

// The status of a batch, in our record, that its provider rejected for now.
constexpr std::string_view kRejected = "failed";

}  // namespace

using store::v1::ProviderBatch;

BatchPhase PhaseOf(const ProviderBatch& batch) {
  if (batch.collected()) return BatchPhase::kCollected;
  if (!batch.provider_batch().empty()) return BatchPhase::kOpen;
  if (batch.has_create_intent_time()) return BatchPhase::kInDoubt;
  return batch.input_file().empty() ? BatchPhase::kToUpload : BatchPhase::kToCreate;
}

void Defer(ProviderBatch& batch) {
  batch.set_intent_id(RandomHex(kIntentBytes));
  batch.clear_provider_batch();
  batch.clear_create_intent_time();
  batch.clear_settle_until_time();
  batch.set_status(std::string(kRejected));
}

bool IsDeferred(const ProviderBatch& batch) {
  return PhaseOf(batch) == BatchPhase::kToCreate && batch.status() == kRejected;
}

bool IsUnmade(const ProviderBatch& batch) {
  const BatchPhase phase = PhaseOf(batch);
  return phase == BatchPhase::kToUpload || phase == BatchPhase::kToCreate;
}

bool HasTwinWork(const store::v1::EvaluationRecord& record) {
  return std::any_of(record.batches().begin(), record.batches().end(),
                     [](const ProviderBatch& batch) {
                       return !batch.twins().empty() || batch.has_next_twin_look_time();
                     });
}

void MarkCollected(ProviderBatch& batch, std::string_view status, bool input_deleted) {
  batch.set_collected(true);
  batch.set_status(std::string(status));
  batch.clear_input_sha256();
  batch.clear_settle_until_time();
  if (input_deleted) batch.clear_input_file();
}

bool HasEnded(std::string_view provider_status) {
  return provider_status == "completed" || provider_status == "failed" ||
         provider_status == "expired" || provider_status == "cancelled";
}

std::optional<size_t> SequenceOfKey(const CallPlan& plan, std::string_view key) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(key.data(), key.size()), '/');
  int64_t line = 0;
  int repeat = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &line) || line < 1 ||
      !absl::SimpleAtoi(parts[1], &repeat)) {
    return std::nullopt;
  }
  const Arm arm = parts[2] == "b" ? kCandidate : kBaseline;
  const PlannedCall call{static_cast<size_t>(line - 1), repeat, arm};
  // Written in one way only: "1/0/a" is nobody's key.
  if (!plan.Contains(call) || CallKey(line, repeat, arm) != key) return std::nullopt;
  return plan.SequenceOf(call);
}

absl::StatusOr<Window> WindowOf(const CallPlan& plan, const ProviderBatch& batch) {
  const std::optional<size_t> first = SequenceOfKey(plan, batch.first_key());
  const std::optional<size_t> last = SequenceOfKey(plan, batch.last_key());
  if (!first.has_value() || !last.has_value() || *first > *last) {
    return Internal("STORE_CORRUPT",
                    absl::StrCat("the batch from ", batch.first_key(), " to ", batch.last_key(),
                                 " is not of its evaluation's plan; restore the data directory "
                                 "from a backup"));
  }
  return Window{batch.arm(), *first, *last};
}

absl::StatusOr<BatchWindows> BatchWindows::Of(const CallPlan& plan,
                                              const store::v1::EvaluationRecord& record) {
  BatchWindows windows;
  for (const ProviderBatch& batch : record.batches()) {
    TG_ASSIGN_OR_RETURN(const Window window, WindowOf(plan, batch));
    (batch.collected() ? windows.collected_ : windows.uncollected_).push_back(window);
  }
  return windows;
}

bool BatchWindows::Covers(Arm arm, size_t sequence) const {
  return std::any_of(uncollected_.begin(), uncollected_.end(),
                     [&](const Window& window) { return window.Holds(arm, sequence); });
}

int BatchWindows::AsksOf(Arm arm, size_t sequence) const {
  return static_cast<int>(
      std::count_if(collected_.begin(), collected_.end(),
                    [&](const Window& window) { return window.Holds(arm, sequence); }));
}

}  // namespace tunegate::evaluations
