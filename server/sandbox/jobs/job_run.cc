#include "server/sandbox/jobs/job_run.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

constexpr int kDefaultEpochs = 3;
constexpr double kDefaultMultiplier = 2;
constexpr int kReportsPerJob = 100;

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

Hyperparameters Decide(const Hyperparameters& asked, size_t examples) {
  Hyperparameters decided = asked;
  // OpenAI's rule of thumb: a five-hundredth of the examples in a batch.
  const int batch = std::clamp(static_cast<int>(examples / 500), 1, 256);
  decided.n_epochs = asked.n_epochs.value_or(kDefaultEpochs);
  decided.batch_size = asked.batch_size.value_or(batch);
  decided.learning_rate_multiplier = asked.learning_rate_multiplier.value_or(kDefaultMultiplier);
  return decided;
}

TrainingPlan PlanOf(const Job& job) {
  return {job.hyperparameters.n_epochs.value_or(kDefaultEpochs),
          job.hyperparameters.batch_size.value_or(1),
          job.hyperparameters.learning_rate_multiplier.value_or(kDefaultMultiplier),
          static_cast<int32_t>(job.seed)};
}

// Only steps at regular distances are reported as events; the result file has them all.
bool IsReported(const Trainer& trainer) {
  const int stride = std::max(1, trainer.total_steps() / kReportsPerJob);
  return trainer.step() == 1 || trainer.step() % stride == 0 ||
         trainer.step() % trainer.steps_per_epoch() == 0;
}

std::string Cell(const std::optional<Classifier::Score>& score, bool loss) {
  if (!score) return "";
  return absl::StrFormat("%.5f", loss ? score->loss : score->accuracy);
}

}  // namespace

absl::StatusOr<ChatLines> JobRun::ReadFile(const std::string& id, const std::string& param,
                                           int min_examples) const {
  const std::string code = "invalid_" + param;
  const std::string start = "The job failed due to an invalid " +
                            std::string(param == "training_file" ? "training" : "validation") +
                            " file. ";
  const absl::StatusOr<std::string> content = context_.files.Content(id);
  if (!content.ok()) {
    return InvalidArgument(code, start + Text(content.status().message())).Field(param, "missing");
  }
  absl::StatusOr<ChatLines> lines = ParseChatLines(*content);
  if (!lines.ok()) {
    return InvalidArgument(code,
                           start + "Invalid file format. " + Text(lines.status().message()) + ".")
        .Field(param, "malformed");
  }
  const int examples = static_cast<int>(lines->examples.size());
  if (examples < min_examples) {
    return InvalidArgument(code, start + absl::StrCat("It has ", examples,
                                                      " example(s), but must have at least ",
                                                      min_examples, "."))
        .Field(param, "too short");
  }
  return lines;
}

absl::StatusOr<JobRun::Data> JobRun::ReadData(const Job& job) const {
  Data data;
  TG_ASSIGN_OR_RETURN(data.training,
                      ReadFile(job.training_file, "training_file", kMinTrainingExamples));
  if (!job.validation_file.empty()) {
    TG_ASSIGN_OR_RETURN(data.validation, ReadFile(job.validation_file, "validation_file", 1));
  }
  return data;
}

absl::Status JobRun::Fail(const std::string& code, const std::string& message,
                          const std::string& param) {
  const json::Value error =
      json::Object({{"code", code},
                    {"message", message},
                    {"param", param.empty() ? json::Value() : json::Value(param)}});
  const absl::StatusOr<Job> failed =
      context_.jobs.Transition(id_, JobStatus::kFailed, [&](Job& job) { job.error = error; });
  if (absl::IsFailedPrecondition(failed.status())) return absl::OkStatus();  // cancelled meanwhile
  TG_RETURN_IF_ERROR(failed.status());
  return context_.jobs.AddEvent(id_, "error", message);
}

absl::Status JobRun::FailBecause(const absl::Status& cause) {
  const ErrorDetails details = DetailsOf(cause);
  return Fail(details.reason, Text(cause.message()),
              details.field_violations.empty() ? "" : details.field_violations.front().first);
}

absl::Status JobRun::Run() {
  TG_ASSIGN_OR_RETURN(Job job, context_.jobs.Get(id_));
  if (job.status == JobStatus::kValidatingFiles) {
    TG_RETURN_IF_ERROR(Validate(job));
    TG_ASSIGN_OR_RETURN(job, context_.jobs.Get(id_));
  }
  if (job.status == JobStatus::kQueued && !context_.stopping) {
    TG_RETURN_IF_ERROR(Start(job));
    TG_ASSIGN_OR_RETURN(job, context_.jobs.Get(id_));
  }
  if (job.status == JobStatus::kRunning && !context_.stopping) return Train(job);
  return absl::OkStatus();
}

absl::Status JobRun::Validate(const Job& job) {
  if (absl::Status read = ReadData(job).status(); !read.ok()) return FailBecause(read);
  if (!context_.jobs.Transition(id_, JobStatus::kQueued).ok()) return absl::OkStatus();
  return context_.jobs.AddEvent(id_, "info", "Files validated, moving job to queued state");
}

absl::Status JobRun::Start(const Job& job) {
  TG_ASSIGN_OR_RETURN(const auto events, context_.jobs.EventsNewestFirst(id_));
  const absl::StatusOr<Data> data = ReadData(job);
  if (!data.ok()) return FailBecause(data.status());
  const Hyperparameters decided = Decide(job.hyperparameters, data->training.examples.size());
  const absl::StatusOr<Job> started = context_.jobs.Transition(
      id_, JobStatus::kRunning, [&](Job& running) { running.hyperparameters = decided; });
  if (!started.ok()) return absl::OkStatus();  // cancelled or paused meanwhile
  const bool resumed = std::any_of(events.begin(), events.end(), [](const json::Value& event) {
    return event["message"].String() == "Fine-tuning job started";
  });
  return context_.jobs.AddEvent(id_, "info",
                                resumed ? "Fine-tuning job resumed" : "Fine-tuning job started");
}

absl::Status JobRun::Train(const Job& job) {
  const absl::StatusOr<Data> data = ReadData(job);
  if (!data.ok()) return FailBecause(data.status());
  TG_ASSIGN_OR_RETURN(const auto events, context_.jobs.EventsNewestFirst(id_));
  for (const json::Value& event : events) {
    reported_step_ = std::max(reported_step_, static_cast<int>(event["data"]["step"].IntegerOr(0)));
  }
  TG_ASSIGN_OR_RETURN(const auto checkpoints, context_.jobs.CheckpointsNewestFirst(id_));
  for (const json::Value& checkpoint : checkpoints) {
    checkpointed_step_ =
        std::max(checkpointed_step_, static_cast<int>(checkpoint["step_number"].IntegerOr(0)));
  }
  const TrainingPlan plan = PlanOf(job);
  absl::StatusOr<Trainer> trainer =
      Trainer::Create(data->training.examples, data->validation.examples, plan);
  if (!trainer.ok()) return FailBecause(trainer.status());
  TG_RETURN_IF_ERROR(TrainTo(job, *trainer));
  // Left early, or failed or cancelled at its last step.
  if (!trainer->done() || !MayGoOn(-1)) return absl::OkStatus();
  return Succeed(job, data->training.tokens * plan.epochs);
}

bool JobRun::MayGoOn(int step) {
  if (context_.stopping) return false;
  const absl::Duration pace =
      step >= 0 && step >= reported_step_ ? context_.pace() : absl::ZeroDuration();
  return !context_.jobs.WaitForChange(id_, JobStatus::kRunning, pace) && !context_.stopping;
}

absl::Status JobRun::TrainTo(const Job& job, Trainer& trainer) {
  while (!trainer.done() && MayGoOn(trainer.step())) {
    if (trainer.step() == reported_step_) steps_begin_time_ = context_.clock.Now();
    const absl::StatusOr<Classifier::Score> score = trainer.Step();
    if (!score.ok()) return FailBecause(score.status());
    const bool reported = IsReported(trainer);
    rows_.push_back({trainer.step(), *score,
                     reported ? trainer.BriefValidation() : std::optional<Classifier::Score>()});
    if (trainer.step() % trainer.steps_per_epoch() == 0) {
      TG_RETURN_IF_ERROR(KeepCheckpoint(job, trainer, rows_.back()));
    }
    if (reported) TG_RETURN_IF_ERROR(Report(trainer, rows_.back()));
    TG_RETURN_IF_ERROR(ApplyFault(job, trainer.step()));
  }
  return absl::OkStatus();
}

absl::Status JobRun::ApplyFault(const Job& job, int step) {
  if (step == job.fault.vanish_at_step) context_.jobs.Remove(id_);
  if (step == job.fault.fail_at_step) return Fail(job.fault.code, job.fault.message, "");
  return absl::OkStatus();
}

absl::Status JobRun::Report(const Trainer& trainer, const Row& row) {
  if (row.step <= reported_step_) return absl::OkStatus();
  json::Value data = json::Object({{"step", row.step},
                                   {"total_steps", trainer.total_steps()},
                                   {"train_loss", row.train.loss},
                                   {"train_mean_token_accuracy", row.train.accuracy}});
  std::string message = absl::StrFormat("Step %d/%d: training loss=%.2f", row.step,
                                        trainer.total_steps(), row.train.loss);
  if (row.valid) {
    data.Set("valid_loss", row.valid->loss);
    data.Set("valid_mean_token_accuracy", row.valid->accuracy);
    absl::StrAppendFormat(&message, ", validation loss=%.2f", row.valid->loss);
  }
  if (row.step % trainer.steps_per_epoch() == 0) {
    if (const auto full = trainer.FullValidation(); full.has_value()) {
      data.Set("full_valid_loss", full->loss);
      data.Set("full_valid_mean_token_accuracy", full->accuracy);
      absl::StrAppendFormat(&message, ", full validation loss=%.2f", full->loss);
    }
  }
  const int done = std::max(1, row.step - reported_step_);
  const absl::Time now = context_.clock.Now();
  const absl::Duration left = (now - steps_begin_time_) / done * (trainer.total_steps() - row.step);
  // Ceil: a job that is not done does not claim to be.
  const int64_t finish = absl::ToUnixSeconds(now + left) + 1;
  const absl::Status updated =
      context_.jobs.Update(id_, [&](Job& job) { job.estimated_finish = finish; });
  if (!updated.ok() && !absl::IsFailedPrecondition(updated)) return updated;
  return context_.jobs.AddEvent(id_, "info", message, std::move(data));
}

absl::Status JobRun::KeepCheckpoint(const Job& job, const Trainer& trainer, const Row& row) {
  if (row.step <= checkpointed_step_) return absl::OkStatus();
  const std::string key = absl::StrCat(job.id, "-step-", row.step);
  TG_RETURN_IF_ERROR(context_.models.SaveWeights(key, trainer.classifier()));
  TG_RETURN_IF_ERROR(context_.models.Register(job.CheckpointName(row.step), key, true));
  json::Value metrics = json::Object({{"step", row.step},
                                      {"train_loss", row.train.loss},
                                      {"train_mean_token_accuracy", row.train.accuracy}});
  if (row.valid) {
    metrics.Set("valid_loss", row.valid->loss);
    metrics.Set("valid_mean_token_accuracy", row.valid->accuracy);
  }
  if (const auto full = trainer.FullValidation(); full.has_value()) {
    metrics.Set("full_valid_loss", full->loss);
    metrics.Set("full_valid_mean_token_accuracy", full->accuracy);
  }
  TG_RETURN_IF_ERROR(
      context_.jobs.AddCheckpoint(id_, job.CheckpointName(row.step), row.step, std::move(metrics)));
  return context_.jobs.AddEvent(id_, "info", absl::StrCat("Checkpoint created at step ", row.step));
}

absl::Status JobRun::Succeed(const Job& job, int64_t trained_tokens) {
  std::string csv = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n";
  for (const Row& row : rows_) {
    absl::StrAppend(&csv, row.step, ",", Cell(row.train, true), ",", Cell(row.train, false), ",",
                    Cell(row.valid, true), ",", Cell(row.valid, false), "\n");
  }
  // Base64, as the service delivers it.
  std::string encoded;
  absl::Base64Escape(csv, &encoded);
  TG_ASSIGN_OR_RETURN(const StoredFile results,
                      context_.files.Create("step_metrics.csv", "fine-tune-results", encoded));
  TG_RETURN_IF_ERROR(context_.models.Register(
      job.ModelName(), absl::StrCat(job.id, "-step-", rows_.back().step), false));
  const absl::StatusOr<Job> ended =
      context_.jobs.Transition(id_, JobStatus::kSucceeded, [&](Job& succeeded) {
        succeeded.fine_tuned_model = succeeded.ModelName();
        succeeded.trained_tokens = trained_tokens;
        succeeded.result_files = {results.id};
      });
  if (!ended.ok()) return absl::OkStatus();  // cancelled at the last moment
  TG_RETURN_IF_ERROR(context_.jobs.AddEvent(id_, "info", "New fine-tuned model created"));
  return context_.jobs.AddEvent(id_, "info", "The job has successfully completed");
}

}  // namespace tunegate::sandbox
