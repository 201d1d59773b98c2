// JobApi: the methods of JobService, without gRPC.
#ifndef TUNEGATE_SERVER_JOBS_JOB_API_H_
#define TUNEGATE_SERVER_JOBS_JOB_API_H_

#include "absl/status/statusor.h"
#include "server/jobs/job_spec.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

// Thread-safe; blocks on the store, and on the provider where a method says so. Errors as job.proto
// says. What it is given is not owned.
class JobApi {
 public:
  JobApi(resources::Repository* repository, const providers::ProviderSet* providers,
         JobDefaults defaults)
      : repository_(repository), providers_(providers), defaults_(std::move(defaults)) {}

  absl::StatusOr<v1::CreateJobResponse> CreateJob(const rpc::Caller& caller,
                                                  const v1::CreateJobRequest& request);
  // Asks the provider whether it knows the job.
  absl::StatusOr<v1::AdoptJobResponse> AdoptJob(const rpc::Caller& caller,
                                                const v1::AdoptJobRequest& request);
  absl::StatusOr<v1::GetJobResponse> GetJob(const rpc::Caller& caller,
                                            const v1::GetJobRequest& request);
  // GetJob's answer where it is in memory; does not block.
  bool Peek(const v1::GetJobRequest& request, v1::GetJobResponse& response);
  // Asks the provider when include_unadopted is set.
  absl::StatusOr<v1::ListJobsResponse> ListJobs(const rpc::Caller& caller,
                                                const v1::ListJobsRequest& request);
  absl::StatusOr<v1::ListJobMetricsResponse> ListJobMetrics(
      const rpc::Caller& caller, const v1::ListJobMetricsRequest& request);
  absl::StatusOr<v1::ListProviderEventsResponse> ListProviderEvents(
      const rpc::Caller& caller, const v1::ListProviderEventsRequest& request);
  absl::StatusOr<v1::CancelJobResponse> CancelJob(const rpc::Caller& caller,
                                                  const v1::CancelJobRequest& request);
  absl::StatusOr<v1::PauseJobResponse> PauseJob(const rpc::Caller& caller,
                                                const v1::PauseJobRequest& request);
  absl::StatusOr<v1::ResumeJobResponse> ResumeJob(const rpc::Caller& caller,
                                                  const v1::ResumeJobRequest& request);

 private:
  absl::Status AppendUnadopted(v1::ListJobsResponse& response);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const JobDefaults defaults_;
};

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_API_H_
