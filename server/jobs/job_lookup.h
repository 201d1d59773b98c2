// Which of our jobs follows a job at a provider.
#ifndef TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_
#define TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/store/store.h"

namespace tunegate::jobs {

// The failure reason of a job that its provider no longer knows: it has ended here, and follows
// nothing any more that may turn up there again.
inline constexpr std::string_view kProviderJobLost = "PROVIDER_JOB_LOST";

// The name of the job, our own or adopted, that follows `provider_job` at `provider`, or has to its
// end; empty when there is none. Reads every job there is: for what happens seldom. Errors of the
// store.
absl::StatusOr<std::string> FindByProviderJob(store::Store& store, const std::string& provider,
                                              const std::string& provider_job);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_LOOKUP_H_
