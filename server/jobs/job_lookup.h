// Which of our jobs follows a job at a provider.
#ifndef TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_
#define TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/store/store.h"

namespace tunegate::jobs {

// The name of the job, our own or adopted, that follows `provider_job` at `provider`; empty when
// there is none. Reads every job there is: for what happens seldom. Errors of the store.
absl::StatusOr<std::string> FindByProviderJob(store::Store& store, const std::string& provider,
                                              const std::string& provider_job);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_
