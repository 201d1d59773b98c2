// Pages of listings: how many, from where, and the opaque token that says it.
#ifndef TUNEGATE_SERVER_RESOURCES_PAGE_H_
#define TUNEGATE_SERVER_RESOURCES_PAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tunegate::resources {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;

// The size to use for what a request says. INVALID_FIELD for "page_size" when negative.
absl::StatusOr<int> PageSize(int requested);

// A token for `cursor`, bound to `query` (everything else in the request that chooses the items).
std::string MakePageToken(std::string_view cursor, std::string_view query);

// The cursor of a token; empty for an empty token. INVALID_FIELD for "page_token" when it is not
// one of ours, or was made for another query.
absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view query);

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_PAGE_H_
