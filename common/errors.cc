#include "common/errors.h"

#include <charconv>
#include <cstdint>

#include "absl/strings/cord.h"

namespace tunegate {
namespace {

constexpr char kTypeUrl[] = "tunegate/error-details";

// The payload is a sequence of netstrings ("5:hello"): reason, retry delay in nanoseconds or
// nothing, number of metadata entries, their keys and values, then paths and descriptions up to the
// end.
void AppendNetstring(std::string& out, std::string_view text) {
  out.append(std::to_string(text.size())).append(":").append(text);
}

std::string Encode(const ErrorDetails& details) {
  std::string out;
  AppendNetstring(out, details.reason);
  AppendNetstring(out, details.retry_delay
                           ? std::to_string(absl::ToInt64Nanoseconds(*details.retry_delay))
                           : "");
  AppendNetstring(out, std::to_string(details.metadata.size()));
  for (const auto& [key, value] : details.metadata) {
    AppendNetstring(out, key);
    AppendNetstring(out, value);
  }
  for (const auto& [path, description] : details.field_violations) {
    AppendNetstring(out, path);
    AppendNetstring(out, description);
  }
  return out;
}

// Reads what Encode wrote; once something does not fit, every further read is empty.
class NetstringReader {
 public:
  explicit NetstringReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  std::string Next() {
    size_t size = 0;
    const char* end = rest_.data() + rest_.size();
    const auto [after, error] = std::from_chars(rest_.data(), end, size);
    if (error != std::errc() || after == end || *after != ':' ||
        size > static_cast<size_t>(end - after - 1)) {
      rest_ = {};
      return "";
    }
    std::string text(after + 1, size);
    rest_.remove_prefix(static_cast<size_t>(after + 1 - rest_.data()) + size);
    return text;
  }

  std::optional<int64_t> NextInteger() {
    const std::string text = Next();
    int64_t value = 0;
    const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
  }

 private:
  std::string_view rest_;
};

ErrorDetails Decode(std::string_view bytes) {
  NetstringReader reader(bytes);
  ErrorDetails details;
  details.reason = reader.Next();
  if (const auto nanoseconds = reader.NextInteger()) {
    details.retry_delay = absl::Nanoseconds(*nanoseconds);
  }
  for (int64_t left = reader.NextInteger().value_or(0); left > 0 && !reader.AtEnd(); --left) {
    std::string key = reader.Next();
    details.metadata[std::move(key)] = reader.Next();
  }
  while (!reader.AtEnd()) {
    std::string path = reader.Next();
    details.field_violations.emplace_back(std::move(path), reader.Next());
  }
  return details;
}

}  // namespace

Error::Error(absl::StatusCode code, std::string_view reason, std::string_view message)
    : code_(code), message_(message) {
  details_.reason = reason;
}

Error& Error::operator=(Error&& other) noexcept {
  if (this == &other) return *this;
  code_ = other.code_;
  message_ = std::move(other.message_);
  details_ = std::move(other.details_);
  return *this;
}

Error&& Error::Field(std::string_view path, std::string_view description) && {
  details_.field_violations.emplace_back(path, description);
  return std::move(*this);
}

Error&& Error::Metadata(std::string_view key, std::string_view value) && {
  details_.metadata.insert_or_assign(std::string(key), std::string(value));
  return std::move(*this);
}

Error&& Error::RetryAfter(absl::Duration delay) && {
  details_.retry_delay = delay;
  return std::move(*this);
}

Error::operator absl::Status() const {
  absl::Status status(code_, message_);
  status.SetPayload(kTypeUrl, absl::Cord(Encode(details_)));
  return status;
}

ErrorDetails DetailsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kTypeUrl);
  if (!payload.has_value()) return {};
  return Decode(std::string(*payload));
}

Error InvalidField(std::string_view path, std::string_view description) {
  std::string message(path);
  message.append(": ").append(description);
  return InvalidArgument("INVALID_FIELD", message).Field(path, description);
}

Error InvalidArgument(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}
Error NotFound(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kNotFound, reason, message);
}
Error AlreadyExists(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kAlreadyExists, reason, message);
}
Error FailedPrecondition(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}
Error Aborted(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kAborted, reason, message);
}
Error ResourceExhausted(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kResourceExhausted, reason, message);
}
Error Unavailable(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnavailable, reason, message);
}
Error OutOfRange(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kOutOfRange, reason, message);
}
Error PermissionDenied(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason, message);
}
Error Unauthenticated(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}
Error Internal(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInternal, reason, message);
}
Error DeadlineExceeded(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kDeadlineExceeded, reason, message);
}

}  // namespace tunegate
