#include "server/resources/names.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/utf8.h"

namespace tunegate::resources {
namespace {

constexpr size_t kMaxIdLength = 62;

bool IsId(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength || id[0] < 'a' || id[0] > 'z') return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Fixed width, so that the order of texts is the order of numbers.
std::string Base36(int64_t value, int width) {
  std::string text(width, '0');
  for (int i = width - 1; i >= 0; --i, value /= 36) {
    text[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
  }
  return text;
}

}  // namespace

absl::Status CheckName(std::string_view field, std::string_view name, std::string_view collection) {
  const std::string prefix = absl::StrCat(std::string(collection), "/");
  if (name.substr(0, prefix.size()) == prefix && IsId(name.substr(prefix.size()))) {
    return absl::OkStatus();
  }
  return InvalidField(field, absl::StrCat("expected a name such as ", prefix, "my-id, got '",
                                          Abbreviate(ToValidUtf8(name), 80), "'"));
}

std::string_view IdOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

absl::StatusOr<std::string> MakeName(std::string_view field, std::string_view collection,
                                     std::string_view id, absl::Time now) {
  const std::string prefix = absl::StrCat(std::string(collection), "/");
  if (id.empty()) {
    return absl::StrCat(prefix, std::string(collection.substr(0, 1)),
                        Base36(absl::ToUnixMillis(now), 9), "-", RandomHex(3));
  }
  if (!IsId(id)) {
    return InvalidField(
        field, absl::StrCat("expected a lower-case letter and then at most 61 of a-z, 0-9, "
                            "'-' and '_', got '",
                            Abbreviate(ToValidUtf8(id), 80), "'"));
  }
  return absl::StrCat(prefix, std::string(id));
}

}  // namespace tunegate::resources
