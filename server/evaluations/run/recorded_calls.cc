#include "server/evaluations/run/recorded_calls.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/run/asked_examples.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {

using store::v1::CallRecord;

absl::Status ForEachRecorded(
    store::Store& store, std::string_view evaluation, const RunInputs& inputs,
    const std::function<void(const CallRecord&, size_t, const Expected&)>& take) {
  AskedExample asked;  // of the calls that come now: they come by example
  return ForEachCall(store, evaluation, "", [&](CallRecord& call) -> absl::Status {
    const PlannedCall planned{static_cast<size_t>(call.example() - 1), call.repeat(), call.arm()};
    const bool of_plan = call.example() >= 1 && inputs.plan.Contains(planned);
    if (of_plan && asked.example.line != call.example()) {
      TG_ASSIGN_OR_RETURN(asked, ReadAsked(inputs.examples, inputs.grader, planned.example));
    }
    if (!of_plan || inputs.Of(call.arm()).request.Digest(asked.example) != call.request_digest()) {
      return FailedPrecondition(
          kLedgerMismatch,
          absl::StrCat("the recorded call ", CallKey(call.example(), call.repeat(), call.arm()),
                       " was not asked of what the dataset holds now"));
    }
    take(call, inputs.plan.SequenceOf(planned), asked.expected);
    return absl::OkStatus();
  });
}

}  // namespace tunegate::evaluations
