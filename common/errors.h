// Errors that carry what a caller needs to act: a machine-readable reason, the fields at fault,
// when to try again. They travel inside absl::Status and leave as google.rpc details
// (server/rpc/status.h).
//
//   return InvalidArgument("TASK_UNKNOWN", "task 'tasks/x' does not exist; see ListTasks")
//       .Field("job.task", "names no task");
#ifndef TUNEGATE_COMMON_ERRORS_H_
#define TUNEGATE_COMMON_ERRORS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate {

// What stands beside an error's code and message.
struct ErrorDetails {
  // UPPER_SNAKE_CASE, stable: programs switch on it. google.rpc.ErrorInfo.reason.
  std::string reason;
  // google.rpc.ErrorInfo.metadata: what the message names, for programs. Never a secret.
  std::map<std::string, std::string> metadata;
  // google.rpc.BadRequest: path of the field as in the request ("job.supervised.n_epochs") and what
  // is wrong with it and what was expected.
  std::vector<std::pair<std::string, std::string>> field_violations;
  // google.rpc.RetryInfo.
  std::optional<absl::Duration> retry_delay;
};

// Builds a Status with details; converts to absl::Status and any absl::StatusOr<T>.
class Error {
 public:
  Error(absl::StatusCode code, std::string_view reason, std::string_view message);
  Error(const Error&) = default;
  Error(Error&&) = default;
  // Safe for `error = std::move(error).Field(...)`, which assigns it to itself.
  Error& operator=(Error&& other) noexcept;

  Error&& Field(std::string_view path, std::string_view description) &&;
  Error&& Metadata(std::string_view key, std::string_view value) &&;
  Error&& RetryAfter(absl::Duration delay) &&;

  operator absl::Status() const;  // NOLINT: converting on return is its purpose
  template <typename T>
  operator absl::StatusOr<T>() const {  // NOLINT
    return static_cast<absl::Status>(*this);
  }

 private:
  absl::StatusCode code_;
  std::string message_;
  ErrorDetails details_;
};

// One a code that the services use. `reason` is ErrorInfo's, `message` says what happened, what was
// expected and what to do, in one or two sentences without a final full stop.
Error InvalidArgument(std::string_view reason, std::string_view message);
Error NotFound(std::string_view reason, std::string_view message);
Error AlreadyExists(std::string_view reason, std::string_view message);
Error FailedPrecondition(std::string_view reason, std::string_view message);
Error Aborted(std::string_view reason, std::string_view message);
Error ResourceExhausted(std::string_view reason, std::string_view message);
Error Unavailable(std::string_view reason, std::string_view message);
Error OutOfRange(std::string_view reason, std::string_view message);
Error PermissionDenied(std::string_view reason, std::string_view message);
Error Unauthenticated(std::string_view reason, std::string_view message);
Error Internal(std::string_view reason, std::string_view message);
Error DeadlineExceeded(std::string_view reason, std::string_view message);

// The details that `status` carries; empty ones where it carries none.
ErrorDetails DetailsOf(const absl::Status& status);

// A field violation's status: INVALID_ARGUMENT, reason INVALID_FIELD, message "FIELD: DESCRIPTION".
Error InvalidField(std::string_view path, std::string_view description);

}  // namespace tunegate

// Returns the status of `expression` from the function unless it is OK.
#define TG_RETURN_IF_ERROR(expression)                                            \
  do {                                                                            \
    if (absl::Status tg_status = (expression); !tg_status.ok()) return tg_status; \
  } while (false)

// TG_ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or F()'s status is returned.
#define TG_ASSIGN_OR_RETURN(lhs, expression) \
  TG_ASSIGN_OR_RETURN_IMPL_(TG_CONCAT_(tg_or_, __LINE__), lhs, expression)
#define TG_ASSIGN_OR_RETURN_IMPL_(statusor, lhs, expression) \
  auto statusor = (expression);                              \
  if (!statusor.ok()) return std::move(statusor).status();   \
  lhs = *std::move(statusor)
#define TG_CONCAT_(a, b) TG_CONCAT_IMPL_(a, b)
#define TG_CONCAT_IMPL_(a, b) a##b

#endif  // TUNEGATE_COMMON_ERRORS_H_
