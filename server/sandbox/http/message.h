// Request and Response: what the sandbox's handlers see of HTTP. They know no socket and no
// library, so that every handler is tested as a function.
#ifndef TUNEGATE_SERVER_SANDBOX_HTTP_MESSAGE_H_
#define TUNEGATE_SERVER_SANDBOX_HTTP_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/json.h"

namespace tunegate::sandbox {

// Names and values in the order they were sent. Header names compare without case.
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string path;    // "/files/file-1", still percent-encoded, without query
  Pairs query;         // decoded
  Pairs headers;
  std::string body;
  // What the pattern's {placeholders} stood for, decoded; filled by the router.
  std::vector<std::string> captures;
  // What a fault rule wants done to the job that this creates; null for nothing.
  json::Value job_fault;
  // The same of a batch.
  json::Value batch_fault;

  // The header's value, or "" when it was not sent.
  std::string_view Header(std::string_view name) const;
  // The query parameter's last value, or nullopt.
  std::optional<std::string_view> Query(std::string_view name) const;
};

// How a response travels; the defaults are what a healthy server does.
struct Delivery {
  // Before the first byte, counted from when the request was read.
  absl::Duration delay = absl::ZeroDuration();
  // The body ends here, and the connection with it, though Content-Length promised all of it.
  std::optional<size_t> cut_after_bytes;
  // Sends the body at this pace; 0 is at once.
  int64_t bytes_per_second = 0;
  // Resets the connection instead of answering.
  bool reset = false;
};

struct Response {
  int status = 200;
  Pairs headers;
  std::string body;
  // When there are any, the body is these, each sent as a chunk of its own.
  std::vector<std::string> chunks;
  Delivery delivery;

  // The header's value, or "".
  std::string_view Header(std::string_view name) const;
  void SetHeader(std::string_view name, std::string_view value);
};

// A response of type application/json.
Response JsonResponse(const json::Value& body, int status = 200);

// Splits "a=1&b=x%20y" and decodes names and values ('+' is a space).
Pairs ParseQuery(std::string_view query);

// Decodes %XX; a malformed escape stays as it is.
std::string PercentDecode(std::string_view text);

// The phrase that goes with a status code; "Unknown" for one that has none.
const char* ReasonPhrase(int status);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_HTTP_MESSAGE_H_
