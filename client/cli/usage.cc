#include "client/cli/usage.h"

#include <string>

#include "client/rpc_status.h"
#include "common/errors.h"

namespace tunegate::cli {
namespace {

constexpr char kReason[] = "USAGE";

}  // namespace

absl::Status UsageError(std::string_view about, std::string_view message) {
  std::string text(about);
  if (!text.empty()) text.append(": ");
  return InvalidArgument(kReason, text.append(message));
}

bool IsUsageError(const absl::Status& status) {
  return DetailsOf(status).reason == kReason && !client::IsFromRpc(status);
}

}  // namespace tunegate::cli
