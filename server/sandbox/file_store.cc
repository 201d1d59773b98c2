#include "server/sandbox/file_store.h"

#include <algorithm>

#include "common/digest.h"
#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

absl::Status Unknown(std::string_view id) {
  return NotFound("", "No such File object: " + std::string(id)).Field("id", "names no file");
}

json::Value RecordOf(const StoredFile& file) {
  json::Value record = file.ToJson();
  record.Set("sequence", file.sequence);
  return record;
}

StoredFile FromRecord(const json::Value& record) {
  return {record["id"].String(),
          record["filename"].String(),
          record["purpose"].String(),
          record["bytes"].IntegerOr(0),
          record["created_at"].IntegerOr(0),
          record["sequence"].IntegerOr(0)};
}

}  // namespace

json::Value StoredFile::ToJson() const {
  return json::Object({{"object", "file"},
                       {"id", id},
                       {"purpose", purpose},
                       {"filename", filename},
                       {"bytes", bytes},
                       {"created_at", created_at},
                       {"status", "processed"},
                       {"status_details", json::Value()}});
}

absl::StatusOr<std::unique_ptr<FileStore>> FileStore::Open(const std::string& directory,
                                                           const Clock& clock) {
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  std::unique_ptr<FileStore> store(new FileStore(directory, clock));
  TG_RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status FileStore::Load() {
  TG_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListDirectory(directory_, ".json"));
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    TG_ASSIGN_OR_RETURN(const json::Value record, json::Parse(text));
    StoredFile file = FromRecord(record);
    next_sequence_ = std::max(next_sequence_, file.sequence + 1);
    files_[file.id] = std::move(file);
  }
  return absl::OkStatus();
}

std::string FileStore::ContentPath(std::string_view id) const {
  return directory_ + "/" + std::string(id) + ".content";
}

std::string FileStore::RecordPath(std::string_view id) const {
  return directory_ + "/" + std::string(id) + ".json";
}

absl::StatusOr<StoredFile> FileStore::Create(std::string_view filename, std::string_view purpose,
                                             std::string_view content) {
  StoredFile file;
  file.id = "file-" + RandomHex(12);
  file.filename = std::string(filename);
  file.purpose = std::string(purpose);
  file.bytes = static_cast<int64_t>(content.size());
  // The content first: a record always has one.
  TG_RETURN_IF_ERROR(WriteFileAtomically(ContentPath(file.id), content));
  MutexLock lock(mutex_);
  file.created_at = absl::ToUnixSeconds(clock_.Now());
  file.sequence = next_sequence_++;
  TG_RETURN_IF_ERROR(WriteFileAtomically(RecordPath(file.id), json::Write(RecordOf(file))));
  files_[file.id] = file;
  return file;
}

absl::StatusOr<StoredFile> FileStore::Get(std::string_view id) const {
  MutexLock lock(mutex_);
  const auto found = files_.find(id);
  if (found == files_.end()) return Unknown(id);
  return found->second;
}

absl::StatusOr<std::string> FileStore::Content(std::string_view id) const {
  TG_RETURN_IF_ERROR(Get(id).status());
  return ReadWholeFile(ContentPath(id));
}

absl::Status FileStore::Delete(std::string_view id) {
  MutexLock lock(mutex_);
  const auto found = files_.find(id);
  if (found == files_.end()) return Unknown(id);
  RemoveAll(RecordPath(id));
  RemoveAll(ContentPath(id));
  files_.erase(found);
  return absl::OkStatus();
}

std::vector<StoredFile> FileStore::NewestFirst() const {
  std::vector<StoredFile> files;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, file] : files_) files.push_back(file);
  }
  std::sort(files.begin(), files.end(),
            [](const StoredFile& a, const StoredFile& b) { return a.sequence > b.sequence; });
  return files;
}

}  // namespace tunegate::sandbox
