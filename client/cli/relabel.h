// Relabel: a dataset with the labels that a person has put right. The bytes that were there never
// change; of lines whose label is another now, only the last assistant's text does.
#ifndef TUNEGATE_CLIENT_CLI_RELABEL_H_
#define TUNEGATE_CLIENT_CLI_RELABEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/dispute.h"
#include "client/cli/dispute_file.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {

struct Relabelled {
  std::string jsonl;
  int64_t example_count = 0;
  int64_t changed = 0;    // labels that are others now
  int64_t confirmed = 0;  // examples of which the person said what the label says
  int64_t open = 0;       // of which they said nothing
};

// `jsonl` with what `rulings` say. What is wrong with them is added to `faults`, every one: an
// example that is not in the dataset, stands there twice or asks otherwise there, a choice that was
// not offered, an answer that the task cannot take. INVALID_ARGUMENT when the task scores nothing.
absl::StatusOr<Relabelled> Relabel(const v1::Task& task, std::string_view jsonl,
                                   const std::vector<Dispute>& rulings, Faults& faults);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_RELABEL_H_
