// RequestReader: from bytes as they come to one HTTP/1.1 request, within limits. It takes what
// Prometheus and senders of webhooks send, and refuses the rest by status: chunked bodies, lengths
// that contradict each other, lines that are no header. No socket here; not thread-safe.
#ifndef TUNEGATE_SERVER_HTTP_REQUEST_READER_H_
#define TUNEGATE_SERVER_HTTP_REQUEST_READER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace tunegate::http {

class RequestReader {
 public:
  struct Limits {
    size_t head_bytes = 16 << 10;
    size_t body_bytes = 256 << 10;
  };
  enum class Progress {
    kMore,         // the request is not whole yet
    kWantsToSend,  // the same, and the sender waits for "100 Continue"; said once
    kWhole,        // request() is there; bytes behind it are ignored
    kRefused,      // refusal() says why
  };

  explicit RequestReader(Limits limits) : limits_(limits) {}

  // The next bytes. Not to be called any more after kWhole or kRefused.
  Progress Take(std::string_view bytes);

  Request& request() { return request_; }
  const Response& refusal() const { return refusal_; }

 private:
  Progress ReadHead();
  // False when the line was refused.
  bool ReadRequestLine(std::string_view line);
  bool ReadHeader(std::string_view line);
  bool ReadBodyLength();
  Progress ReadBody();
  bool Refuse(int status, std::string_view why);

  const Limits limits_;
  std::string buffer_;
  bool head_read_ = false;
  size_t body_length_ = 0;
  Request request_;
  Response refusal_;
};

}  // namespace tunegate::http

#endif  // TUNEGATE_SERVER_HTTP_REQUEST_READER_H_
