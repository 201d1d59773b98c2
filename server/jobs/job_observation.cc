#include "server/jobs/job_observation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_limits.h"
#include "server/jobs/job_states.h"
#include "server/jobs/provider_events.h"
#include "server/pricing/price_table.h"
#include "server/providers/failure.h"

namespace tunegate::jobs {
namespace {

using providers::RemoteEvent;
using providers::RemoteJob;
using resources::Repository;
using resources::Stored;
using store::v1::JobRecord;

constexpr absl::Duration kProgressInterval = absl::Milliseconds(500);

// For servers of the version before, which skip what is older.
void RememberNewest(const std::vector<RemoteEvent>& events, JobRecord& record) {
  for (const RemoteEvent& event : events) {
    const absl::Time newest = record.has_last_provider_event_time()
                                  ? FromProto(record.last_provider_event_time())
                                  : absl::InfinitePast();
    if (event.time < newest) continue;
    if (event.time > newest) record.clear_last_provider_event_ids();
    *record.mutable_last_provider_event_time() = ToProto(event.time);
    AddEventId(ShortIdOf(event), record);
  }
}

double Figure(const RemoteEvent& event, const std::string& name, double otherwise) {
  const auto found = event.figures.find(name);
  return found == event.figures.end() ? otherwise : found->second;
}

// A metrics event becomes a row of the loss curve, and the latest progress unless it comes late.
// Returns whether it was one; adds to `left_out` the figures that there was no room for.
bool RecordMetrics(const RemoteEvent& event, v1::Job& job, store::Transaction& transaction,
                   int& left_out) {
  const auto step = static_cast<int64_t>(Figure(event, "step", -1));
  if (step < 0) return false;
  v1::JobMetric metric;
  metric.set_step(step);
  *metric.mutable_time() = ToProto(event.time);
  v1::Progress& progress = *job.mutable_progress();
  const bool latest = step >= progress.done();
  progress.set_done(std::max(progress.done(), step));
  for (const auto& [name, value] : event.figures) {
    if (name == "step") continue;
    if (name == "total_steps") {
      progress.set_total(static_cast<int64_t>(value));
      continue;
    }
    if (!SetFigure(name, value, *metric.mutable_figures())) ++left_out;
    if (latest) SetFigure(name, value, *progress.mutable_figures());
  }
  transaction.rows.push_back({job.name(), std::string(kMetricsStream),
                              absl::StrFormat("%012d", step), metric.SerializeAsString()});
  return true;
}

v1::ProviderEvent ToProto(const RemoteEvent& event) {
  v1::ProviderEvent result;
  result.set_event_id(event.id);
  *result.mutable_time() = tunegate::ToProto(event.time);
  result.set_level(Cut(event.level, kWordBytes));
  result.set_type(Cut(event.type, kWordBytes));
  result.set_message(Cut(event.message, kMessageBytes * 4));
  return result;
}

void LogProviderEvent(const v1::ProviderEvent& said, const v1::Job& job,
                      store::Transaction& transaction) {
  v1::Event event;
  event.set_resource(job.name());
  event.set_owner(job.owner());
  event.set_type(v1::Event::TYPE_PROVIDER_EVENT);
  event.set_message(absl::StrCat("provider: ", said.message()));
  *event.mutable_labels() = job.labels();
  *event.mutable_provider_event() = said;
  transaction.events.push_back({job.name(), event.SerializeAsString()});
}

void EstimateEnd(const RemoteJob& remote, absl::Time now, JobRecord& record) {
  v1::Progress& progress = *record.mutable_resource()->mutable_progress();
  progress.clear_estimated_end_time();
  if (remote.estimated_finish_time.has_value()) {
    *progress.mutable_estimated_end_time() = tunegate::ToProto(*remote.estimated_finish_time);
  } else if (record.has_running_since_time() && progress.done() > 0 && progress.total() > 0) {
    const absl::Duration spent = now - FromProto(record.running_since_time());
    const double left = static_cast<double>(progress.total() - progress.done()) /
                        static_cast<double>(progress.done());
    *progress.mutable_estimated_end_time() = tunegate::ToProto(now + spent * left);
  }
}

// Epochs as the provider resolved them ("auto" becomes a number once it is known).
void RecordEpochs(const RemoteJob& remote, v1::Job& job) {
  const std::string type = remote.method["type"].StringOr("supervised");
  const double epochs = remote.method[type]["hyperparameters"]["n_epochs"].NumberOr(0);
  if (epochs <= 0) return;
  v1::Progress& progress = *job.mutable_progress();
  auto& figures = *progress.mutable_figures();
  figures["epochs"] = epochs;
  if (progress.total() > 0) {
    const double passed =
        epochs * static_cast<double>(progress.done()) / static_cast<double>(progress.total());
    figures["epoch"] = std::min(epochs, std::floor(passed) + 1);
  }
}

// Returns how many checkpoints there was no room for.
size_t RecordEnd(const JobObservation& seen, v1::Job& job) {
  job.set_fine_tuned_model(Cut(seen.job.fine_tuned_model, kMessageBytes));
  job.mutable_usage()->set_trained_tokens(seen.job.trained_tokens);
  const pricing::PriceTable& prices = pricing::CurrentPriceTable();
  const auto cost = prices.TrainingCost(job.base_model(), seen.job.trained_tokens);
  // Without a quote the model had no price here, whatever its name says elsewhere.
  if (cost.has_value() && job.has_quote()) {
    *job.mutable_usage()->mutable_cost() = *cost;
    job.mutable_usage()->set_price_table(prices.name());
  }
  job.mutable_progress()->clear_estimated_end_time();
  if (job.state() == v1::Job::STATE_SUCCEEDED && job.progress().total() > 0) {
    job.mutable_progress()->set_done(job.progress().total());
  }
  if (job.state() == v1::Job::STATE_FAILED) {
    *job.mutable_failure() = providers::MakeFailure(
        "PROVIDER_JOB_FAILED",
        seen.job.error_message.empty() ? "the provider gave no reason"
                                       : Cut(seen.job.error_message, kMessageBytes),
        absl::StrCat("see `tunegate job show ", job.name(), "` and the provider's events"));
    job.mutable_failure()->set_provider_code(Cut(seen.job.error_code, kWordBytes));
  }
  return SetCheckpoints(seen.checkpoints, job);
}

std::string StateMessage(const v1::Job& job) {
  switch (job.state()) {
    case v1::Job::STATE_SUCCEEDED:
      return absl::StrFormat("made %s from %d tokens", job.fine_tuned_model(),
                             job.usage().trained_tokens());
    case v1::Job::STATE_FAILED:
      return job.failure().message();
    default:
      return absl::StrCat("provider: ", job.provider_status());
  }
}

// Whether the look was whole, in the record and in words: empty unless that has changed, or the job
// has ended and what is missing stays away.
std::string NoteTrouble(const JobObservation& seen, bool ended, JobRecord& record) {
  const bool troubled = record.failed_calls() > 0 || record.has_settle_until_time();
  record.clear_settle_until_time();
  const absl::Status& incomplete = seen.incomplete;
  record.set_failed_calls(incomplete.ok() ? 0 : std::max(record.failed_calls(), 1));
  if (incomplete.ok()) return troubled ? "; it answers again" : "";
  if (ended) {
    return absl::StrCat("; recorded without ", seen.missing,
                        " that could not be read: ", std::string(incomplete.message()));
  }
  if (troubled) return "";
  return absl::StrCat("; not all that it says could be read: ", std::string(incomplete.message()));
}

std::string ProgressMessage(const v1::Job& job) {
  std::string text = absl::StrFormat("step %d/%d", job.progress().done(), job.progress().total());
  const auto loss = job.progress().figures().find("train_loss");
  if (loss != job.progress().figures().end())
    absl::StrAppendFormat(&text, " loss %.3f", loss->second);
  return text;
}

}  // namespace

bool HasEnded(const RemoteJob& remote) {
  const auto fact = FactOfProviderStatus(remote.status);
  return fact == JobFact::kSucceeded || fact == JobFact::kFailed || fact == JobFact::kCancelled;
}

bool IsUsable(const RemoteJob& remote) {
  return !HasEnded(remote) || FactOfProviderStatus(remote.status) == JobFact::kSucceeded;
}

absl::StatusOr<JobObservation> Observe(providers::Provider& provider, store::Store& store,
                                       const v1::Job& job) {
  JobObservation seen;
  TG_ASSIGN_OR_RETURN(seen.job, provider.GetJob(job.provider_job()));
  auto events =
      ReadNewEvents(provider, store, job, HasEnded(seen.job) ? Reach::kEverything : Reach::kNews);
  seen.incomplete = events.status();
  if (events.ok()) {
    seen.new_events = *std::move(events);
  } else {
    seen.missing = "events";
  }
  if (FactOfProviderStatus(seen.job.status) == JobFact::kSucceeded) {
    auto checkpoints = provider.ListCheckpoints(seen.job.id);
    if (checkpoints.ok()) {
      seen.checkpoints = *std::move(checkpoints);
    } else {
      absl::StrAppend(&seen.missing, seen.missing.empty() ? "" : " and ", "checkpoints");
      seen.incomplete.Update(checkpoints.status());
    }
  }
  return seen;
}

void Record(const JobObservation& seen, Repository& repository, Stored<JobRecord>& stored,
            store::Transaction& transaction) {
  JobRecord& record = stored.record;
  v1::Job& job = stored.resource();
  const absl::Time now = repository.clock().Now();
  const v1::Job before = job;
  bool metrics = false;
  int figures_left_out = 0;
  for (const RemoteEvent& event : seen.new_events) {
    const v1::ProviderEvent said = ToProto(event);
    transaction.rows.push_back({job.name(), std::string(kProviderEventsStream), EventKey(event),
                                said.SerializeAsString()});
    const bool metric = RecordMetrics(event, job, transaction, figures_left_out);
    metrics = metrics || metric;
    if (!metric) LogProviderEvent(said, job, transaction);
  }
  RememberNewest(seen.new_events, record);
  job.set_provider_status(Cut(seen.job.status, kWordBytes));
  RecordEpochs(seen.job, job);
  const auto fact = FactOfProviderStatus(seen.job.status);
  const auto next = fact.has_value() ? NextState(job.state(), *fact) : std::nullopt;
  if (next.has_value()) job.set_state(*next);
  if (job.state() == v1::Job::STATE_RUNNING && !record.has_running_since_time()) {
    *record.mutable_running_since_time() = tunegate::ToProto(now);
  }
  EstimateEnd(seen.job, now, record);
  const bool ended = IsTerminal(job.state());
  std::string remarks = NoteTrouble(seen, ended, record);
  if (figures_left_out > 0) {
    absl::StrAppend(&remarks, "; no room for ", figures_left_out, " of its figures");
  }
  const size_t checkpoints_left_out = ended ? RecordEnd(seen, job) : 0;
  if (checkpoints_left_out > 0) {
    absl::StrAppend(&remarks, "; no room for ", checkpoints_left_out, " older checkpoints");
  }

  if (next.has_value()) {
    repository.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED,
                     absl::StrCat(StateMessage(job), remarks));
    return;
  }
  const bool announce =
      metrics && (!record.has_last_progress_time() ||
                  now - FromProto(record.last_progress_time()) >= kProgressInterval);
  if (announce) {
    *record.mutable_last_progress_time() = tunegate::ToProto(now);
    repository.Write(transaction, stored, v1::Event::TYPE_PROGRESS,
                     absl::StrCat(ProgressMessage(job), remarks));
  } else if (!remarks.empty() || !seen.new_events.empty() ||
             job.provider_status() != before.provider_status()) {
    repository.Write(transaction, stored, v1::Event::TYPE_UPDATED,
                     absl::StrCat("provider: ", job.provider_status(), remarks));
  }
}

}  // namespace tunegate::jobs
