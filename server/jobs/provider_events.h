// A provider's events of a job, each recorded once. Providers give them newest first and in pages,
// repeat them, and let an older one turn up after newer ones; so what is new is told by what is
// recorded, not by a time up to which all was seen.
#ifndef TUNEGATE_SERVER_JOBS_PROVIDER_EVENTS_H_
#define TUNEGATE_SERVER_JOBS_PROVIDER_EVENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/providers/provider.h"
#include "server/store/store.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

// How far back to look.
enum class Reach {
  kNews,        // until a page holds nothing new: while the job runs
  kEverything,  // every page: once, when it has ended
};

// The events that are not recorded yet, by time and id, each once. Errors of provider and store.
absl::StatusOr<std::vector<providers::RemoteEvent>> ReadNewEvents(providers::Provider& provider,
                                                                  store::Store& store,
                                                                  const v1::Job& job, Reach reach);

// Its id where only a short text fits: itself, or a digest.
std::string ShortIdOf(const providers::RemoteEvent& event);
// Its key among the job's rows: sorts by time.
std::string EventKey(const providers::RemoteEvent& event);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_PROVIDER_EVENTS_H_
