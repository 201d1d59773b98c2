#include "client/cli/training_options.h"

#include "client/cli/files.h"
#include "client/cli/usage.h"
#include "common/errors.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::cli {

void DeclareTraining(VerbSpec& verb, std::string_view seed_flag, TrainingOptions& options) {
  verb.Option("--model", "MODEL", "the model to start from; the server's default otherwise",
              Text(&options.model));
  verb.Option("--provider", "NAME", "who trains; the server's default otherwise",
              Text(&options.provider));
  verb.Option("--epochs", "N", "passes over the data; the provider's choice otherwise",
              Whole(&options.epochs, 1, 50));
  verb.Option("--batch", "N", "examples a step; the provider's choice otherwise",
              Whole(&options.batch, 1, 256));
  verb.Option("--lr", "FACTOR", "learning rate multiplier; the provider's choice otherwise",
              Number(&options.learning_rate, 0.0001, 10));
  verb.Option("--suffix", "TEXT", "part of the new model's name", Text(&options.suffix));
  verb.Option(seed_flag, "N", "for reproducible training", Whole(&options.seed, 0, INT64_MAX));
  verb.Option(
      "--provider-method", "FILE.json",
      "another method than supervised (dpo, reinforcement): the provider's `method` object, "
      "passed on verbatim",
      Text(&options.method_file));
}

absl::Status TrainingOptions::Check() const {
  if (!method_file.empty() && (epochs || batch || learning_rate)) {
    return UsageError("--provider-method",
                      "carries its own settings; leave out --epochs, --batch and --lr");
  }
  return absl::OkStatus();
}

absl::Status FillTraining(const TrainingOptions& options, v1::Job* job) {
  job->set_base_model(options.model);
  job->set_provider(options.provider);
  job->set_suffix(options.suffix);
  if (options.seed) job->set_seed(*options.seed);
  if (options.epochs)
    job->mutable_supervised()->set_n_epochs(static_cast<int32_t>(*options.epochs));
  if (options.batch) {
    job->mutable_supervised()->set_batch_size(static_cast<int32_t>(*options.batch));
  }
  if (options.learning_rate) {
    job->mutable_supervised()->set_learning_rate_multiplier(*options.learning_rate);
  }
  if (options.method_file.empty()) return absl::OkStatus();
  return ReadJson(options.method_file, job->mutable_provider_method());
}

}  // namespace tunegate::cli
