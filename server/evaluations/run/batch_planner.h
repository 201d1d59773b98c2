// Which batches are to be made: for all calls that are neither recorded nor in a batch under way,
// in the plan's order, one model a batch, as far as limits and budget go.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_PLANNER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_PLANNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/run/batch_book.h"
#include "server/evaluations/run/batch_window.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

// What a provider takes: OpenAI's own limits of a file, and how many batches we have under way.
struct BatchLimits {
  int64_t max_lines = 50'000;
  int64_t max_bytes = 200'000'000;
  int max_under_way = 8;
};

struct BatchesToMake {
  std::vector<store::v1::ProviderBatch> batches;  // in the phase kToUpload
  std::optional<v1::Failure> over_budget;         // why there are no more
};

// INVALID_ARGUMENT for a call that cannot be written as a line, or not within the limits; errors of
// the inputs.
absl::StatusOr<BatchesToMake> PlanBatches(const BatchBook& book,
                                          const store::v1::EvaluationRecord& record,
                                          const BatchLimits& limits);

// The lines of a batch that is not uploaded, in the plan's order. Errors as PlanBatches and those
// of `visit`.
absl::Status ForEachLine(const BatchBook& book, const store::v1::ProviderBatch& batch,
                         const std::function<absl::Status(std::string_view line)>& visit);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_PLANNER_H_
