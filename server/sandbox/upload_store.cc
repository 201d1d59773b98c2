#include "server/sandbox/upload_store.h"

#include <set>

#include "common/digest.h"
#include "server/sandbox/api_error.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

constexpr int64_t kLifetimeSeconds = 3600;

}  // namespace

json::Value Upload::ToJson() const {
  return json::Object({{"id", id},
                       {"object", "upload"},
                       {"bytes", bytes},
                       {"created_at", created_at},
                       {"filename", filename},
                       {"purpose", purpose},
                       {"status", status},
                       {"expires_at", expires_at},
                       {"file", file ? file->ToJson() : json::Value()}});
}

absl::StatusOr<std::unique_ptr<UploadStore>> UploadStore::Open(const std::string& directory,
                                                               FileStore& files,
                                                               const Clock& clock) {
  RemoveAll(directory);
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  return std::unique_ptr<UploadStore>(new UploadStore(directory, files, clock));
}

absl::StatusOr<Upload*> UploadStore::FindPending(const std::string& id) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return NotFound("", "No such Upload object: " + id);
  Upload& upload = found->second;
  if (upload.status == "pending" && upload.expires_at <= Now()) upload.status = "expired";
  if (upload.status != "pending") {
    return BadRequest("upload_id", "Upload " + id + " is " + upload.status + ", not pending.",
                      "invalid_upload_status");
  }
  return &upload;
}

absl::StatusOr<Upload> UploadStore::Create(std::string_view filename, std::string_view purpose,
                                           int64_t bytes) {
  MutexLock lock(mutex_);
  Upload upload;
  upload.id = "upload_" + RandomHex(12);
  upload.filename = std::string(filename);
  upload.purpose = std::string(purpose);
  upload.bytes = bytes;
  upload.created_at = Now();
  upload.expires_at = upload.created_at + kLifetimeSeconds;
  TG_RETURN_IF_ERROR(MakeDirectory(Directory(upload.id)));
  uploads_[upload.id] = upload;
  return upload;
}

absl::StatusOr<json::Value> UploadStore::AddPart(const std::string& upload_id,
                                                 std::string_view content) {
  const std::string part_id = "part_" + RandomHex(12);
  {
    MutexLock lock(mutex_);
    TG_RETURN_IF_ERROR(FindPending(upload_id).status());
  }
  TG_RETURN_IF_ERROR(WriteFileAtomically(Directory(upload_id) + "/" + part_id, content));
  MutexLock lock(mutex_);
  TG_ASSIGN_OR_RETURN(Upload * upload, FindPending(upload_id));
  upload->part_sizes[part_id] = static_cast<int64_t>(content.size());
  return json::Object({{"id", part_id},
                       {"object", "upload.part"},
                       {"created_at", Now()},
                       {"upload_id", upload_id}});
}

absl::StatusOr<Upload> UploadStore::Complete(const std::string& upload_id,
                                             const std::vector<std::string>& part_ids) {
  MutexLock lock(mutex_);
  TG_ASSIGN_OR_RETURN(Upload * upload, FindPending(upload_id));
  if (std::set<std::string>(part_ids.begin(), part_ids.end()).size() != part_ids.size()) {
    return BadRequest("part_ids", "A part is listed twice.", "invalid_value");
  }
  int64_t total = 0;
  for (const std::string& part : part_ids) {
    const auto size = upload->part_sizes.find(part);
    if (size == upload->part_sizes.end()) {
      return BadRequest("part_ids", "Upload " + upload_id + " has no part " + part + ".",
                        "invalid_value");
    }
    total += size->second;
  }
  if (total != upload->bytes) {
    return BadRequest("part_ids",
                      "The parts hold " + std::to_string(total) + " bytes, but " +
                          std::to_string(upload->bytes) + " were announced.",
                      "bytes_mismatch");
  }
  std::string content;
  for (const std::string& part : part_ids) {
    TG_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(Directory(upload_id) + "/" + part));
    content += bytes;
  }
  TG_ASSIGN_OR_RETURN(upload->file, files_.Create(upload->filename, upload->purpose, content));
  upload->status = "completed";
  RemoveAll(Directory(upload_id));
  return *upload;
}

absl::StatusOr<Upload> UploadStore::Cancel(const std::string& upload_id) {
  MutexLock lock(mutex_);
  TG_ASSIGN_OR_RETURN(Upload * upload, FindPending(upload_id));
  upload->status = "cancelled";
  RemoveAll(Directory(upload_id));
  return *upload;
}

}  // namespace tunegate::sandbox
