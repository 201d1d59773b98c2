#include "server/sandbox/listing.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

absl::StatusOr<int> ParseLimit(const Request& request, PageLimits limits) {
  const std::optional<std::string_view> text = request.Query("limit");
  if (!text) return limits.default_limit;
  int limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 ||
      limit > limits.max_limit) {
    return BadRequest("limit",
                      "Invalid 'limit': '" + std::string(*text) + "' is not an integer from 1 to " +
                          std::to_string(limits.max_limit) + ".",
                      "invalid_value");
  }
  return limit;
}

}  // namespace

absl::StatusOr<json::Value> ListPage(std::vector<json::Value> newest_first, const Request& request,
                                     PageLimits limits) {
  TG_ASSIGN_OR_RETURN(const int limit, ParseLimit(request, limits));
  const std::string_view order = request.Query("order").value_or("desc");
  if (order != "asc" && order != "desc") {
    return BadRequest("order", "Invalid 'order': expected 'asc' or 'desc'.", "invalid_value");
  }
  std::vector<json::Value>& items = newest_first;
  if (order == "asc") std::reverse(items.begin(), items.end());
  auto begin = items.begin();
  if (const std::optional<std::string_view> after = request.Query("after"); after.has_value()) {
    begin = std::find_if(items.begin(), items.end(),
                         [&](const json::Value& item) { return item["id"].String() == *after; });
    if (begin == items.end()) {
      return BadRequest("after", "Invalid 'after': no item with id '" + std::string(*after) + "'.",
                        "invalid_value");
    }
    ++begin;
  }
  const auto end = begin + std::min<std::ptrdiff_t>(limit, items.end() - begin);
  const bool has_more = end != items.end();
  std::vector<json::Value> page(std::make_move_iterator(begin), std::make_move_iterator(end));
  const json::Value first = page.empty() ? json::Value() : page.front()["id"];
  const json::Value last = page.empty() ? json::Value() : page.back()["id"];
  return json::Object({{"object", "list"},
                       {"data", json::Array(std::move(page))},
                       {"first_id", first},
                       {"last_id", last},
                       {"has_more", has_more}});
}

}  // namespace tunegate::sandbox
