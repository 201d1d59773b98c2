#include "server/sandbox/http/router.h"

namespace tunegate::sandbox {
namespace {

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const size_t end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return segments;
}

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (pattern[i].front() != '{' && pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern,
                 std::function<Response(const Request&)> handler, Weight weight) {
  Route route{std::string(method) + " " + std::string(pattern),
              std::string(method),
              {},
              std::move(handler),
              weight};
  for (std::string_view segment : Split(pattern)) route.segments.emplace_back(segment);
  routes_.push_back(std::move(route));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  const std::vector<std::string_view> segments = Split(path);
  Match match;
  for (const Route& route : routes_) {
    if (!Matches(route.segments, segments)) continue;
    if (route.method != method) {
      if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
      match.allowed_methods += route.method;
      continue;
    }
    match.route = &route;
    for (size_t i = 0; i < segments.size(); ++i) {
      if (route.segments[i].front() == '{') match.captures.push_back(PercentDecode(segments[i]));
    }
    return match;
  }
  return match;
}

std::string_view StripApiPrefix(std::string_view path) {
  for (std::string_view prefix : {"/openai", "/v1"}) {
    if (path.substr(0, prefix.size()) == prefix &&
        (path.size() == prefix.size() || path[prefix.size()] == '/')) {
      path.remove_prefix(prefix.size());
    }
  }
  return path;
}

}  // namespace tunegate::sandbox
