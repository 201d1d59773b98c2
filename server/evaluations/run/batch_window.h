// Where a batch stands: which calls of the plan are in it, and how far it has come. A batch holds
// those calls of its arm between its first and its last one, in the plan's order, that were not
// recorded when it was made. Batches of one arm that are not collected never overlap, so that this
// stays true until its answers are in the ledger, and its file can be written again after a death.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_WINDOW_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_WINDOW_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/evaluations/run/call_plan.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// A batch is asked for at most so often with lines that came back without an answer.
inline constexpr int kMostAsks = 3;

// The length of an intent's id, before it is written in hexadecimal.
inline constexpr int kIntentBytes = 12;

// The status of a batch, in our record, whose file was about to be sent.
inline constexpr std::string_view kUploading = "uploading";

// A provider's word for a batch that it was asked to cancel.
inline constexpr std::string_view kCancelling = "cancelling";

enum class BatchPhase {
  kToUpload,   // its file is not at the provider, or not known to be
  kToCreate,   // its file is there
  kInDoubt,    // a POST was about to be sent: the provider may have it
  kOpen,       // the provider has it
  kCollected,  // its answers are in the ledger
};
BatchPhase PhaseOf(const store::v1::ProviderBatch& batch);

// Makes a batch that its provider rejected ready to be created anew, under another intent.
void Defer(store::v1::ProviderBatch& batch);
// Whether it was: it waits until those that are under way have ended.
bool IsDeferred(const store::v1::ProviderBatch& batch);

// Whether it never came to be.
bool IsUnmade(const store::v1::ProviderBatch& batch);

// Whether there is something to do about twins (batch_twins.h), also while the evaluation rests or
// when it has ended: some may be at work, or are to be looked for.
bool HasTwinWork(const store::v1::EvaluationRecord& record);

// Its answers are in the ledger. What the record keeps of it says how often its calls were asked.
void MarkCollected(store::v1::ProviderBatch& batch, std::string_view status, bool input_deleted);

// Whether the provider will change it no more.
bool HasEnded(std::string_view provider_status);

// The place in the plan of the call with this ledger key; nullopt when it is no key of the plan's.
std::optional<size_t> SequenceOfKey(const CallPlan& plan, std::string_view key);

struct Window {
  Arm arm = kBaseline;
  size_t first = 0, last = 0;  // sequences, both in it

  bool Holds(Arm of, size_t sequence) const {
    return of == arm && first <= sequence && sequence <= last;
  }
};
// INTERNAL (STORE_CORRUPT) when its keys are not of the plan.
absl::StatusOr<Window> WindowOf(const CallPlan& plan, const store::v1::ProviderBatch& batch);

// The windows of all batches of an evaluation. Immutable.
class BatchWindows {
 public:
  // As WindowOf.
  static absl::StatusOr<BatchWindows> Of(const CallPlan& plan,
                                         const store::v1::EvaluationRecord& record);

  // Whether a batch that is not collected holds the call, if it is not recorded.
  bool Covers(Arm arm, size_t sequence) const;
  // In how many batches that were collected the call stood, if it is not recorded.
  int AsksOf(Arm arm, size_t sequence) const;

 private:
  std::vector<Window> uncollected_, collected_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_WINDOW_H_
