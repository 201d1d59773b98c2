#include "server/sandbox/upload_api.h"

#include <string>
#include <vector>

#include "server/sandbox/api_error.h"
#include "server/sandbox/file_api.h"
#include "server/sandbox/http/multipart.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kMaxPartBytes = size_t{64} << 20;

Response UploadOrError(const absl::StatusOr<Upload>& upload) {
  return upload.ok() ? JsonResponse(upload->ToJson()) : ErrorResponse(upload.status());
}

absl::StatusOr<Upload> CreateUpload(UploadStore& uploads, const Request& request) {
  TG_ASSIGN_OR_RETURN(const json::Value body, ParseBody(request));
  for (const char* param : {"filename", "purpose", "mime_type"}) {
    if (body[param].String().empty()) {
      return BadRequest(param, "Missing required parameter: '" + std::string(param) + "'.",
                        "missing_required_parameter");
    }
  }
  TG_RETURN_IF_ERROR(CheckPurpose(body["purpose"].String()));
  if (!body["bytes"].IsInteger() || body["bytes"].IntegerOr(0) < 1) {
    return BadRequest("bytes", "Invalid value for 'bytes': expected an integer above 0.",
                      "invalid_value");
  }
  return uploads.Create(body["filename"].String(), body["purpose"].String(),
                        body["bytes"].IntegerOr(0));
}

absl::StatusOr<json::Value> AddPart(UploadStore& uploads, const Request& request) {
  TG_ASSIGN_OR_RETURN(const std::vector<FormPart> parts,
                      ParseMultipart(request.Header("Content-Type"), request.body));
  const FormPart* data = FindPart(parts, "data");
  if (data == nullptr) {
    return BadRequest("data", "Missing required parameter: 'data'.", "missing_required_parameter");
  }
  if (data->content.size() > kMaxPartBytes) {
    return BadRequest("data", "A part may hold at most 64 MB.", "part_too_large");
  }
  return uploads.AddPart(request.captures[0], data->content);
}

absl::StatusOr<Upload> CompleteUpload(UploadStore& uploads, const Request& request) {
  TG_ASSIGN_OR_RETURN(const json::Value body, ParseBody(request));
  std::vector<std::string> part_ids;
  for (const json::Value& id : body["part_ids"].Elements()) part_ids.push_back(id.String());
  if (part_ids.empty()) {
    return BadRequest("part_ids", "Missing required parameter: 'part_ids'.",
                      "missing_required_parameter");
  }
  return uploads.Complete(request.captures[0], part_ids);
}

}  // namespace

void AddUploadRoutes(UploadStore& uploads, Router& router) {
  router.Add("POST", "/uploads", [&uploads](const Request& request) {
    return UploadOrError(CreateUpload(uploads, request));
  });
  router.Add(
      "POST", "/uploads/{upload_id}/parts",
      [&uploads](const Request& request) { return JsonOrError(AddPart(uploads, request)); },
      Weight::kHeavy);
  router.Add(
      "POST", "/uploads/{upload_id}/complete",
      [&uploads](const Request& request) {
        return UploadOrError(CompleteUpload(uploads, request));
      },
      Weight::kHeavy);
  router.Add("POST", "/uploads/{upload_id}/cancel", [&uploads](const Request& request) {
    return UploadOrError(uploads.Cancel(request.captures[0]));
  });
}

}  // namespace tunegate::sandbox
