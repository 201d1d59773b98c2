// BatchOutput: what a batch has given so far: the lines of its output and error files, its counts
// and its tokens.
#ifndef TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_OUTPUT_H_
#define TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_OUTPUT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/sandbox/chat/completion.h"

namespace tunegate::sandbox {

// Not thread-safe.
class BatchOutput {
 public:
  explicit BatchOutput(int64_t total) : total_(total) {}

  // A line that was asked: its answer goes to the output, its error to the errors.
  void Add(const std::string& custom_id, const absl::StatusOr<Completion>& completion);
  // A line that was not reached in time.
  void AddExpired(const std::string& custom_id);

  // JSONL.
  const std::string& answers() const { return answers_; }
  const std::string& errors() const { return errors_; }
  // The batch object's request_counts and usage.
  json::Value Counts() const;
  json::Value Usage() const;

 private:
  const int64_t total_;
  int64_t completed_ = 0;
  int64_t failed_ = 0;
  int64_t input_tokens_ = 0;
  int64_t output_tokens_ = 0;
  std::string answers_;
  std::string errors_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_OUTPUT_H_
