// multipart/form-data (RFC 7578), as file uploads use it. The parts point into the body.
#ifndef TUNEGATE_SERVER_SANDBOX_HTTP_MULTIPART_H_
#define TUNEGATE_SERVER_SANDBOX_HTTP_MULTIPART_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tunegate::sandbox {

struct FormPart {
  std::string name;
  std::optional<std::string> filename;  // set for a file
  std::string_view content;             // lives as long as the body
};

// The parts of `body`. INVALID_ARGUMENT when `content_type` is no multipart/form-data with a
// boundary or the body does not end with it.
absl::StatusOr<std::vector<FormPart>> ParseMultipart(std::string_view content_type,
                                                     std::string_view body);

// The part of that name, or nullptr.
const FormPart* FindPart(const std::vector<FormPart>& parts, std::string_view name);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_HTTP_MULTIPART_H_
