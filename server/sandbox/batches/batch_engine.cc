#include "server/sandbox/batches/batch_engine.h"

#include <algorithm>
#include <iostream>

#include "common/digest.h"
#include "server/sandbox/api_error.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

constexpr std::string_view kEndpoint = "/v1/chat/completions";
constexpr int64_t kWindowSeconds = 24 * 3600;
constexpr size_t kMaxWaiting = 10'000;
constexpr int64_t kLinesPerUpdate = 100;

json::Value Counts(int64_t total, int64_t completed, int64_t failed) {
  return json::Object({{"total", total}, {"completed", completed}, {"failed", failed}});
}

bool HasEnded(const json::Value& batch) {
  const std::string& status = batch["status"].String();
  return status == "completed" || status == "failed" || status == "cancelled" ||
         status == "expired";
}

json::Value NewBatch(const json::Value& body, int64_t now) {
  json::Value batch = json::Object({{"id", "batch_" + RandomHex(12)},
                                    {"object", "batch"},
                                    {"endpoint", body["endpoint"]},
                                    {"errors", json::Value()},
                                    {"input_file_id", body["input_file_id"]},
                                    {"completion_window", body["completion_window"]},
                                    {"status", "validating"},
                                    {"output_file_id", json::Value()},
                                    {"error_file_id", json::Value()},
                                    {"created_at", now}});
  for (const char* moment : {"in_progress_at", "finalizing_at", "completed_at", "failed_at",
                             "expired_at", "cancelling_at", "cancelled_at"}) {
    batch.Set(moment, json::Value());
  }
  batch.Set("expires_at", now + kWindowSeconds);
  batch.Set("request_counts", Counts(0, 0, 0));
  batch.Set("metadata", body["metadata"]);
  return batch;
}

}  // namespace

// What a run has so far.
struct BatchEngine::Progress {
  std::string output;  // JSONL
  std::string errors;  // JSONL
  int64_t total = 0;
  int64_t completed = 0;
  int64_t failed = 0;
};

BatchEngine::BatchEngine(std::string directory, FileStore& files, ChatService& chat,
                         const Clock& clock)
    : directory_(std::move(directory)),
      files_(files),
      chat_(chat),
      clock_(clock),
      worker_(1, kMaxWaiting) {}

BatchEngine::~BatchEngine() {
  stopping_ = true;
  worker_.Shutdown();
}

absl::StatusOr<std::unique_ptr<BatchEngine>> BatchEngine::Open(const std::string& directory,
                                                               FileStore& files, ChatService& chat,
                                                               const Clock& clock) {
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  std::unique_ptr<BatchEngine> engine(new BatchEngine(directory, files, chat, clock));
  TG_RETURN_IF_ERROR(engine->Load());
  return engine;
}

absl::Status BatchEngine::Load() {
  TG_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListDirectory(directory_, ".json"));
  std::vector<std::string> unfinished;
  {
    MutexLock lock(mutex_);
    for (const std::string& path : paths) {
      TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
      TG_ASSIGN_OR_RETURN(const json::Value record, json::Parse(text));
      const Entry entry{record["batch"], record["sequence"].IntegerOr(0)};
      const std::string id = entry.batch["id"].String();
      next_sequence_ = std::max(next_sequence_, entry.sequence + 1);
      if (!HasEnded(entry.batch)) unfinished.push_back(id);
      entries_[id] = entry;
    }
  }
  for (const std::string& id : unfinished) Enqueue(id);
  return absl::OkStatus();
}

absl::Status BatchEngine::Save(const Entry& entry) const {
  return WriteFileAtomically(
      directory_ + "/" + entry.batch["id"].String() + ".json",
      json::Write(json::Object({{"batch", entry.batch}, {"sequence", entry.sequence}})));
}

absl::StatusOr<json::Value> BatchEngine::Create(const json::Value& body) {
  if (body["endpoint"].String() != kEndpoint) {
    return BadRequest(
        "endpoint",
        "Invalid value for 'endpoint': the sandbox supports '" + std::string(kEndpoint) + "'.",
        "invalid_value");
  }
  if (body["completion_window"].String() != "24h") {
    return BadRequest("completion_window", "Invalid value for 'completion_window': expected '24h'.",
                      "invalid_value");
  }
  const absl::StatusOr<StoredFile> file = files_.Get(body["input_file_id"].String());
  if (!file.ok()) {
    return BadRequest("input_file_id", "invalid input_file_id: " + body["input_file_id"].String(),
                      "file_not_found");
  }
  if (file->purpose != "batch") {
    return BadRequest("input_file_id",
                      "The file has the purpose '" + file->purpose + "'; expected 'batch'.",
                      "invalid_file_purpose");
  }
  Entry entry{NewBatch(body, Now()), 0};
  const std::string id = entry.batch["id"].String();
  {
    MutexLock lock(mutex_);
    entry.sequence = next_sequence_++;
    TG_RETURN_IF_ERROR(Save(entry));
    entries_[id] = entry;
  }
  Enqueue(id);
  return entry.batch;
}

absl::StatusOr<json::Value> BatchEngine::Get(const std::string& id) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return NotFound("", "No batch found with id '" + id + "'.");
  return found->second.batch;
}

std::vector<json::Value> BatchEngine::NewestFirst() const {
  std::vector<Entry> entries;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entry] : entries_) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.sequence > b.sequence; });
  std::vector<json::Value> batches;
  for (Entry& entry : entries) batches.push_back(std::move(entry.batch));
  return batches;
}

absl::StatusOr<json::Value> BatchEngine::Cancel(const std::string& id) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return NotFound("", "No batch found with id '" + id + "'.");
  json::Value& batch = found->second.batch;
  if (HasEnded(batch)) {
    return BadRequest("", "Cannot cancel a batch with status '" + batch["status"].String() + "'.",
                      "invalid_batch_status");
  }
  batch.Set("status", "cancelling");
  batch.Set("cancelling_at", Now());
  TG_RETURN_IF_ERROR(Save(found->second));
  return batch;
}

void BatchEngine::Enqueue(const std::string& id) {
  if (!worker_.Submit([this, id] { Run(id); }) && !stopping_) {
    std::cerr << "batch " << id << ": too many are waiting; it starts when the server does\n";
  }
}

bool BatchEngine::Change(const std::string& id, const std::function<void(json::Value&)>& change) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.batch["status"].String() == "cancelling") {
    return false;
  }
  change(found->second.batch);
  if (absl::Status saved = Save(found->second); !saved.ok()) {
    std::cerr << "batch " << id << ": " << saved << "\n";
  }
  return true;
}

absl::StatusOr<BatchInput> BatchEngine::ReadInput(const std::string& id) {
  TG_ASSIGN_OR_RETURN(const json::Value batch, Get(id));
  TG_ASSIGN_OR_RETURN(const std::string text, files_.Content(batch["input_file_id"].String()));
  return ParseBatchInput(text, kEndpoint);
}

void BatchEngine::Run(const std::string& id) {
  if (stopping_) return;
  absl::StatusOr<BatchInput> input = ReadInput(id);
  if (!input.ok()) {
    const absl::string_view message = input.status().message();
    input = BatchInput{{},
                       {json::Object({{"code", "file_not_found"},
                                      {"message", std::string(message.data(), message.size())},
                                      {"param", "input_file_id"},
                                      {"line", json::Value()}})}};
  }
  if (!input->errors.empty()) {
    Change(id, [&](json::Value& batch) {
      batch.Set("status", "failed");
      batch.Set("failed_at", Now());
      batch.Set("errors", json::Object({{"object", "list"}, {"data", json::Array(input->errors)}}));
    });
    return;
  }
  Progress progress;
  progress.total = static_cast<int64_t>(input->lines.size());
  const bool finished = Answer(id, *input, progress);
  if (stopping_) return;  // it starts again at the next start
  if (absl::Status ended = Finish(id, progress, !finished); !ended.ok()) {
    std::cerr << "batch " << id << ": " << ended << "\n";
  }
}

// False when it was cancelled on the way.
bool BatchEngine::Answer(const std::string& id, const BatchInput& input, Progress& progress) {
  const auto report = [&](json::Value& batch) {
    if (batch["in_progress_at"].IsNull()) batch.Set("in_progress_at", Now());
    batch.Set("status", "in_progress");
    batch.Set("request_counts", Counts(progress.total, progress.completed, progress.failed));
  };
  for (const BatchLine& line : input.lines) {
    if (stopping_) return false;
    const int64_t done = progress.completed + progress.failed;
    if (done % kLinesPerUpdate == 0 && !Change(id, report)) return false;
    AnswerLine(line, progress);
  }
  return Change(id, [&](json::Value& batch) {
    report(batch);
    batch.Set("status", "finalizing");
    batch.Set("finalizing_at", Now());
  });
}

void BatchEngine::AnswerLine(const BatchLine& line, Progress& progress) {
  const absl::StatusOr<Completion> completion = chat_.Complete(line.body);
  const Response response =
      completion.ok() ? JsonResponse(completion->ToJson()) : ErrorResponse(completion.status());
  const json::Value result =
      json::Object({{"id", "batch_req_" + RandomHex(12)},
                    {"custom_id", line.custom_id},
                    {"response", json::Object({{"status_code", response.status},
                                               {"request_id", "req_" + RandomHex(16)},
                                               {"body", *json::Parse(response.body)}})},
                    {"error", json::Value()}});
  (completion.ok() ? progress.output : progress.errors) += json::Write(result) + "\n";
  ++(completion.ok() ? progress.completed : progress.failed);
}

absl::Status BatchEngine::Finish(const std::string& id, const Progress& progress, bool cancelled) {
  json::Value output_id;
  json::Value error_id;
  if (!progress.output.empty()) {
    TG_ASSIGN_OR_RETURN(const StoredFile file,
                        files_.Create(id + "_output.jsonl", "batch_output", progress.output));
    output_id = file.id;
  }
  if (!progress.errors.empty()) {
    TG_ASSIGN_OR_RETURN(const StoredFile file,
                        files_.Create(id + "_error.jsonl", "batch_output", progress.errors));
    error_id = file.id;
  }
  MutexLock lock(mutex_);
  Entry& entry = entries_[id];
  entry.batch.Set("status", cancelled ? "cancelled" : "completed");
  entry.batch.Set(cancelled ? "cancelled_at" : "completed_at", Now());
  entry.batch.Set("output_file_id", output_id);
  entry.batch.Set("error_file_id", error_id);
  entry.batch.Set("request_counts", Counts(progress.total, progress.completed, progress.failed));
  return Save(entry);
}

}  // namespace tunegate::sandbox
