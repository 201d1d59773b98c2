// Resource names as people type them: `nov` where a job is meant is `jobs/nov`.
#ifndef TUNEGATE_CLIENT_CLI_NAMES_H_
#define TUNEGATE_CLIENT_CLI_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tunegate::cli {

// `kind` is "jobs", "datasets" ... Usage error for an empty name and for one of another kind;
// `about` is the flag or argument it was given for.
absl::StatusOr<std::string> FullName(std::string_view kind, std::string_view typed,
                                     std::string_view about);

// "nov" of "jobs/nov"; the whole text when it has no slash.
std::string_view ShortName(std::string_view name);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_NAMES_H_
