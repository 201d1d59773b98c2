#include "server/jobs/job_states.h"

#include "server/resources/state_machine.h"

namespace tunegate::jobs {
namespace {

using Job = v1::Job;
using Row = resources::Transition<Job::State, JobFact>;

// The provider's facts are taken in any order and with gaps: polls miss states, and webhooks
// overtake them. From CANCELLING only an end leads out.
constexpr Row kTransitions[] = {
    {Job::STATE_PENDING, JobFact::kStarted, Job::STATE_UPLOADING},
    {Job::STATE_PENDING, JobFact::kValidating, Job::STATE_VALIDATING},
    {Job::STATE_PENDING, JobFact::kQueued, Job::STATE_QUEUED},
    {Job::STATE_PENDING, JobFact::kRunning, Job::STATE_RUNNING},
    {Job::STATE_PENDING, JobFact::kPaused, Job::STATE_PAUSED},
    {Job::STATE_PENDING, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_PENDING, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_PENDING, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_PENDING, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_PENDING, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_UPLOADING, JobFact::kValidating, Job::STATE_VALIDATING},
    {Job::STATE_UPLOADING, JobFact::kQueued, Job::STATE_QUEUED},
    {Job::STATE_UPLOADING, JobFact::kRunning, Job::STATE_RUNNING},
    {Job::STATE_UPLOADING, JobFact::kPaused, Job::STATE_PAUSED},
    {Job::STATE_UPLOADING, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_UPLOADING, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_UPLOADING, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_UPLOADING, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_UPLOADING, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_VALIDATING, JobFact::kQueued, Job::STATE_QUEUED},
    {Job::STATE_VALIDATING, JobFact::kRunning, Job::STATE_RUNNING},
    {Job::STATE_VALIDATING, JobFact::kPaused, Job::STATE_PAUSED},
    {Job::STATE_VALIDATING, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_VALIDATING, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_VALIDATING, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_VALIDATING, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_VALIDATING, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_QUEUED, JobFact::kValidating, Job::STATE_VALIDATING},
    {Job::STATE_QUEUED, JobFact::kRunning, Job::STATE_RUNNING},
    {Job::STATE_QUEUED, JobFact::kPaused, Job::STATE_PAUSED},
    {Job::STATE_QUEUED, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_QUEUED, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_QUEUED, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_QUEUED, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_QUEUED, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_RUNNING, JobFact::kQueued, Job::STATE_QUEUED},
    {Job::STATE_RUNNING, JobFact::kPaused, Job::STATE_PAUSED},
    {Job::STATE_RUNNING, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_RUNNING, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_RUNNING, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_RUNNING, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_RUNNING, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_PAUSED, JobFact::kQueued, Job::STATE_QUEUED},
    {Job::STATE_PAUSED, JobFact::kRunning, Job::STATE_RUNNING},
    {Job::STATE_PAUSED, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_PAUSED, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_PAUSED, JobFact::kCancelled, Job::STATE_CANCELLED},
    {Job::STATE_PAUSED, JobFact::kCancelRequested, Job::STATE_CANCELLING},
    {Job::STATE_PAUSED, JobFact::kBlocked, Job::STATE_BLOCKED},

    {Job::STATE_BLOCKED, JobFact::kUnblocked, Job::STATE_PENDING},
    {Job::STATE_BLOCKED, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_BLOCKED, JobFact::kCancelRequested, Job::STATE_CANCELLING},

    {Job::STATE_CANCELLING, JobFact::kSucceeded, Job::STATE_SUCCEEDED},
    {Job::STATE_CANCELLING, JobFact::kFailed, Job::STATE_FAILED},
    {Job::STATE_CANCELLING, JobFact::kCancelled, Job::STATE_CANCELLED},
};

}  // namespace

std::optional<Job::State> NextState(Job::State state, JobFact fact) {
  return resources::Next(kTransitions, state, fact);
}

bool IsTerminal(Job::State state) {
  return state == Job::STATE_SUCCEEDED || state == Job::STATE_FAILED ||
         state == Job::STATE_CANCELLED;
}

std::optional<JobFact> FactOfProviderStatus(std::string_view status) {
  if (status == "validating_files") return JobFact::kValidating;
  if (status == "queued") return JobFact::kQueued;
  if (status == "running" || status == "pausing") return JobFact::kRunning;
  if (status == "paused") return JobFact::kPaused;
  if (status == "succeeded") return JobFact::kSucceeded;
  if (status == "failed") return JobFact::kFailed;
  if (status == "cancelled") return JobFact::kCancelled;
  return std::nullopt;
}

}  // namespace tunegate::jobs
