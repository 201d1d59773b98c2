// Where the provider is and how to speak to it: the configuration that a person writes, and the
// checked Endpoint that the adapter uses.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_ENDPOINT_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_ENDPOINT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/openai/retry_policy.h"

namespace tunegate::providers::openai {

struct OpenAiConfig {
  std::string name = "openai";  // for screens and records
  std::string base_url = "https://api.openai.com/v1";
  // The key, or the file that holds it; both empty: none is sent, for local servers.
  std::string api_key;
  std::string api_key_file;
  // The header that carries the key, with what stands before the key: "Authorization: Bearer", or
  // Azure's "api-key".
  std::string auth_header = "Authorization: Bearer";
  std::string organization;
  std::string project;
  std::vector<std::pair<std::string, std::string>> query_parameters;  // ("api-version", ...)
  std::vector<std::pair<std::string, std::string>> extra_headers;     // values are secrets
  std::string ca_file;                                                // PEM; empty: the system's
  // Below base_url; "{model}" stands for the model (Azure's deployments).
  std::string chat_path = "/chat/completions";
  // Older servers know only "max_tokens".
  std::string max_tokens_field = "max_completion_tokens";
  absl::Duration connect_timeout = absl::Seconds(10);
  // Of every call but chat, uploads and job creation, which bring their own: one attempt, and all
  // attempts together.
  absl::Duration call_timeout = absl::Seconds(30);
  absl::Duration call_deadline = absl::Seconds(90);
  absl::Duration content_timeout = absl::Minutes(10);  // of reading a file's content
  int max_attempts = 3;                                // of calls that may be repeated
  size_t max_connections = 256;                        // chat calls in flight
  RetryRules retry;
  std::optional<uint64_t> jitter_seed;  // of the back-off's random part; unset: by chance
};

// Checked, with the key read. Cheap to read from any thread.
struct Endpoint {
  std::string base_url;  // without a slash at its end
  std::string query;     // "api-version=2024-10-21", or empty
  bool tls = false;
  bool loopback = false;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> secrets;  // must never be shown

  // The URL of `path` ("/files"), with `parameters` and the configured ones.
  std::string Url(std::string_view path,
                  const std::vector<std::pair<std::string, std::string>>& parameters = {}) const;
};

// INVALID_ARGUMENT naming the field and what was expected, also for a key file that cannot be read.
// Never names the key.
absl::StatusOr<Endpoint> ResolveEndpoint(const OpenAiConfig& config);

// `text` for use in a path or query: all but unreserved characters as %XX.
std::string PercentEncode(std::string_view text);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_ENDPOINT_H_
