#include "server/jobs/job_api.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_limits.h"
#include "server/jobs/job_lookup.h"
#include "server/jobs/job_states.h"
#include "server/resources/names.h"
#include "server/resources/rows.h"

namespace tunegate::jobs {
namespace {

using providers::Provider;
using providers::RemoteJob;
using resources::Stored;
using store::v1::JobRecord;

std::string StateText(const v1::Job& job) {
  return v1::Job::State_Name(job.state()).substr(sizeof("STATE_") - 1);
}

v1::Job FromRemote(const RemoteJob& remote, const std::string& provider) {
  v1::Job job;
  job.set_provider(provider);
  job.set_provider_job(remote.id);
  job.set_provider_status(Cut(remote.status, kWordBytes));
  job.set_base_model(Cut(remote.model, kMessageBytes));
  job.set_fine_tuned_model(Cut(remote.fine_tuned_model, kMessageBytes));
  job.set_adopted(true);
  *job.mutable_create_time() = ToProto(remote.create_time);
  const auto fact = FactOfProviderStatus(remote.status);
  const auto state = fact.has_value() ? NextState(v1::Job::STATE_PENDING, *fact) : std::nullopt;
  job.set_state(state.value_or(v1::Job::STATE_VALIDATING));
  return job;
}

}  // namespace

absl::StatusOr<v1::CreateJobResponse> JobApi::CreateJob(const rpc::Caller& caller,
                                                        const v1::CreateJobRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "CreateJob", request);
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  v1::CreateJobResponse response;
  std::string made;
  if (earlier.has_value()) {
    made = *earlier;
  } else {
    TG_ASSIGN_OR_RETURN(
        const std::string name,
        resources::MakeName("job_id", "jobs", request.job_id(), repository_->clock().Now()));
    TG_ASSIGN_OR_RETURN(Stored<JobRecord> job,
                        NewJob(*repository_, *providers_, defaults_, request.job(), name,
                               /*owner=*/"", "job"));
    if (request.validate_only()) {
      *response.mutable_job() = job.resource();
      return response;
    }
    store::Transaction transaction;
    StageJob(*repository_, job, transaction);
    TG_ASSIGN_OR_RETURN(made, repository_->CommitCreation(std::move(transaction), creation, name));
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<JobRecord>(made));
  *response.mutable_job() = std::move(stored.resource());
  return response;
}

absl::StatusOr<v1::AdoptJobResponse> JobApi::AdoptJob(const rpc::Caller&,
                                                      const v1::AdoptJobRequest& request) {
  if (request.provider_job().empty()) {
    return InvalidField("provider_job", "is required: the provider's id, e.g. ftjob-abc");
  }
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(request.provider(), "provider"));
  TG_ASSIGN_OR_RETURN(std::string name, FindByProviderJob(repository_->store(), provider->name(),
                                                          request.provider_job()));
  v1::AdoptJobResponse response;
  if (name.empty()) {
    TG_ASSIGN_OR_RETURN(const RemoteJob remote, provider->GetJob(request.provider_job()));
    TG_ASSIGN_OR_RETURN(
        name, resources::MakeName("job_id", "jobs", request.job_id(), repository_->clock().Now()));
    Stored<JobRecord> job;
    job.resource() = FromRemote(remote, provider->name());
    job.resource().set_name(name);
    // Followed like our own from here: its end is seen by the first step, with events and figures.
    job.resource().set_state(v1::Job::STATE_VALIDATING);
    store::Transaction transaction;
    repository_->Write(transaction, job, v1::Event::TYPE_CREATED,
                       absl::StrCat("adopted ", remote.id, " of ", provider->name()));
    transaction.schedule.push_back({name, absl::ZeroDuration()});
    // Of two at once, whoever asks, the second gets what the first made.
    const resources::Creation once{
        rpc::Caller(), "AdoptJob",
        Sha256Hex(absl::StrCat(provider->name(), "\n", request.provider_job())), ""};
    TG_ASSIGN_OR_RETURN(name, repository_->CommitCreation(std::move(transaction), once, name));
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<JobRecord>(name));
  *response.mutable_job() = std::move(stored.resource());
  return response;
}

absl::StatusOr<v1::GetJobResponse> JobApi::GetJob(const rpc::Caller&,
                                                  const v1::GetJobRequest& request) {
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<JobRecord>(request.name()));
  v1::GetJobResponse response;
  *response.mutable_job() = std::move(stored.resource());
  return response;
}

bool JobApi::Peek(const v1::GetJobRequest& request, v1::GetJobResponse& response) {
  return repository_->Peek<JobRecord>(request.name(), *response.mutable_job());
}

absl::StatusOr<v1::ListJobsResponse> JobApi::ListJobs(const rpc::Caller&,
                                                      const v1::ListJobsRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page, repository_->List<JobRecord>(resources::ListArgumentsOf(request)));
  v1::ListJobsResponse response;
  for (JobRecord& record : page.records) {
    *response.add_jobs() = std::move(*record.mutable_resource());
  }
  response.set_next_page_token(page.next_page_token);
  if (request.include_unadopted() && page.next_page_token.empty()) {
    TG_RETURN_IF_ERROR(AppendUnadopted(response));
  }
  return response;
}

absl::Status JobApi::AppendUnadopted(v1::ListJobsResponse& response) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find("", "provider"));
  TG_ASSIGN_OR_RETURN(const auto remote, provider->ListJobs(""));
  TG_ASSIGN_OR_RETURN(const auto snapshot, repository_->store().ReadSnapshot({"jobs"}));
  std::set<std::string> known;
  for (const store::Record& row : snapshot.records) {
    JobRecord record;
    if (!record.ParseFromString(row.payload)) continue;
    if (record.resource().provider() != provider->name()) continue;
    known.insert(record.resource().provider_job());
  }
  for (const RemoteJob& job : remote.items) {
    if (known.count(job.id) == 0) *response.add_jobs() = FromRemote(job, provider->name());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ListJobMetricsResponse> JobApi::ListJobMetrics(
    const rpc::Caller&, const v1::ListJobMetricsRequest& request) {
  TG_RETURN_IF_ERROR(repository_->Get<JobRecord>(request.parent(), "parent").status());
  v1::ListJobMetricsResponse response;
  TG_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      resources::ReadRowPageInto(repository_->store(), request.parent(), kMetricsStream,
                                 request.page_size(), request.page_token(),
                                 [&] { return response.add_metrics(); }));
  return response;
}

absl::StatusOr<v1::ListProviderEventsResponse> JobApi::ListProviderEvents(
    const rpc::Caller&, const v1::ListProviderEventsRequest& request) {
  TG_RETURN_IF_ERROR(repository_->Get<JobRecord>(request.parent(), "parent").status());
  v1::ListProviderEventsResponse response;
  TG_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      resources::ReadRowPageInto(repository_->store(), request.parent(), kProviderEventsStream,
                                 request.page_size(), request.page_token(),
                                 [&] { return response.add_provider_events(); }));
  return response;
}

absl::StatusOr<v1::CancelJobResponse> JobApi::CancelJob(const rpc::Caller&,
                                                        const v1::CancelJobRequest& request) {
  const auto ask = [&](Stored<JobRecord>& job, store::Transaction& transaction) -> absl::Status {
    if (IsTerminal(job.resource().state())) {
      return resources::WrongState(request.name(), StateText(job.resource()), "still at work");
    }
    job.record.set_cancel_requested(true);
    repository_->Write(transaction, job, v1::Event::TYPE_UPDATED, "cancel asked for");
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto job, repository_->Update<JobRecord>(request.name(), ask));
  v1::CancelJobResponse response;
  *response.mutable_job() = std::move(job.resource());
  return response;
}

absl::StatusOr<v1::PauseJobResponse> JobApi::PauseJob(const rpc::Caller&,
                                                      const v1::PauseJobRequest& request) {
  const auto ask = [&](Stored<JobRecord>& job, store::Transaction& transaction) -> absl::Status {
    const auto state = job.resource().state();
    if (state != v1::Job::STATE_RUNNING && state != v1::Job::STATE_QUEUED) {
      return resources::WrongState(request.name(), StateText(job.resource()), "RUNNING or QUEUED");
    }
    job.record.set_pause_requested(true);
    repository_->Write(transaction, job, v1::Event::TYPE_UPDATED, "pause asked for");
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto job, repository_->Update<JobRecord>(request.name(), ask));
  v1::PauseJobResponse response;
  *response.mutable_job() = std::move(job.resource());
  return response;
}

absl::StatusOr<v1::ResumeJobResponse> JobApi::ResumeJob(const rpc::Caller&,
                                                        const v1::ResumeJobRequest& request) {
  const auto ask = [&](Stored<JobRecord>& job, store::Transaction& transaction) -> absl::Status {
    const auto state = job.resource().state();
    if (state != v1::Job::STATE_PAUSED && state != v1::Job::STATE_BLOCKED) {
      return resources::WrongState(request.name(), StateText(job.resource()), "PAUSED or BLOCKED");
    }
    job.record.set_resume_requested(true);
    repository_->Write(transaction, job, v1::Event::TYPE_UPDATED, "resume asked for");
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto job, repository_->Update<JobRecord>(request.name(), ask));
  v1::ResumeJobResponse response;
  *response.mutable_job() = std::move(job.resource());
  return response;
}

}  // namespace tunegate::jobs
