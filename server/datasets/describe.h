// What a dataset holds, in figures.
#ifndef TUNEGATE_SERVER_DATASETS_DESCRIBE_H_
#define TUNEGATE_SERVER_DATASETS_DESCRIBE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tunegate/v1/task.pb.h"

namespace tunegate::datasets {

struct Description {
  int64_t example_count = 0;  // lines that hold an example
  int64_t size_bytes = 0;
  // `FIELD=VALUE` to count, for every category of the task, values that no example has included
  // (with 0); a bare task's key is `label=VALUE`.
  std::map<std::string, int64_t> distribution;
  // Tokens of all messages, estimated (a provider counts its own way): for quotes before training.
  int64_t token_estimate = 0;
};

// Reads a whole file; lines that hold no example are left out.
Description Describe(const v1::Task& task, std::string_view jsonl);

// About how many tokens `text` is to a model's tokenizer, by a rule of thumb on words and marks: no
// tokenizer is at hand, and every provider has its own.
int64_t EstimateTokens(std::string_view text);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DESCRIBE_H_
