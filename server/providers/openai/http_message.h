// What goes over HTTP and what comes back, without a library's types. Values; a const one may be
// read from any thread.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_MESSAGE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_MESSAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {

enum class HttpMethod { kGet, kPost, kDelete };

// A multipart form: plain fields, then one file, streamed from disk.
struct FormUpload {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string path;       // where it is read
  std::string file_name;  // what it is called there
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;
  std::string body;                  // JSON, of a POST
  std::optional<FormUpload> upload;  // instead of a body
  size_t max_answer_bytes = 64 << 20;
  // Where the body of a 2xx goes instead of HttpResponse::body; empty: nowhere else.
  std::string save_to;
  // Must reach the server at most once: gets a connection of its own, so that no idle one can break
  // under it.
  bool once = false;
  // Starts at once, even when as many are under way as may be.
  bool urgent = false;
};

// The header lines of an answer.
class HttpHeaders {
 public:
  // One "Name: value" line. False when the whole has grown beyond reason.
  bool AddLine(std::string_view line);
  void Clear() { lines_.clear(); }
  // The value of the last header of this name (in any case), trimmed; empty when there is none.
  // Valid as long as this object.
  std::string_view Get(std::string_view name) const;

 private:
  std::string lines_;  // each ends in '\n'
};

// Why there is no whole answer.
enum class HttpFailure {
  kNone,          // there is one
  kNoConnection,  // refused, unresolved, unreachable, or TLS failed
  kTimedOut,
  kBroken,          // the connection ended in the middle
  kGarbled,         // what came is not HTTP
  kTooLarge,        // more than max_answer_bytes
  kUnreadableFile,  // the upload's
  kUnwritableFile,  // save_to
  kShutDown,        // the transport is closing
};

struct HttpResponse {
  int status = 0;  // 0: no answer began
  HttpHeaders headers;
  std::string body;  // whole, or what came before the failure
  HttpFailure failure = HttpFailure::kNone;
  std::string failure_text;  // for people; may hold what the server said
  // kNo when certainly nothing was sent; otherwise kMaybe. What the status means is not in it.
  Sent sent = Sent::kNo;
  // From the request on the wire to the answer's last byte, of a whole answer.
  absl::Duration response_time;
  bool fresh_connection = false;  // a connection was made for it
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_MESSAGE_H_
