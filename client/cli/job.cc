#include "client/cli/job.h"

#include <map>

#include "client/cli/facts.h"
#include "client/cli/follow.h"
#include "client/cli/format.h"
#include "client/cli/job_screen.h"
#include "client/cli/nouns.h"
#include "client/cli/session.h"
#include "client/cli/table.h"
#include "client/cli/usage.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::cli {
namespace {

using v1::Job;

// For verbs that answer with one job.
absl::StatusOr<Ending> ShowJob(Session& session, const google::protobuf::Message& response,
                               const Job& job) {
  if (session.json()) {
    session.PrintJson(response);
  } else {
    JobFacts(job).Print(session.out(), session.terminal());
  }
  return Ending::kDone;
}

absl::StatusOr<Ending> WatchJob(Session& session, const Job& job) {
  JobScreen screen(session, job);
  TG_ASSIGN_OR_RETURN(
      const FollowEnd end,
      Follow(session, WatchToTheEnd(job.name(), /*owned=*/false),
             {.what = "the job", .again = "tunegate job watch " + job.name()}, screen));
  if (end == FollowEnd::kInterrupted) return Ending::kInterrupted;
  if (session.terminal().interactive && !session.json()) {
    Facts facts;
    if (!screen.job().fine_tuned_model().empty())
      facts.Add("made", screen.job().fine_tuned_model());
    facts.Next(NextCommand(screen.job()));
    facts.Print(session.out(), session.terminal());
  }
  if (screen.job().state() == Job::STATE_CANCELLED) return Ending::kCancelled;
  return screen.job().state() == Job::STATE_SUCCEEDED ? Ending::kDone : Ending::kFailed;
}

// The verbs that name a job and answer with it.
template <typename Request>
absl::StatusOr<Ending> CallAndShow(Session& session, const std::string& name) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  Request request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const auto response, client->Call(request));
  return ShowJob(session, response, response.job());
}

}  // namespace

absl::Status JobCreate::Check() const {
  if (dry_run && watch) return UsageError("--dry-run", "starts nothing; leave out --watch");
  return training.Check();
}

absl::StatusOr<Ending> JobCreate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CreateJobRequest request;
  request.set_job_id(naming.id);
  request.set_validate_only(dry_run);
  Job* job = request.mutable_job();
  FillNaming(naming, job);
  job->set_training_dataset(train);
  job->set_validation_dataset(validation);
  TG_RETURN_IF_ERROR(FillTraining(training, job));
  if (!budget.empty()) FillBudget(budget, job->mutable_budget());
  TG_ASSIGN_OR_RETURN(const v1::CreateJobResponse response, client->Call(request));
  if (!watch) return ShowJob(session, response, response.job());
  if (session.json()) session.PrintJson(response);
  return WatchJob(session, response.job());
}

absl::StatusOr<Ending> JobAdopt::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::AdoptJobRequest request;
  request.set_provider_job(provider_job);
  request.set_provider(provider);
  request.set_job_id(id);
  TG_ASSIGN_OR_RETURN(const v1::AdoptJobResponse response, client->Call(request));
  return ShowJob(session, response, response.job());
}

absl::StatusOr<Ending> JobList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListJobsRequest request;
  FillList(list, &request);
  request.set_include_unadopted(all);
  TG_ASSIGN_OR_RETURN(const v1::ListJobsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  JobTable(response.jobs()).Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate job list");
  return Ending::kDone;
}

absl::StatusOr<Ending> JobShow::Run(Session& session) const {
  return CallAndShow<v1::GetJobRequest>(session, name);
}

absl::StatusOr<Ending> JobWatch::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetJobRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetJobResponse response, client->Call(request));
  return WatchJob(session, response.job());
}

absl::StatusOr<Ending> JobMetrics::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListJobMetricsRequest request;
  request.set_parent(name);
  FillPaging(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListJobMetricsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Table table({{"STEP", true}, {"TIME"}, {"FIGURES"}});
  for (const v1::JobMetric& metric : response.metrics()) {
    std::string figures;
    const std::map<std::string, double> sorted(metric.figures().begin(), metric.figures().end());
    for (const auto& [key, value] : sorted) {
      figures += (figures.empty() ? "" : " ") + key + "=" + Figure(value);
    }
    table.Row({std::to_string(metric.step()), Rfc3339(ToTime(metric.time())), figures});
  }
  table.Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate job metrics " + name);
  return Ending::kDone;
}

absl::StatusOr<Ending> JobEvents::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListProviderEventsRequest request;
  request.set_parent(name);
  FillPaging(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListProviderEventsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Table table({{"TIME"}, {"LEVEL"}, {"TYPE"}, {"MESSAGE"}});
  for (const v1::ProviderEvent& event : response.provider_events()) {
    table.Row({Rfc3339(ToTime(event.time())), event.level(), event.type(), event.message()});
  }
  table.Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate job events " + name);
  return Ending::kDone;
}

absl::StatusOr<Ending> JobCancel::Run(Session& session) const {
  return CallAndShow<v1::CancelJobRequest>(session, name);
}

absl::StatusOr<Ending> JobPause::Run(Session& session) const {
  return CallAndShow<v1::PauseJobRequest>(session, name);
}

absl::StatusOr<Ending> JobResume::Run(Session& session) const {
  return CallAndShow<v1::ResumeJobRequest>(session, name);
}

}  // namespace tunegate::cli
