#include "server/sandbox/jobs/job_api.h"

#include <string>
#include <vector>

#include "server/sandbox/api_error.h"
#include "server/sandbox/jobs/job_request.h"
#include "server/sandbox/listing.h"

namespace tunegate::sandbox {
namespace {

constexpr PageLimits kJobPages = {20, 100};
constexpr PageLimits kEventPages = {20, 1000};
constexpr PageLimits kCheckpointPages = {10, 100};

absl::StatusOr<json::Value> CreateJob(JobEngine& engine, const FileStore& files,
                                      const Request& request) {
  TG_ASSIGN_OR_RETURN(const json::Value body, ParseBody(request));
  TG_ASSIGN_OR_RETURN(Job job, ReadJobRequest(body, files));
  job.fault = JobFault::FromJson(request.job_fault);
  TG_ASSIGN_OR_RETURN(job, engine.Create(std::move(job)));
  return job.ToJson();
}

// Whether the job has every pair that the query's metadata[KEY]=VALUE ask for.
bool MatchesMetadata(const Job& job, const Pairs& query) {
  constexpr std::string_view kPrefix = "metadata[";
  for (const auto& [name, value] : query) {
    if (name.compare(0, kPrefix.size(), kPrefix) != 0 || name.back() != ']') continue;
    const std::string key = name.substr(kPrefix.size(), name.size() - kPrefix.size() - 1);
    if (job.metadata[key] != json::Value(value)) return false;
  }
  return true;
}

absl::StatusOr<json::Value> ListJobs(const JobStore& jobs, const Request& request) {
  std::vector<json::Value> listed;
  for (const Job& job : jobs.NewestFirst()) {
    if (MatchesMetadata(job, request.query)) listed.push_back(job.ToJson());
  }
  return ListPage(std::move(listed), request, kJobPages);
}

Response JobOrError(const absl::StatusOr<Job>& job) {
  return job.ok() ? JsonResponse(job->ToJson()) : ErrorResponse(job.status());
}

absl::StatusOr<json::Value> ListEvents(const JobStore& jobs, const Request& request) {
  TG_ASSIGN_OR_RETURN(std::vector<json::Value> events, jobs.EventsNewestFirst(request.captures[0]));
  return ListPage(std::move(events), request, kEventPages);
}

absl::StatusOr<json::Value> ListCheckpoints(const JobStore& jobs, const Request& request) {
  TG_ASSIGN_OR_RETURN(std::vector<json::Value> checkpoints,
                      jobs.CheckpointsNewestFirst(request.captures[0]));
  return ListPage(std::move(checkpoints), request, kCheckpointPages);
}

}  // namespace

void AddJobRoutes(JobEngine& engine, JobStore& jobs, FileStore& files, Router& router) {
  const std::string job = "/fine_tuning/jobs/{fine_tuning_job_id}";
  router.Add("POST", "/fine_tuning/jobs", [&](const Request& request) {
    return JsonOrError(CreateJob(engine, files, request));
  });
  router.Add("GET", "/fine_tuning/jobs",
             [&](const Request& request) { return JsonOrError(ListJobs(jobs, request)); });
  router.Add("GET", job,
             [&](const Request& request) { return JobOrError(jobs.Get(request.captures[0])); });
  router.Add("GET", job + "/events",
             [&](const Request& request) { return JsonOrError(ListEvents(jobs, request)); });
  router.Add("GET", job + "/checkpoints",
             [&](const Request& request) { return JsonOrError(ListCheckpoints(jobs, request)); });
  router.Add("POST", job + "/cancel", [&](const Request& request) {
    return JobOrError(engine.Cancel(request.captures[0]));
  });
  router.Add("POST", job + "/pause",
             [&](const Request& request) { return JobOrError(engine.Pause(request.captures[0])); });
  router.Add("POST", job + "/resume", [&](const Request& request) {
    return JobOrError(engine.Resume(request.captures[0]));
  });
}

}  // namespace tunegate::sandbox
