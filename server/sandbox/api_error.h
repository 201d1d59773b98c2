// Errors as OpenAI words them: {"error": {message, type, param, code}}.
//
// Inside the sandbox they are absl::Status made by common/errors.h, with OpenAI's code as the
// reason
// ("model_not_found"; "" becomes null) and the parameter as the first field violation. Here they
// become responses.
#ifndef TUNEGATE_SERVER_SANDBOX_API_ERROR_H_
#define TUNEGATE_SERVER_SANDBOX_API_ERROR_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/errors.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

// A request that is wrong: 400, invalid_request_error. `param` names what, `code` may be "".
Error BadRequest(std::string_view param, std::string_view message, std::string_view code = "");

// {"error": ...} with a status of one's own choice.
Response ErrorResponse(int http_status, std::string_view type, std::string_view code,
                       std::string_view param, std::string_view message);

// The response for a status that is not OK.
Response ErrorResponse(const absl::Status& status);

// The value as a 200 response, or the error's.
Response JsonOrError(const absl::StatusOr<json::Value>& body);

// The request's body as a JSON object. 400 as OpenAI says it when it is none.
absl::StatusOr<json::Value> ParseBody(const Request& request);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_API_ERROR_H_
