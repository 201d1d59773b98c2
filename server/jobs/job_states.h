// The life of a job: which fact leads from which state to which.
#ifndef TUNEGATE_SERVER_JOBS_JOB_STATES_H_
#define TUNEGATE_SERVER_JOBS_JOB_STATES_H_

#include <optional>
#include <string_view>

#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

// What can happen to a job.
enum class JobFact {
  kStarted,          // its files are being sent
  kValidating,       // the provider has it and looks at the files
  kQueued,           // the provider has put it into its queue
  kRunning,          // the provider trains
  kPaused,           // the provider has paused it
  kSucceeded,        // the provider has a model
  kFailed,           // it cannot go on
  kCancelled,        // the provider has cancelled it, or it never got there
  kCancelRequested,  // a caller wants it to end
  kBlocked,          // a person is needed
  kUnblocked,        // a person has acted; the files are looked at anew
};

// All of them, for tests.
inline constexpr JobFact kAllJobFacts[] = {
    JobFact::kStarted,         JobFact::kValidating, JobFact::kQueued,   JobFact::kRunning,
    JobFact::kPaused,          JobFact::kSucceeded,  JobFact::kFailed,   JobFact::kCancelled,
    JobFact::kCancelRequested, JobFact::kBlocked,    JobFact::kUnblocked};

// The state after `fact`; nullopt when it changes nothing in `state`.
std::optional<v1::Job::State> NextState(v1::Job::State state, JobFact fact);

bool IsTerminal(v1::Job::State state);

// What a provider's status says; nullopt for a word that is not known, which changes nothing.
std::optional<JobFact> FactOfProviderStatus(std::string_view status);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_STATES_H_
