// Reads the body of POST /fine_tuning/jobs, refusing at once what OpenAI refuses at once.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_REQUEST_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_REQUEST_H_

#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/sandbox/file_store.h"
#include "server/sandbox/jobs/job.h"

namespace tunegate::sandbox {

// A job without id, time or sequence. 400 naming the parameter: an unknown base model, a file that
// does not exist or is not for fine-tuning, a hyperparameter out of range, metadata that is too
// large, a method other than supervised, a base model that is itself a fine-tuned one.
absl::StatusOr<Job> ReadJobRequest(const json::Value& body, const FileStore& files);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_REQUEST_H_
