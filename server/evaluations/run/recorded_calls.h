// What is recorded of an evaluation, held against its inputs: a step that goes on where another one
// ended trusts no call that was asked of something else.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RECORDED_CALLS_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RECORDED_CALLS_H_

#include <cstddef>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Hands every recorded call to `take`, by key, with its place in the plan and the right answer.
// FAILED_PRECONDITION (kLedgerMismatch) for a call that was not asked of `inputs`; errors of the
// store and of the dataset's file.
absl::Status ForEachRecorded(
    store::Store& store, std::string_view evaluation, const RunInputs& inputs,
    const std::function<void(const store::v1::CallRecord& call, size_t sequence,
                             const Expected& expected)>& take);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RECORDED_CALLS_H_
