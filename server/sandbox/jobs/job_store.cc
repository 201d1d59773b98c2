#include "server/sandbox/jobs/job_store.h"

#include <algorithm>

#include "common/digest.h"
#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

constexpr std::string_view kEventsSuffix = ".events.jsonl";
constexpr std::string_view kCheckpointsSuffix = ".checkpoints.jsonl";

Error Unknown(std::string_view id) {
  return NotFound("fine_tune_not_found", "Could not find fine tune: " + std::string(id))
      .Field("fine_tuning_job_id", "names no job");
}

// The lines of a file that only grows. A kill may have cut the last line: it is dropped, from the
// file too, so that the next one does not join it.
absl::StatusOr<std::vector<json::Value>> LoadLines(const std::string& path) {
  std::vector<json::Value> lines;
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return lines;  // none was written yet
  size_t whole = 0;
  for (size_t end; (end = text->find('\n', whole)) != std::string::npos; whole = end + 1) {
    TG_ASSIGN_OR_RETURN(json::Value line,
                        json::Parse(std::string_view(*text).substr(whole, end - whole)));
    lines.push_back(std::move(line));
  }
  if (whole != text->size()) {
    TG_RETURN_IF_ERROR(WriteFileAtomically(path, std::string_view(*text).substr(0, whole)));
  }
  return lines;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobStore>> JobStore::Open(const std::string& directory,
                                                         const Clock& clock) {
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  std::unique_ptr<JobStore> store(new JobStore(directory, clock));
  TG_RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status JobStore::Load() {
  TG_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListDirectory(directory_, ".json"));
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    TG_ASSIGN_OR_RETURN(const json::Value record, json::Parse(text));
    Entry entry;
    entry.job = Job::FromRecord(record);
    TG_ASSIGN_OR_RETURN(entry.events, LoadLines(Path(entry.job.id, kEventsSuffix)));
    TG_ASSIGN_OR_RETURN(entry.checkpoints, LoadLines(Path(entry.job.id, kCheckpointsSuffix)));
    next_sequence_ = std::max(next_sequence_, entry.job.sequence + 1);
    const std::string id = entry.job.id;
    entries_.emplace(id, std::move(entry));
  }
  return absl::OkStatus();
}

std::string JobStore::Path(std::string_view id, std::string_view suffix) const {
  return directory_ + "/" + std::string(id) + std::string(suffix);
}

absl::Status JobStore::Save(const Job& job) const {
  return WriteFileAtomically(Path(job.id, ".json"), json::Write(job.ToRecord()));
}

JobStore::Entry* JobStore::Find(std::string_view id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

const JobStore::Entry* JobStore::Find(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

absl::StatusOr<Job> JobStore::Create(Job job) {
  MutexLock lock(mutex_);
  job.id = "ftjob-" + RandomHex(12);
  job.created_at = NowSeconds();
  job.sequence = next_sequence_++;
  TG_RETURN_IF_ERROR(Save(job));
  entries_[job.id].job = job;
  return job;
}

absl::StatusOr<Job> JobStore::Get(std::string_view id) const {
  MutexLock lock(mutex_);
  const Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  return entry->job;
}

std::vector<Job> JobStore::NewestFirst() const {
  std::vector<Job> jobs;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entry] : entries_) jobs.push_back(entry.job);
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const Job& a, const Job& b) { return a.sequence > b.sequence; });
  return jobs;
}

absl::StatusOr<Job> JobStore::Transition(std::string_view id, JobStatus to,
                                         const std::function<void(Job&)>& change) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  if (!MayBecome(entry->job.status, to)) {
    return FailedPrecondition("", "Job " + std::string(id) + " is " +
                                      std::string(JobStatusName(entry->job.status)) +
                                      " and cannot become " + std::string(JobStatusName(to)) + ".");
  }
  Job job = entry->job;
  job.status = to;
  if (change != nullptr) change(job);
  if (to != JobStatus::kRunning) job.estimated_finish.reset();
  if (IsFinished(to)) job.finished_at = NowSeconds();
  TG_RETURN_IF_ERROR(Save(job));
  entry->job = job;
  changed_.NotifyAll();
  return job;
}

absl::Status JobStore::Update(std::string_view id, const std::function<void(Job&)>& change) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  if (entry->job.status != JobStatus::kRunning) {
    return FailedPrecondition("", "Job " + std::string(id) + " is not running.");
  }
  change(entry->job);
  return Save(entry->job);
}

void JobStore::Remove(std::string_view id) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  for (std::string_view suffix : {std::string_view(".json"), kEventsSuffix, kCheckpointsSuffix}) {
    RemoveAll(Path(id, suffix));
  }
  entries_.erase(found);
  changed_.NotifyAll();
}

absl::Status JobStore::AddEvent(std::string_view id, std::string_view level,
                                std::string_view message, json::Value data) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  const bool is_metrics = !data.IsNull();
  json::Value event = json::Object({{"object", "fine_tuning.job.event"},
                                    {"id", "ftevent-" + RandomHex(12)},
                                    {"created_at", NowSeconds()},
                                    {"level", level},
                                    {"message", message},
                                    {"data", is_metrics ? std::move(data) : json::Object()},
                                    {"type", is_metrics ? "metrics" : "message"}});
  TG_RETURN_IF_ERROR(AppendToFile(Path(id, kEventsSuffix), json::Write(event) + "\n"));
  entry->events.push_back(std::move(event));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<json::Value>> JobStore::EventsNewestFirst(std::string_view id) const {
  MutexLock lock(mutex_);
  const Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  return std::vector<json::Value>(entry->events.rbegin(), entry->events.rend());
}

absl::Status JobStore::AddCheckpoint(std::string_view id, std::string_view model, int step,
                                     json::Value metrics) {
  MutexLock lock(mutex_);
  Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  json::Value checkpoint = json::Object({{"object", "fine_tuning.job.checkpoint"},
                                         {"id", "ftckpt_" + RandomHex(12)},
                                         {"created_at", NowSeconds()},
                                         {"fine_tuned_model_checkpoint", model},
                                         {"fine_tuning_job_id", id},
                                         {"metrics", std::move(metrics)},
                                         {"step_number", step}});
  TG_RETURN_IF_ERROR(AppendToFile(Path(id, kCheckpointsSuffix), json::Write(checkpoint) + "\n"));
  entry->checkpoints.push_back(std::move(checkpoint));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<json::Value>> JobStore::CheckpointsNewestFirst(
    std::string_view id) const {
  MutexLock lock(mutex_);
  const Entry* entry = Find(id);
  if (entry == nullptr) return Unknown(id);
  return std::vector<json::Value>(entry->checkpoints.rbegin(), entry->checkpoints.rend());
}

bool JobStore::WaitForChange(std::string_view id, JobStatus status, absl::Duration timeout) {
  MutexLock lock(mutex_);
  bool changed = false;
  changed_.WaitFor(lock, timeout, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Entry* entry = Find(id);
    changed = entry == nullptr || entry->job.status != status;
    return changed || stop_waiting_;
  });
  return changed;
}

void JobStore::StopWaiting() {
  MutexLock lock(mutex_);
  stop_waiting_ = true;
  changed_.NotifyAll();
}

}  // namespace tunegate::sandbox
