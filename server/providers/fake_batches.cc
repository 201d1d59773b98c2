// The batches of FakeProvider. Lines are JSON of its own: what an adapter writes, it reads again.
#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "server/providers/fake_provider.h"
#include "server/providers/fake_provider_parts.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers {
namespace {

absl::Status UnknownBatch(const std::string& id) {
  return FakeProvider::HttpError(404, "batch_not_found", absl::StrCat("no such batch: ", id));
}

bool HasEnded(const RemoteBatch& batch) {
  return batch.status == "completed" || batch.status == "failed" || batch.status == "expired" ||
         batch.status == "cancelled";
}

ChatCall CallOf(const json::Value& line) {
  ChatCall call;
  call.model = line["model"].String();
  for (const json::Value& message : line["messages"].Elements()) {
    call.messages.emplace_back(message["role"].String(), message["content"].String());
  }
  return call;
}

std::vector<std::pair<std::string, ChatCall>> ReadInput(const std::string& content) {
  std::vector<std::pair<std::string, ChatCall>> calls;
  size_t begin = 0;
  while (begin < content.size()) {
    const size_t end = std::min(content.find('\n', begin), content.size());
    const auto line = json::Parse(std::string_view(content).substr(begin, end - begin));
    if (!line.ok()) std::abort();  // a mistake of who wrote it
    calls.emplace_back((*line)["custom_id"].String(), CallOf(*line));
    begin = end + 1;
  }
  return calls;
}

std::string OutputLine(const std::string& custom_id, const ChatCall& call,
                       const ChatAnswer& answer) {
  json::Value line =
      json::Object({{"custom_id", custom_id}, {"http_status", 200}, {"text", answer.text}});
  line.Set("model", answer.answering_model.empty() ? call.model : answer.answering_model);
  line.Set("finish_reason", answer.finish_reason);
  line.Set("request_id", answer.request_id);
  line.Set("input_tokens", answer.input_tokens);
  line.Set("output_tokens", answer.output_tokens);
  return json::Write(line) + "\n";
}

std::string ErrorLine(const std::string& custom_id, const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const auto find = [&](const std::string& key) {
    const auto found = details.metadata.find(key);
    return found == details.metadata.end() ? std::string() : found->second;
  };
  return json::Write(json::Object({{"custom_id", custom_id},
                                   {"http_status", std::atoi(find("http_status").c_str())},
                                   {"code", find("provider_code")},
                                   {"message", std::string(status.message())}})) +
         "\n";
}

}  // namespace

FakeProvider::StoredBatch* FakeProvider::FindBatch(const std::string& id) {
  const auto found = std::find_if(batches_.begin(), batches_.end(),
                                  [&](const StoredBatch& stored) { return stored.batch.id == id; });
  return found == batches_.end() ? nullptr : &*found;
}

// --- What tests do -------------------------------------------------------------------------------

std::vector<RemoteBatch> FakeProvider::batches() const {
  MutexLock lock(mutex_);
  std::vector<RemoteBatch> batches;
  for (const StoredBatch& stored : batches_) batches.push_back(stored.batch);
  return batches;
}

std::vector<std::pair<std::string, ChatCall>> FakeProvider::BatchInput(
    const std::string& id) const {
  MutexLock lock(mutex_);
  for (const StoredBatch& stored : batches_) {
    if (stored.batch.id != id) continue;
    const StoredFile* file = FindFile(stored.batch.input_file);
    return file == nullptr ? std::vector<std::pair<std::string, ChatCall>>()
                           : ReadInput(file->content);
  }
  std::abort();  // a mistake of the test
}

void FakeProvider::EndBatch(const std::string& id, const std::string& status,
                            const std::function<bool(const std::string&)>& asked) {
  ChatScript script;
  {
    MutexLock lock(mutex_);
    script = script_;
  }
  const auto input = BatchInput(id);
  std::string output, errors;
  int64_t completed = 0, failed = 0;
  for (const auto& [custom_id, call] : input) {
    if (asked != nullptr && !asked(custom_id)) continue;
    const ChatAnswer answer = script(call);
    ++(answer.status.ok() ? completed : failed);
    if (answer.status.ok()) {
      output += OutputLine(custom_id, call, answer);
    } else {
      errors += ErrorLine(custom_id, answer.status);
    }
  }
  const std::string output_file = output.empty() ? "" : AddFile("output", "batch_output", output);
  const std::string error_file = errors.empty() ? "" : AddFile("errors", "batch_output", errors);
  EditBatch(id, [&](RemoteBatch& batch) {
    batch.status = status;
    batch.output_file = output_file;
    batch.error_file = error_file;
    batch.total = static_cast<int64_t>(input.size());
    batch.completed = completed;
    batch.failed = failed;
  });
}

void FakeProvider::FailBatch(const std::string& id, const std::string& code,
                             const std::string& message) {
  EditBatch(id, [&](RemoteBatch& batch) {
    batch.status = "failed";
    batch.faults = {{code, message, 0}};
  });
}

void FakeProvider::EditBatch(const std::string& id,
                             const std::function<void(RemoteBatch&)>& change) {
  MutexLock lock(mutex_);
  StoredBatch* stored = FindBatch(id);
  if (stored == nullptr) std::abort();
  change(stored->batch);
}

void FakeProvider::HideBatchFromLists(const std::string& id, bool hidden) {
  MutexLock lock(mutex_);
  StoredBatch* stored = FindBatch(id);
  if (stored == nullptr) std::abort();
  stored->hidden = hidden;
}

void FakeProvider::ForgetBatch(const std::string& id) {
  MutexLock lock(mutex_);
  std::erase_if(batches_, [&](const StoredBatch& stored) { return stored.batch.id == id; });
}

// --- Provider ------------------------------------------------------------------------------------

absl::StatusOr<std::string> FakeProvider::WriteBatchLine(const std::string& custom_id,
                                                         const ChatCall& call) {
  json::Value messages = json::Array();
  for (const auto& [role, content] : call.messages) {
    messages.Append(json::Object({{"role", role}, {"content", content}}));
  }
  return json::Write(json::Object(
      {{"custom_id", custom_id}, {"model", call.model}, {"messages", std::move(messages)}}));
}

absl::StatusOr<BatchAnswer> FakeProvider::ReadBatchLine(std::string_view text) {
  const auto line = json::Parse(text);
  if (!line.ok() || (*line)["custom_id"].String().empty()) {
    return InvalidAnswerStatus("fake", "a line of a batch has no custom_id", text, 200, "");
  }
  BatchAnswer result;
  result.custom_id = (*line)["custom_id"].String();
  const int64_t http_status = (*line)["http_status"].IntegerOr(0);
  const std::string code = (*line)["code"].StringOr("");
  const std::string message = (*line)["message"].StringOr("");
  if (http_status == 0) {
    result.answer.status = UnansweredLineStatus("fake", code, message);
  } else if (http_status != 200) {
    result.answer.status = HttpError(static_cast<int>(http_status), code, message);
  }
  result.answer.text = (*line)["text"].StringOr("");
  result.answer.answering_model = (*line)["model"].StringOr("");
  result.answer.finish_reason = (*line)["finish_reason"].StringOr("");
  result.answer.request_id = (*line)["request_id"].StringOr("");
  result.answer.input_tokens = (*line)["input_tokens"].IntegerOr(0);
  result.answer.output_tokens = (*line)["output_tokens"].IntegerOr(0);
  return result;
}

absl::StatusOr<RemoteBatch> FakeProvider::CreateBatch(const CreateBatchCall& call, absl::Duration) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<RemoteBatch>;
  return Answered<Answer>("CreateBatch", [&]() -> Answer {
    const StoredFile* file = FindFile(call.input_file);
    if (file == nullptr || file->file.purpose != "batch") {
      return HttpError(400, "invalid_file", absl::StrCat("no such file: ", call.input_file));
    }
    RemoteBatch batch;
    batch.id = absl::StrCat("batch-fake-", next_id_++);
    batch.status = "validating";
    batch.input_file = call.input_file;
    batch.create_time = clock_->Now();
    if (!ignore_metadata_) batch.metadata = call.metadata;
    batches_.push_back({batch});
    return batch;
  });
}

absl::StatusOr<RemoteBatch> FakeProvider::GetBatch(const std::string& id) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<RemoteBatch>;
  return Answered<Answer>("GetBatch", [&]() -> Answer {
    const StoredBatch* stored = FindBatch(id);
    if (stored == nullptr) return UnknownBatch(id);
    return stored->batch;
  });
}

absl::StatusOr<Page<RemoteBatch>> FakeProvider::ListBatches(const std::string& after) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<Page<RemoteBatch>>>("ListBatches", [&] {
    std::vector<RemoteBatch> newest_first;
    for (auto stored = batches_.rbegin(); stored != batches_.rend(); ++stored) {
      if (!stored->hidden) newest_first.push_back(stored->batch);
    }
    return PageOf(newest_first, after, page_size_);
  });
}

// "cancelling" until the test ends it.
absl::StatusOr<RemoteBatch> FakeProvider::CancelBatch(const std::string& id) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<RemoteBatch>;
  return Answered<Answer>("CancelBatch", [&]() -> Answer {
    StoredBatch* stored = FindBatch(id);
    if (stored == nullptr) return UnknownBatch(id);
    if (HasEnded(stored->batch)) {
      return HttpError(409, "invalid_status", absl::StrCat(id, " is ", stored->batch.status));
    }
    stored->batch.status = "cancelling";
    return stored->batch;
  });
}

}  // namespace tunegate::providers
