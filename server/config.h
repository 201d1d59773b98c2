// The server's configuration: a text file, flags over it, defaults under it, checked as a whole
// before anything starts.
#ifndef TUNEGATE_SERVER_CONFIG_H_
#define TUNEGATE_SERVER_CONFIG_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tunegate/config/v1/server_config.pb.h"

namespace tunegate {

// The file's content. NOT_FOUND (CONFIG_UNREADABLE), INVALID_ARGUMENT (CONFIG_INVALID) with line
// and column.
absl::StatusOr<config::v1::ServerConfig> ReadConfigFile(const std::string& path);

// Fills what is not set. A configuration without providers gets OpenAI; `openai_base_url`, where
// not empty, replaces the first provider's base URL.
void ApplyDefaults(const std::string& openai_base_url, config::v1::ServerConfig& config);

// OK, or INVALID_ARGUMENT (CONFIG_INVALID) naming the field and what was expected. Refuses to
// listen beyond loopback without TLS and callers, unless insecure_public is set.
absl::Status CheckConfig(const config::v1::ServerConfig& config);

// Names by SHA-256 of their tokens. INVALID_ARGUMENT for a token file that cannot be read, is too
// short or holds another caller's token.
absl::StatusOr<std::map<std::string, std::string>> ReadCallers(
    const config::v1::ServerConfig& config);

// The whole file. NOT_FOUND with path and cause. `what` is for the message: "the TLS key".
absl::StatusOr<std::string> ReadFile(const std::string& path, const std::string& what);

// True for stores that are a PostgreSQL URL, which may hold a password: never show it as it is.
bool IsPostgres(const std::string& store);

// Takes "HOST:PORT" apart; the host of "[::1]:80" is "::1". False when it is no such thing.
bool SplitAddress(const std::string& address, std::string* host, int* port);

// True for addresses that only this machine can reach: "127.0.0.1:0", "[::1]:1", "localhost:80",
// "unix:/path".
bool IsLoopback(const std::string& address);

}  // namespace tunegate

#endif  // TUNEGATE_SERVER_CONFIG_H_
