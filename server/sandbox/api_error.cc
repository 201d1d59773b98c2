#include "server/sandbox/api_error.h"

#include <string>

namespace tunegate::sandbox {
namespace {

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return 500;
    default:
      return 400;
  }
}

json::Value NullIfEmpty(std::string_view text) {
  return text.empty() ? json::Value() : json::Value(text);
}

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

}  // namespace

Error BadRequest(std::string_view param, std::string_view message, std::string_view code) {
  return InvalidArgument(code, message).Field(param, message);
}

Response ErrorResponse(int http_status, std::string_view type, std::string_view code,
                       std::string_view param, std::string_view message) {
  return JsonResponse(json::Object({{"error", json::Object({{"message", message},
                                                            {"type", type},
                                                            {"param", NullIfEmpty(param)},
                                                            {"code", NullIfEmpty(code)}})}}),
                      http_status);
}

Response ErrorResponse(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const int http_status = HttpStatus(status.code());
  const std::string type = http_status >= 500 ? "server_error" : "invalid_request_error";
  const std::string param =
      details.field_violations.empty() ? "" : details.field_violations.front().first;
  return ErrorResponse(http_status, type, details.reason, param, Text(status.message()));
}

Response JsonOrError(const absl::StatusOr<json::Value>& body) {
  return body.ok() ? JsonResponse(*body) : ErrorResponse(body.status());
}

absl::StatusOr<json::Value> ParseBody(const Request& request) {
  absl::StatusOr<json::Value> body = json::Parse(request.body);
  if (!body.ok()) {
    return InvalidArgument(
        "", "We could not parse the JSON body of your request: " + Text(body.status().message()));
  }
  if (!body->IsObject()) {
    return InvalidArgument("", "The body of your request must be a JSON object, but it is " +
                                   std::string(body->TypeName()));
  }
  return body;
}

}  // namespace tunegate::sandbox
