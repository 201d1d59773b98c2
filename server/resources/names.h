// Resource names: `collection/id`, ids that callers choose or the server makes.
#ifndef TUNEGATE_SERVER_RESOURCES_NAMES_H_
#define TUNEGATE_SERVER_RESOURCES_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate::resources {

// OK when `name` is `collection/id` with a well-formed id; otherwise INVALID_FIELD for `field`.
absl::Status CheckName(std::string_view field, std::string_view name, std::string_view collection);

// "x" of "jobs/x".
std::string_view IdOf(std::string_view name);

// `collection/id`; for an empty id one is made, sortable by time: "jobs/j0m3k2v9x4-7f2a".
// INVALID_FIELD for `field` when the id is not [a-z][a-z0-9_-]{0,61}.
absl::StatusOr<std::string> MakeName(std::string_view field, std::string_view collection,
                                     std::string_view id, absl::Time now);

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_NAMES_H_
