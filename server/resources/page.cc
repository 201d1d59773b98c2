#include "server/resources/page.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::resources {
namespace {

constexpr size_t kDigestLength = 16;

// Guards against a token that is used with another query by mistake; it keeps no secret.
std::string Binding(std::string_view cursor, std::string_view query) {
  return Sha256Hex(absl::StrCat(std::string(cursor), "\n", std::string(query)))
      .substr(0, kDigestLength);
}

}  // namespace

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0) return InvalidField("page_size", "must not be negative");
  return requested == 0 ? kDefaultPageSize : std::min(requested, kMaxPageSize);
}

std::string MakePageToken(std::string_view cursor, std::string_view query) {
  return absl::WebSafeBase64Escape(absl::StrCat(Binding(cursor, query), std::string(cursor)));
}

absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view query) {
  if (token.empty()) return std::string();
  std::string text;
  if (absl::WebSafeBase64Unescape(std::string(token), &text) && text.size() >= kDigestLength) {
    std::string cursor = text.substr(kDigestLength);
    if (text.substr(0, kDigestLength) == Binding(cursor, query)) return cursor;
  }
  return InvalidField("page_token",
                      "is not the next_page_token of a call with the same filter, order and "
                      "parent; leave it empty to start anew");
}

}  // namespace tunegate::resources
