#include "server/evaluations/run/batch_twins.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/evaluations/run/batch_window.h"
#include "server/providers/provider.h"

namespace tunegate::evaluations {
namespace {

using providers::Provider;
using providers::RemoteBatch;
using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// Its input is the kept one's. Best effort: what cannot be deleted holds up nothing.
void DeleteAnswers(Provider& provider, const RemoteBatch& twin) {
  for (const std::string& file : {twin.output_file, twin.error_file}) {
    if (!file.empty()) (void)provider.DeleteFile(file);
  }
}

bool HasTwinEnded(Provider& provider, const std::string& id, const std::string& evaluation) {
  const absl::StatusOr<RemoteBatch> seen = provider.GetBatch(id);
  if (absl::IsNotFound(seen.status())) return true;
  if (seen.ok() && HasEnded(seen->status)) {
    DeleteAnswers(provider, *seen);
    return true;
  }
  if (seen.ok() && seen->status == "cancelling") return false;
  const absl::Status asked = seen.ok() ? provider.CancelBatch(id).status() : seen.status();
  if (!asked.ok()) {
    log::Warning(
        "a twin of a batch could not be cancelled, and will be tried again",
        {{"resource", evaluation}, {"batch", id}, {"error", std::string(asked.message())}});
  }
  return false;
}

}  // namespace

bool HasTwins(const EvaluationRecord& record) {
  return std::any_of(record.batches().begin(), record.batches().end(),
                     [](const ProviderBatch& batch) { return !batch.twins().empty(); });
}

absl::Status CallOffTwins(BatchStep& step) {
  const EvaluationRecord record = step.record();
  for (const ProviderBatch& batch : record.batches()) {
    if (batch.twins().empty()) continue;
    TG_ASSIGN_OR_RETURN(Provider * provider, step.ProviderOf(batch));
    std::vector<std::string> left, ended;
    for (const std::string& twin : batch.twins()) {
      (HasTwinEnded(*provider, twin, step.name()) ? ended : left).push_back(twin);
    }
    if (ended.empty()) continue;
    TG_RETURN_IF_ERROR(step.GoOn(step.options().lease_duration, v1::Event::TYPE_UPDATED,
                                 absl::StrCat("twins have ended: ", absl::StrJoin(ended, ", ")),
                                 ChangeOf(batch.intent_id(), [&](ProviderBatch& kept) {
                                   kept.mutable_twins()->Assign(left.begin(), left.end());
                                 })));
  }
  return absl::OkStatus();
}

}  // namespace tunegate::evaluations
