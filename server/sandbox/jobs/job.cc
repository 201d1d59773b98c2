#include "server/sandbox/jobs/job.h"

#include <array>

namespace tunegate::sandbox {
namespace {

constexpr std::array<std::string_view, 7> kStatusNames = {
    "validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled"};

struct Transition {
  JobStatus from;
  JobStatus to;
};
constexpr Transition kTransitions[] = {
    {JobStatus::kValidatingFiles, JobStatus::kQueued},
    {JobStatus::kValidatingFiles, JobStatus::kFailed},
    {JobStatus::kValidatingFiles, JobStatus::kCancelled},
    {JobStatus::kQueued, JobStatus::kRunning},
    {JobStatus::kQueued, JobStatus::kPaused},
    {JobStatus::kQueued, JobStatus::kFailed},
    {JobStatus::kQueued, JobStatus::kCancelled},
    {JobStatus::kRunning, JobStatus::kPaused},
    {JobStatus::kRunning, JobStatus::kSucceeded},
    {JobStatus::kRunning, JobStatus::kFailed},
    {JobStatus::kRunning, JobStatus::kCancelled},
    {JobStatus::kPaused, JobStatus::kQueued},
    {JobStatus::kPaused, JobStatus::kCancelled},
};

template <typename T>
json::Value OrNull(const std::optional<T>& value) {
  return value ? json::Value(*value) : json::Value();
}

template <typename T>
json::Value OrAuto(const std::optional<T>& value) {
  return value ? json::Value(*value) : json::Value("auto");
}

json::Value OrNull(const std::string& text) {
  return text.empty() ? json::Value() : json::Value(text);
}

std::optional<int64_t> OptionalInteger(const json::Value& value) {
  if (!value.IsNumber()) return std::nullopt;
  return value.IntegerOr(0);
}

std::optional<int> OptionalInt(const json::Value& value) {
  if (!value.IsNumber()) return std::nullopt;
  return static_cast<int>(value.IntegerOr(0));
}

JobStatus StatusFromName(std::string_view name) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == name) return static_cast<JobStatus>(i);
  }
  return JobStatus::kFailed;
}

}  // namespace

std::string_view JobStatusName(JobStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}

bool IsFinished(JobStatus status) {
  return status == JobStatus::kSucceeded || status == JobStatus::kFailed ||
         status == JobStatus::kCancelled;
}

bool MayBecome(JobStatus from, JobStatus to) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.to == to) return true;
  }
  return false;
}

json::Value Hyperparameters::ToJson() const {
  return json::Object({{"n_epochs", OrAuto(n_epochs)},
                       {"batch_size", OrAuto(batch_size)},
                       {"learning_rate_multiplier", OrAuto(learning_rate_multiplier)}});
}

json::Value JobFault::ToJson() const {
  return json::Object({{"fail_at_step", fail_at_step},
                       {"vanish_at_step", vanish_at_step},
                       {"code", code},
                       {"message", message}});
}

JobFault JobFault::FromJson(const json::Value& value) {
  JobFault fault;
  fault.fail_at_step = static_cast<int>(value["fail_at_step"].IntegerOr(0));
  fault.vanish_at_step = static_cast<int>(value["vanish_at_step"].IntegerOr(0));
  fault.code = value["code"].StringOr(fault.code);
  fault.message = value["message"].StringOr(fault.message);
  return fault;
}

json::Value Job::ToJson() const {
  json::Value files = json::Array();
  for (const std::string& file : result_files) files.Append(file);
  return json::Object(
      {{"object", "fine_tuning.job"},
       {"id", id},
       {"model", model},
       {"created_at", created_at},
       {"finished_at", OrNull(finished_at)},
       {"fine_tuned_model", OrNull(fine_tuned_model)},
       {"organization_id", "org-sandbox"},
       {"result_files", std::move(files)},
       {"status", JobStatusName(status)},
       {"validation_file", OrNull(validation_file)},
       {"training_file", training_file},
       {"hyperparameters", hyperparameters.ToJson()},
       {"trained_tokens", OrNull(trained_tokens)},
       {"error", error.IsNull() ? json::Object() : error},  // as the service does
       {"user_provided_suffix", OrNull(suffix)},
       {"seed", seed},
       {"estimated_finish", OrNull(estimated_finish)},
       {"integrations", integrations.IsNull() ? json::Array() : integrations},
       {"metadata", metadata},
       {"method", json::Object({{"type", "supervised"},
                                {"supervised", json::Object({{"hyperparameters",
                                                              hyperparameters.ToJson()}})}})}});
}

json::Value Job::ToRecord() const {
  json::Value record = ToJson();
  record.Set("sequence", sequence);
  record.Set("fault", fault.ToJson());
  return record;
}

Job Job::FromRecord(const json::Value& record) {
  Job job;
  job.id = record["id"].String();
  job.model = record["model"].String();
  job.training_file = record["training_file"].String();
  job.validation_file = record["validation_file"].String();
  job.suffix = record["user_provided_suffix"].String();
  job.fine_tuned_model = record["fine_tuned_model"].String();
  job.status = StatusFromName(record["status"].String());
  job.sequence = record["sequence"].IntegerOr(0);
  job.created_at = record["created_at"].IntegerOr(0);
  job.finished_at = OptionalInteger(record["finished_at"]);
  job.estimated_finish = OptionalInteger(record["estimated_finish"]);
  job.trained_tokens = OptionalInteger(record["trained_tokens"]);
  job.seed = record["seed"].IntegerOr(0);
  const json::Value& hyperparameters = record["hyperparameters"];
  job.hyperparameters.n_epochs = OptionalInt(hyperparameters["n_epochs"]);
  job.hyperparameters.batch_size = OptionalInt(hyperparameters["batch_size"]);
  if (const json::Value& rate = hyperparameters["learning_rate_multiplier"]; rate.IsNumber()) {
    job.hyperparameters.learning_rate_multiplier = rate.NumberOr(1);
  }
  job.metadata = record["metadata"];
  job.integrations = record["integrations"];
  if (!record["error"].Members().empty()) job.error = record["error"];
  for (const json::Value& file : record["result_files"].Elements()) {
    job.result_files.push_back(file.String());
  }
  job.fault = JobFault::FromJson(record["fault"]);
  return job;
}

std::string Job::ModelName() const {
  return "ft:" + model + ":sandbox:" + suffix + ":" + id.substr(id.size() - 8);
}

std::string Job::CheckpointName(int step) const {
  return ModelName() + ":ckpt-step-" + std::to_string(step);
}

}  // namespace tunegate::sandbox
