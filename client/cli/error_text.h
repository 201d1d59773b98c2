// How an error is told: what happened, which fields are meant, what to do, in two or three lines.
#ifndef TUNEGATE_CLIENT_CLI_ERROR_TEXT_H_
#define TUNEGATE_CLIENT_CLI_ERROR_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/line.h"

namespace tunegate::cli {

// "NOT_FOUND"
std::string CodeName(absl::StatusCode code);

// What happened, with its code, and what to do; the latter may be empty.
struct Explanation {
  std::string message;
  std::string remedy;
};
Explanation Explain(const absl::Status& status, const std::string& server);

// For people. `server` is where the call went.
std::vector<Line> ErrorLines(const absl::Status& status, const std::string& server);

// For programs: one JSON object, {"error": {"code": "NOT_FOUND", "reason": ..., "message": ...,
// "fieldViolations": [...], "metadata": {...}, "retryDelay": "2s"}}.
std::string ErrorJson(const absl::Status& status);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_ERROR_TEXT_H_
