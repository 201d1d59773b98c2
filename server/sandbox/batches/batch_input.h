// The input file of a batch: one request a line, told apart by custom_id.
#ifndef TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_INPUT_H_
#define TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_INPUT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace tunegate::sandbox {

inline constexpr size_t kMaxBatchLines = 50'000;
inline constexpr size_t kMaxBatchBytes = size_t{200} << 20;

struct BatchLine {
  std::string custom_id;
  json::Value body;
};

struct BatchInput {
  std::vector<BatchLine> lines;
  // {code, message, param, line} for everything that is wrong; the batch fails when there is any.
  std::vector<json::Value> errors;
};

// One of a batch's errors. An empty `param` and line 0 are null.
json::Value BatchError(std::string_view code, std::string_view message, std::string_view param,
                       int64_t line);

// Reads `jsonl`, whose lines must ask for `endpoint`.
BatchInput ParseBatchInput(std::string_view jsonl, std::string_view endpoint);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_INPUT_H_
