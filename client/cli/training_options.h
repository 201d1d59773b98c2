// How to train: what `job create` and `workflow run` share.
#ifndef TUNEGATE_CLIENT_CLI_TRAINING_OPTIONS_H_
#define TUNEGATE_CLIENT_CLI_TRAINING_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "client/cli/parser.h"

namespace tunegate::v1 {
class Job;
}  // namespace tunegate::v1

namespace tunegate::cli {

struct TrainingOptions {
  std::string model;
  std::string provider;
  std::optional<int64_t> epochs;
  std::optional<int64_t> batch;
  std::optional<double> learning_rate;
  std::string suffix;
  std::optional<int64_t> seed;
  std::string method_file;  // the provider's `method` object, verbatim

  bool empty() const {
    return model.empty() && provider.empty() && !epochs && !batch && !learning_rate &&
           suffix.empty() && !seed && method_file.empty();
  }
  absl::Status Check() const;
};

// `seed_flag` is --seed, or --training-seed where --seed is the generator's.
void DeclareTraining(VerbSpec& verb, std::string_view seed_flag, TrainingOptions& options);
// Reads the method's file.
absl::Status FillTraining(const TrainingOptions& options, v1::Job* job);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TRAINING_OPTIONS_H_
