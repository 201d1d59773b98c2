// Router: which handler answers a method and a path.
//
//   router.Add("GET", "/files/{file_id}/content", handler, Weight::kHeavy);
#ifndef TUNEGATE_SERVER_SANDBOX_HTTP_ROUTER_H_
#define TUNEGATE_SERVER_SANDBOX_HTTP_ROUTER_H_

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

// kHeavy handlers touch files or much data and so run on a worker, not on the event loop.
enum class Weight { kCheap, kHeavy };

struct Route {
  std::string name;  // "GET /files/{file_id}": what statistics and fault rules call it
  std::string method;
  std::vector<std::string> segments;  // "{...}" matches any one segment
  std::function<Response(const Request&)> handler;
  Weight weight;
};

// Not thread-safe while routes are added; reading is.
class Router {
 public:
  void Add(std::string_view method, std::string_view pattern,
           std::function<Response(const Request&)> handler, Weight weight = Weight::kCheap);

  struct Match {
    const Route* route = nullptr;       // nullptr: nothing answers
    std::vector<std::string> captures;  // decoded
    // The methods that the path does answer to, "GET, POST"; empty when the path is unknown.
    std::string allowed_methods;
  };
  Match Find(std::string_view method, std::string_view path) const;

 private:
  std::deque<Route> routes_;  // a deque: pointers to routes stay valid
};

// The path without the prefixes under which the API may be asked: "/v1", "/openai", "/openai/v1".
std::string_view StripApiPrefix(std::string_view path);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_HTTP_ROUTER_H_
