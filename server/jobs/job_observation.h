// What was seen of a job at its provider, and how that changes the job's record. Seeing and
// recording are apart, so that a record that changed meanwhile gets the same facts again.
#ifndef TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_
#define TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/provider.h"
#include "server/resources/repository.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::jobs {

// One look.
struct JobObservation {
  providers::RemoteJob job;
  std::vector<providers::RemoteEvent> new_events;  // oldest first
  std::vector<providers::RemoteCheckpoint> checkpoints;
  // Why events or checkpoints are missing; OK: none are. What the job is stands without them.
  absl::Status incomplete;
  std::string missing;  // "events", "checkpoints" or both
};

// The provider will not do anything more about it.
bool HasEnded(const providers::RemoteJob& remote);
// It has made a model, or may still make one.
bool IsUsable(const providers::RemoteJob& remote);

// Looks at the job, its events that are not recorded yet, and, once it has succeeded, its
// checkpoints. Errors of asking for the job itself.
absl::StatusOr<JobObservation> Observe(providers::Provider& provider, store::Store& store,
                                       const v1::Job& job);

// Puts what was seen into the record and into `transaction` (rows, events, the record itself). Does
// nothing when nothing has changed. Facts that come late or twice do no harm.
void Record(const JobObservation& seen, resources::Repository& repository,
            resources::Stored<store::v1::JobRecord>& stored, store::Transaction& transaction);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_
