// Usage errors: what was typed cannot be meant. They end the program with exit code 2.
#ifndef TUNEGATE_CLIENT_CLI_USAGE_H_
#define TUNEGATE_CLIENT_CLI_USAGE_H_

#include <string_view>

#include "absl/status/status.h"

namespace tunegate::cli {

// "--epochs: expected a whole number from 1 to 50, got 'abc'": what it is about, and what is wrong
// and was expected.
absl::Status UsageError(std::string_view about, std::string_view message);

bool IsUsageError(const absl::Status& status);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_USAGE_H_
