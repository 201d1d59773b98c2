#include "client/cli/names.h"

#include "client/cli/usage.h"

namespace tunegate::cli {

absl::StatusOr<std::string> FullName(std::string_view kind, std::string_view typed,
                                     std::string_view about) {
  const std::string prefix = std::string(kind) + "/";
  const size_t slash = typed.find('/');
  if (slash == std::string_view::npos && !typed.empty()) return prefix + std::string(typed);
  if (typed.starts_with(prefix) && typed.size() > prefix.size()) return std::string(typed);
  return UsageError(about,
                    "expected " + prefix + "ID (or ID alone), got '" + std::string(typed) + "'");
}

std::string_view ShortName(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace tunegate::cli
