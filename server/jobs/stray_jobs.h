// Stray jobs: what a provider made for a job of ours beside the one that is kept. A POST whose
// answer was lost and that was sent again, a process that was frozen around its POST: each may
// leave one that trains and costs money. It is remembered, and the provider is asked to cancel it
// until it says that it has ended.
#ifndef TUNEGATE_SERVER_JOBS_STRAY_JOBS_H_
#define TUNEGATE_SERVER_JOBS_STRAY_JOBS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/providers/provider.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::jobs {

// What came of asking for a stray's end.
struct StrayAttempt {
  std::string provider_job;
  bool ended = false;                                 // or is not to be cancelled any more
  bool denied = false;                                // the provider says that it does not know it
  absl::Duration retry_delay = absl::ZeroDuration();  // when it has not ended
  std::string message;                                // for people: what became of it
};

// There is something to do about strays, also when the job itself has ended.
bool HasStrayWork(const store::v1::JobRecord& record);
// When that is; in the infinite future without.
absl::Time NextStrayTime(const store::v1::JobRecord& record);
// It is time to look whether there are more than are known.
bool StrayLookIsDue(const store::v1::JobRecord& record, absl::Time now);
// Moves that look, if there is to be one, to `time`.
void MoveStrayLook(absl::Time time, store::v1::JobRecord& record);

// Remembers that `provider_job` is not the one that is kept. False when it is the one that is kept,
// or is remembered already.
bool AddStray(const std::string& provider_job, store::v1::JobRecord& record);
// Keeps `provider_job`, which is no stray any more if it was one.
void KeepJob(const std::string& provider_job, store::v1::JobRecord& record);
// The job that is kept is followed no more, and may train on: it is a stray, too, from now on.
void AddLostJob(store::v1::JobRecord& record);
// "twin ftjob-1", for people.
std::string NameOfStray(const std::string& provider_job, const store::v1::JobRecord& record);

// Those that are to be asked for their end at `now`.
std::vector<store::v1::StrayJob> DueStrays(const store::v1::JobRecord& record, absl::Time now);
// Asks the provider to cancel one. Blocks.
StrayAttempt CancelStray(providers::Provider& provider, const store::v1::StrayJob& stray);
// Forgets those that have ended, and notes when the others are due again.
void RecordAttempts(const std::vector<StrayAttempt>& attempts, absl::Time now,
                    store::v1::JobRecord& record);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_STRAY_JOBS_H_
