// Jobs as a kind of resource.
#ifndef TUNEGATE_SERVER_JOBS_JOB_KIND_H_
#define TUNEGATE_SERVER_JOBS_JOB_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::JobRecord>() {
  static const Kind kind{"jobs", "job", {"SUCCEEDED", "FAILED", "CANCELLED"}};
  return kind;
}

}  // namespace tunegate::resources

namespace tunegate::jobs {

// Streams of a job's rows: v1.JobMetric by step, v1.ProviderEvent by time.
inline constexpr std::string_view kMetricsStream = "metrics";
inline constexpr std::string_view kProviderEventsStream = "provider_events";

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_KIND_H_
