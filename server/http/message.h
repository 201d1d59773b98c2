// What the operator's HTTP port is asked and what it answers. Knows no socket and no library, so
// that every route is tested as a function.
#ifndef TUNEGATE_SERVER_HTTP_MESSAGE_H_
#define TUNEGATE_SERVER_HTTP_MESSAGE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tunegate::http {

// Names in lower case, in the order they came.
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string path;    // "/webhooks/openai", as it came, without the query
  Headers headers;
  std::string body;

  // The header's value, trimmed; empty when it was not sent. `name` is in lower case.
  std::string_view Header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  Headers headers = {};  // beside those that every answer has
};

// A line of text.
Response TextResponse(int status, std::string_view text);

// The answer as it goes over the wire. Every connection carries one request: it ends with this.
std::string Serialize(const Response& response, bool with_body);

}  // namespace tunegate::http

#endif  // TUNEGATE_SERVER_HTTP_MESSAGE_H_
