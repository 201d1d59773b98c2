// A fine-tuning job: the values, its states, and its two written forms.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace tunegate::sandbox {

enum class JobStatus {
  kValidatingFiles,
  kQueued,
  kRunning,
  kPaused,
  kSucceeded,
  kFailed,
  kCancelled,
};

std::string_view JobStatusName(JobStatus status);  // "validating_files"
bool IsFinished(JobStatus status);
// Whether a job in `from` may go to `to` in one change.
bool MayBecome(JobStatus from, JobStatus to);

// nullopt stands for "auto": decided when training starts.
struct Hyperparameters {
  std::optional<int> n_epochs;
  std::optional<int> batch_size;
  std::optional<double> learning_rate_multiplier;

  json::Value ToJson() const;
};

// What a fault rule does to a job that it let through (see faults.h). 0: nothing.
struct JobFault {
  int fail_at_step = 0;
  int vanish_at_step = 0;
  std::string code = "server_error";
  std::string message = "The job failed due to an internal error.";

  json::Value ToJson() const;
  // Members that are missing keep their defaults.
  static JobFault FromJson(const json::Value& value);
};

struct Job {
  std::string id;
  std::string model;
  std::string training_file;
  std::string validation_file;  // "": none
  std::string suffix;
  std::string fine_tuned_model;  // "": none yet
  JobStatus status = JobStatus::kValidatingFiles;
  int64_t sequence = 0;  // orders jobs made within one second
  int64_t created_at = 0;
  std::optional<int64_t> finished_at;
  std::optional<int64_t> estimated_finish;
  std::optional<int64_t> trained_tokens;
  int64_t seed = 0;
  Hyperparameters hyperparameters;
  json::Value metadata;      // an object or null
  json::Value integrations;  // verbatim
  json::Value error;         // {code, message, param} or null
  std::vector<std::string> result_files;
  JobFault fault;

  // The API's fine_tuning.job object.
  json::Value ToJson() const;
  // The same with what only the sandbox knows, and back.
  json::Value ToRecord() const;
  static Job FromRecord(const json::Value& record);

  // "ft:BASE:sandbox:SUFFIX:ID", and that of the checkpoint after `step`.
  std::string ModelName() const;
  std::string CheckpointName(int step) const;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_H_
