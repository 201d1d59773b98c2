#include "server/evaluations/run/batch_failure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "server/providers/failure.h"
#include "server/providers/provider_error.h"

namespace tunegate::evaluations {
namespace {

using providers::RemoteBatch;

// A file with one mistake has it in every line, as a rule.
constexpr size_t kFaultsShown = 3;
constexpr size_t kFaultBytes = 400;

bool HasFault(const RemoteBatch& batch, std::string_view code) {
  return std::any_of(batch.faults.begin(), batch.faults.end(),
                     [&](const RemoteBatch::Fault& fault) { return fault.code == code; });
}

std::string WordsOf(const RemoteBatch& batch) {
  std::string words;
  for (size_t i = 0; i < std::min(kFaultsShown, batch.faults.size()); ++i) {
    const RemoteBatch::Fault& fault = batch.faults[i];
    if (!words.empty()) words += "; ";
    if (fault.line > 0) absl::StrAppend(&words, "line ", fault.line, ": ");
    absl::StrAppend(&words, Abbreviate(ToValidUtf8(fault.message), kFaultBytes));
    if (!fault.code.empty()) absl::StrAppend(&words, " (", ToValidUtf8(fault.code), ")");
  }
  if (batch.faults.size() > kFaultsShown) {
    absl::StrAppend(&words, "; and ", batch.faults.size() - kFaultsShown, " more");
  }
  return words.empty() ? "it does not say why" : words;
}

}  // namespace

Rejection RejectionOf(const RemoteBatch& batch) {
  if (HasFault(batch, "token_limit_exceeded")) return Rejection::kQueueFull;
  const bool quota =
      HasFault(batch, "insufficient_quota") || HasFault(batch, "billing_hard_limit_reached");
  return quota ? Rejection::kQuota : Rejection::kInput;
}

v1::Failure RejectionFailure(const RemoteBatch& batch, const std::string& resume_command) {
  const std::string words = WordsOf(batch);
  v1::Failure failure;
  switch (RejectionOf(batch)) {
    case Rejection::kInput:
      failure = providers::MakeFailure(
          "BATCH_REJECTED", absl::StrCat("the provider rejected ", batch.id, ": ", words),
          "mend what the provider refuses and start anew, or evaluate call by call: --mode "
          "interactive");
      break;
    case Rejection::kQueueFull:
      failure = providers::MakeFailure(
          "BATCH_QUEUE_FULL", absl::StrCat("the provider's queue is full: ", words),
          absl::StrCat("wait until other batches of the account have ended, then  ",
                       resume_command));
      break;
    case Rejection::kQuota:
      failure = providers::MakeFailure(
          providers::kQuotaExhausted, words,
          absl::StrCat("raise the provider's quota, then  ", resume_command));
      break;
  }
  if (!batch.faults.empty()) failure.set_provider_code(ToValidUtf8(batch.faults.front().code));
  return failure;
}

}  // namespace tunegate::evaluations
