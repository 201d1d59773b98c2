#include "server/sandbox/file_api.h"

#include <algorithm>
#include <array>
#include <string>

#include "server/sandbox/api_error.h"
#include "server/sandbox/http/multipart.h"
#include "server/sandbox/listing.h"

namespace tunegate::sandbox {
namespace {

constexpr std::array<std::string_view, 6> kPurposes = {"fine-tune", "batch",     "assistants",
                                                       "vision",    "user_data", "evals"};
constexpr PageLimits kFilePages = {10'000, 10'000};

absl::StatusOr<json::Value> CreateFile(FileStore& files, const Request& request) {
  TG_ASSIGN_OR_RETURN(const std::vector<FormPart> parts,
                      ParseMultipart(request.Header("Content-Type"), request.body));
  const FormPart* purpose = FindPart(parts, "purpose");
  if (purpose == nullptr) {
    return BadRequest("purpose", "Missing required parameter: 'purpose'.",
                      "missing_required_parameter");
  }
  TG_RETURN_IF_ERROR(CheckPurpose(purpose->content));
  const FormPart* file = FindPart(parts, "file");
  if (file == nullptr || !file->filename) {
    return BadRequest("file", "Missing required parameter: 'file'.", "missing_required_parameter");
  }
  if (file->content.empty()) return BadRequest("file", "The file is empty.", "empty_file");
  TG_ASSIGN_OR_RETURN(const StoredFile stored,
                      files.Create(*file->filename, purpose->content, file->content));
  return stored.ToJson();
}

absl::StatusOr<json::Value> ListFiles(const FileStore& files, const Request& request) {
  const std::optional<std::string_view> purpose = request.Query("purpose");
  std::vector<json::Value> listed;
  for (const StoredFile& file : files.NewestFirst()) {
    if (!purpose || file.purpose == *purpose) listed.push_back(file.ToJson());
  }
  return ListPage(std::move(listed), request, kFilePages);
}

absl::StatusOr<json::Value> GetFile(const FileStore& files, const Request& request) {
  TG_ASSIGN_OR_RETURN(const StoredFile file, files.Get(request.captures[0]));
  return file.ToJson();
}

absl::StatusOr<json::Value> DeleteFile(FileStore& files, const Request& request) {
  TG_RETURN_IF_ERROR(files.Delete(request.captures[0]));
  return json::Object({{"id", request.captures[0]}, {"object", "file"}, {"deleted", true}});
}

Response GetContent(const FileStore& files, const Request& request) {
  absl::StatusOr<std::string> content = files.Content(request.captures[0]);
  if (!content.ok()) return ErrorResponse(content.status());
  Response response;
  response.SetHeader("Content-Type", "application/octet-stream");
  response.body = *std::move(content);
  return response;
}

}  // namespace

absl::Status CheckPurpose(std::string_view purpose) {
  if (std::find(kPurposes.begin(), kPurposes.end(), purpose) != kPurposes.end()) {
    return absl::OkStatus();
  }
  std::string expected;
  for (std::string_view known : kPurposes) {
    expected += (expected.empty() ? "'" : ", '") + std::string(known) + "'";
  }
  return BadRequest("purpose",
                    "'" + std::string(purpose) + "' is not one of [" + expected + "] - 'purpose'");
}

void AddFileRoutes(FileStore& files, Router& router) {
  router.Add(
      "POST", "/files",
      [&files](const Request& request) { return JsonOrError(CreateFile(files, request)); },
      Weight::kHeavy);
  router.Add("GET", "/files",
             [&files](const Request& request) { return JsonOrError(ListFiles(files, request)); });
  router.Add("GET", "/files/{file_id}",
             [&files](const Request& request) { return JsonOrError(GetFile(files, request)); });
  router.Add("DELETE", "/files/{file_id}",
             [&files](const Request& request) { return JsonOrError(DeleteFile(files, request)); });
  router.Add(
      "GET", "/files/{file_id}/content",
      [&files](const Request& request) { return GetContent(files, request); }, Weight::kHeavy);
}

}  // namespace tunegate::sandbox
