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

bool HasEnded(const json::Value& batch) {
  const std::string& status = batch["status"].String();
  return status == "completed" || status == "failed" || status == "cancelled" ||
         status == "expired";
}

json::Value NewBatch(const json::Value& body, int64_t now) {
  json::Value batch = json::Object({{"id", "batch_" + RandomHex(12)},
                                    {"object", "batch"},
                                    {"endpoint", body["endpoint"]},
                                    {"model", json::Value()},
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
  batch.Set("request_counts", BatchOutput(0).Counts());
  batch.Set("metadata", body["metadata"]);
  return batch;
}

}  // namespace

json::Value BatchFault::ToJson() const {
  return json::Object({{"expire_after", expire_after},
                       {"drop_every", drop_every},
                       {"fail", json::Object({{"code", fail_code}, {"message", fail_message}})}});
}

BatchFault BatchFault::FromJson(const json::Value& value) {
  BatchFault fault;
  fault.expire_after = value["expire_after"].IntegerOr(0);
  fault.drop_every = value["drop_every"].IntegerOr(0);
  fault.fail_code = value["fail"]["code"].StringOr("");
  fault.fail_message = value["fail"]["message"].StringOr("");
  return fault;
}

BatchEngine::BatchEngine(std::string directory, FileStore& files, ChatService& chat,
                         const Clock& clock)
    : directory_(std::move(directory)),
      files_(files),
      chat_(chat),
      clock_(clock),
      worker_(1, kMaxWaiting) {}

BatchEngine::~BatchEngine() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.NotifyAll();
  }
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
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    TG_ASSIGN_OR_RETURN(const json::Value record, json::Parse(text));
    const Entry entry{record["batch"], record["sequence"].IntegerOr(0),
                      BatchFault::FromJson(record["fault"])};
    next_sequence_ = std::max(next_sequence_, entry.sequence + 1);
    entries_[entry.batch["id"].String()] = entry;
  }
  return absl::OkStatus();
}

void BatchEngine::ResumeUnfinished() {
  std::vector<std::string> unfinished;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entry] : entries_) {
      if (!HasEnded(entry.batch)) unfinished.push_back(id);
    }
  }
  for (const std::string& id : unfinished) Enqueue(id);
}

absl::Status BatchEngine::Save(const Entry& entry) const {
  return WriteFileAtomically(directory_ + "/" + entry.batch["id"].String() + ".json",
                             json::Write(json::Object({{"batch", entry.batch},
                                                       {"sequence", entry.sequence},
                                                       {"fault", entry.fault.ToJson()}})));
}

absl::StatusOr<json::Value> BatchEngine::Create(const json::Value& body, const BatchFault& fault) {
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
  Entry entry{NewBatch(body, Now()), 0, fault};
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
  BatchInput input = ParseBatchInput(text, kEndpoint);
  MutexLock lock(mutex_);
  const BatchFault& fault = entries_[id].fault;
  if (!fault.fail_code.empty()) {
    input.errors = {BatchError(fault.fail_code, fault.fail_message, "", 0)};
  }
  return input;
}

void BatchEngine::Reject(const std::string& id, std::vector<json::Value> errors) {
  Change(id, [&](json::Value& batch) {
    batch.Set("status", "failed");
    batch.Set("failed_at", Now());
    batch.Set("errors",
              json::Object({{"object", "list"}, {"data", json::Array(std::move(errors))}}));
  });
}

void BatchEngine::Run(const std::string& id) {
  if (stopping_) return;
  absl::StatusOr<BatchInput> input = ReadInput(id);
  if (!input.ok()) {
    const absl::string_view message = input.status().message();
    input = BatchInput{{},
                       {BatchError("file_not_found", std::string(message.data(), message.size()),
                                   "input_file_id", 0)}};
  }
  if (!input->errors.empty()) return Reject(id, std::move(input->errors));
  BatchOutput output(static_cast<int64_t>(input->lines.size()));
  const Outcome outcome = Answer(id, *input, output);
  if (outcome == Outcome::kStopped) return;
  if (absl::Status ended = Finish(id, output, outcome); !ended.ok()) {
    std::cerr << "batch " << id << ": " << ended << "\n";
  }
}

bool BatchEngine::WaitForPace() {
  MutexLock lock(mutex_);
  const absl::Duration pace = absl::Nanoseconds(pace_nanoseconds_.load());
  if (pace > absl::ZeroDuration()) {
    (void)stop_.WaitFor(lock, pace, [this] { return stopping_.load(); });
  }
  return !stopping_;
}

BatchEngine::Outcome BatchEngine::Answer(const std::string& id, const BatchInput& input,
                                         BatchOutput& output) {
  BatchFault fault;
  {
    MutexLock lock(mutex_);
    fault = entries_[id].fault;
  }
  const auto report = [&](json::Value& batch) {
    if (batch["in_progress_at"].IsNull()) batch.Set("in_progress_at", Now());
    batch.Set("status", "in_progress");
    batch.Set("model", input.lines.front().body["model"]);
    batch.Set("request_counts", output.Counts());
  };
  Outcome outcome = Outcome::kCompleted;
  int64_t done = 0;
  for (const BatchLine& line : input.lines) {
    if (!WaitForPace()) return Outcome::kStopped;
    const int64_t lines_per_update = pace_nanoseconds_ > 0 ? 1 : kLinesPerUpdate;
    if (done % lines_per_update == 0 && !Change(id, report)) return Outcome::kCancelled;
    ++done;
    if (fault.expire_after > 0 && done > fault.expire_after) {
      outcome = Outcome::kExpired;
      output.AddExpired(line.custom_id);
    } else if (fault.drop_every == 0 || done % fault.drop_every != 0) {
      output.Add(line.custom_id, chat_.Complete(line.body));
    }
  }
  const bool kept = Change(id, [&](json::Value& batch) {
    report(batch);
    batch.Set("status", "finalizing");
    batch.Set("finalizing_at", Now());
  });
  return kept ? outcome : Outcome::kCancelled;
}

absl::Status BatchEngine::Finish(const std::string& id, const BatchOutput& output,
                                 Outcome outcome) {
  json::Value output_id;
  json::Value error_id;
  if (!output.answers().empty()) {
    TG_ASSIGN_OR_RETURN(const StoredFile file,
                        files_.Create(id + "_output.jsonl", "batch_output", output.answers()));
    output_id = file.id;
  }
  if (!output.errors().empty()) {
    TG_ASSIGN_OR_RETURN(const StoredFile file,
                        files_.Create(id + "_error.jsonl", "batch_output", output.errors()));
    error_id = file.id;
  }
  const std::string status = outcome == Outcome::kCancelled ? "cancelled"
                             : outcome == Outcome::kExpired ? "expired"
                                                            : "completed";
  MutexLock lock(mutex_);
  Entry& entry = entries_[id];
  entry.batch.Set("status", status);
  entry.batch.Set(status + "_at", Now());
  entry.batch.Set("output_file_id", output_id);
  entry.batch.Set("error_file_id", error_id);
  entry.batch.Set("request_counts", output.Counts());
  entry.batch.Set("usage", output.Usage());
  return Save(entry);
}

}  // namespace tunegate::sandbox
