// What was seen of a job at its provider, and how that changes the job's record. Seeing and
// recording are apart, so that a record that changed meanwhile gets the same facts again.
#ifndef TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_
#define TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_

#include <string>
#include <vector>

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
};

// Looks at the job, its events since the last look, and, once it has ended, its checkpoints.
absl::StatusOr<JobObservation> Observe(providers::Provider& provider,
                                       const store::v1::JobRecord& record);

// Puts what was seen into the record and into `transaction` (rows, events, the record itself). Does
// nothing when nothing has changed. Facts that come late or twice do no harm.
void Record(const JobObservation& seen, resources::Repository& repository,
            resources::Stored<store::v1::JobRecord>& stored, store::Transaction& transaction);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_OBSERVATION_H_
