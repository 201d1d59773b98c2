#include "server/config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace tunegate {
namespace {

using config::v1::ServerConfig;

constexpr size_t kShortestToken = 16;

// Keeps the first error's place and text.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Error ConfigError(std::string_view field, std::string_view message) {
  return InvalidArgument("CONFIG_INVALID", absl::StrCat("configuration: ", std::string(field), ": ",
                                                        std::string(message)))
      .Field(field, message);
}

void SetIfZero(google::protobuf::Duration* duration, int64_t seconds) {
  if (duration->seconds() == 0 && duration->nanos() == 0) duration->set_seconds(seconds);
}

template <typename Setter>
void SetIfEmpty(const std::string& value, Setter set, const char* otherwise) {
  if (value.empty()) set(otherwise);
}

absl::Status CheckAddress(std::string_view field, const std::string& address) {
  std::string host;
  int port = 0;
  if (absl::StartsWith(address, "unix:") || SplitAddress(address, &host, &port)) {
    return absl::OkStatus();
  }
  return ConfigError(
      field, absl::StrCat("expected HOST:PORT such as 127.0.0.1:50051, got '", address, "'"));
}

absl::Status CheckProviders(const ServerConfig& config) {
  std::set<std::string> names;
  for (const auto& provider : config.providers()) {
    if (provider.name().empty()) return ConfigError("providers.name", "is required");
    if (!names.insert(provider.name()).second) {
      return ConfigError("providers.name", absl::StrCat("'", provider.name(), "' stands twice"));
    }
    if (!absl::StartsWith(provider.base_url(), "http://") &&
        !absl::StartsWith(provider.base_url(), "https://")) {
      return ConfigError("providers.base_url", absl::StrCat("expected http:// or https://, got '",
                                                            provider.base_url(), "'"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStore(const ServerConfig& config) {
  if (config.store() != "sqlite" && !IsPostgres(config.store())) {
    // Not what was got: it may be a URL with a password in it.
    return ConfigError("store", "expected sqlite, or postgres://USER@HOST/DATABASE");
  }
  if (config.postgres_connections() < 1 || config.postgres_connections() > 1000) {
    return ConfigError("postgres_connections", "expected 1 to 1000");
  }
  if (config.postgres_statement_timeout().seconds() < 1) {
    return ConfigError("postgres_statement_timeout", "expected at least 1 second");
  }
  return absl::OkStatus();
}

absl::Status CheckLimits(const ServerConfig& config) {
  const std::pair<const char*, int64_t> positive[] = {
      {"limits.max_watches", config.limits().max_watches()},
      {"limits.max_watches_per_caller", config.limits().max_watches_per_caller()},
      {"limits.max_calls_per_caller", config.limits().max_calls_per_caller()},
      {"retention.max_events", config.retention().max_events()},
      {"retention.max_event_age", config.retention().max_event_age().seconds()},
      {"drain_time", config.drain_time().seconds()},
  };
  for (const auto& [field, value] : positive) {
    if (value < 0) return ConfigError(field, "must not be negative; leave it out for the default");
  }
  return absl::OkStatus();
}

// Metrics are given to callers alone, where there are any, and webhooks are signed: beyond loopback
// only the wire has to be safe.
absl::Status CheckHttp(const ServerConfig& config) {
  const std::string& address = config.http_listen();
  if (address.empty()) return absl::OkStatus();
  std::string host;
  int port = 0;
  if (!SplitAddress(address, &host, &port)) {
    return ConfigError(
        "http_listen",
        absl::StrCat("expected HOST:PORT such as 127.0.0.1:9464, got '", address, "'"));
  }
  if (IsLoopback(address) || config.insecure_public() || config.has_tls()) {
    return absl::OkStatus();
  }
  return ConfigError("http_listen",
                     absl::StrCat(address,
                                  " can be reached from other machines: set tls, listen "
                                  "on 127.0.0.1, or spell out --insecure_public"));
}

absl::Status CheckPublic(const ServerConfig& config) {
  if (IsLoopback(config.listen()) || config.insecure_public()) return absl::OkStatus();
  if (config.has_tls() && config.callers_size() > 0) return absl::OkStatus();
  return ConfigError("listen", absl::StrCat(config.listen(),
                                            " can be reached from other machines: set tls "
                                            "and callers, listen on 127.0.0.1, or spell out "
                                            "--insecure_public"));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  // An empty file is one that can be read; inserting nothing counts as a failure.
  const bool empty = file && file.peek() == std::ifstream::traits_type::eof() && !file.bad();
  if (!file || (!empty && !(text << file.rdbuf()))) {
    return NotFound("CONFIG_UNREADABLE",
                    absl::StrCat("cannot read ", what, " from ", path, ": ", std::strerror(errno)));
  }
  return text.str();
}

absl::StatusOr<ServerConfig> ReadConfigFile(const std::string& path) {
  TG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, "the configuration"));
  ServerConfig config;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(text, &config)) {
    return InvalidArgument("CONFIG_INVALID",
                           absl::StrCat(path, ":", error.text(),
                                        " (the fields stand in "
                                        "proto/tunegate/config/v1/server_config.proto)"));
  }
  return config;
}

void ApplyDefaults(const std::string& openai_base_url, ServerConfig& config) {
  const auto fill = [](const std::string& value, auto set, const char* otherwise) {
    SetIfEmpty(value, set, otherwise);
  };
  fill(
      config.listen(), [&](auto v) { config.set_listen(v); }, "127.0.0.1:50051");
  fill(
      config.data_dir(), [&](auto v) { config.set_data_dir(v); }, "tunegate-data");
  fill(
      config.store(), [&](auto v) { config.set_store(v); }, "sqlite");
  fill(
      config.sqlite_synchronous(), [&](auto v) { config.set_sqlite_synchronous(v); }, "full");
  fill(
      config.default_base_model(), [&](auto v) { config.set_default_base_model(v); },
      "gpt-4o-mini-2024-07-18");
  fill(
      config.log_format(), [&](auto v) { config.set_log_format(v); }, "text");
  if (config.default_concurrency() == 0) config.set_default_concurrency(8);
  SetIfZero(config.mutable_job_poll_interval(), 5);
  SetIfZero(config.mutable_job_settle_time(), 30);
  SetIfZero(config.mutable_lease_duration(), 30);
  SetIfZero(config.mutable_drain_time(), 10);
  if (config.postgres_connections() == 0) config.set_postgres_connections(8);
  SetIfZero(config.mutable_postgres_statement_timeout(), 30);
  SetIfZero(config.mutable_retention()->mutable_max_event_age(), 30 * 24 * 3600);
  if (config.retention().max_events() == 0) config.mutable_retention()->set_max_events(1'000'000);
  auto& limits = *config.mutable_limits();
  if (limits.max_watches() == 0) limits.set_max_watches(20'000);
  if (limits.max_watches_per_caller() == 0) limits.set_max_watches_per_caller(10'000);
  if (limits.max_calls_per_caller() == 0) limits.set_max_calls_per_caller(1024);
  if (config.providers_size() == 0) config.add_providers()->set_name("openai");
  if (!openai_base_url.empty()) config.mutable_providers(0)->set_base_url(openai_base_url);
  for (auto& provider : *config.mutable_providers()) {
    fill(
        provider.base_url(), [&](auto v) { provider.set_base_url(v); },
        "https://api.openai.com/v1");
    fill(
        provider.api_key_env(), [&](auto v) { provider.set_api_key_env(v); }, "OPENAI_API_KEY");
    fill(
        provider.auth_header(), [&](auto v) { provider.set_auth_header(v); },
        "Authorization: Bearer");
  }
}

absl::Status CheckConfig(const ServerConfig& config) {
  TG_RETURN_IF_ERROR(CheckAddress("listen", config.listen()));
  TG_RETURN_IF_ERROR(CheckStore(config));
  if (config.sqlite_synchronous() != "full" && config.sqlite_synchronous() != "normal") {
    return ConfigError("sqlite_synchronous", absl::StrCat("expected full or normal, got '",
                                                          config.sqlite_synchronous(), "'"));
  }
  if (config.default_concurrency() < 1 || config.default_concurrency() > 1024) {
    return ConfigError("default_concurrency", "expected 1 to 1024");
  }
  if (config.lease_duration().seconds() < 2) {
    return ConfigError("lease_duration", "expected at least 2 seconds");
  }
  if (config.job_poll_interval().seconds() < 0) {
    return ConfigError("job_poll_interval", "must not be negative");
  }
  if (config.job_settle_time().seconds() < 0) {
    return ConfigError("job_settle_time", "must not be negative");
  }
  if (config.log_format() != "text" && config.log_format() != "json") {
    return ConfigError("log_format",
                       absl::StrCat("expected text or json, got '", config.log_format(), "'"));
  }
  TG_RETURN_IF_ERROR(CheckHttp(config));
  TG_RETURN_IF_ERROR(CheckLimits(config));
  TG_RETURN_IF_ERROR(CheckProviders(config));
  return CheckPublic(config);
}

absl::StatusOr<std::map<std::string, std::string>> ReadCallers(const ServerConfig& config) {
  std::map<std::string, std::string> names_by_digest;
  for (const auto& caller : config.callers()) {
    if (caller.name().empty()) return ConfigError("callers.name", "is required");
    TG_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile(caller.token_file(), absl::StrCat(caller.name(), "'s token")));
    const std::string token(absl::StripAsciiWhitespace(text));
    if (token.size() < kShortestToken) {
      return ConfigError(
          "callers.token_file",
          absl::StrCat(caller.token_file(), " holds fewer than ", kShortestToken, " characters"));
    }
    if (!names_by_digest.emplace(Sha256Hex(token), caller.name()).second) {
      return ConfigError("callers.token_file",
                         absl::StrCat(caller.name(), " has another caller's token"));
    }
  }
  return names_by_digest;
}

bool IsPostgres(const std::string& store) {
  return absl::StartsWith(store, "postgres://") || absl::StartsWith(store, "postgresql://");
}

bool SplitAddress(const std::string& address, std::string* host, int* port) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  *host = address.substr(0, colon);
  if (host->front() == '[' && host->back() == ']') *host = host->substr(1, host->size() - 2);
  return absl::SimpleAtoi(address.substr(colon + 1), port) && *port >= 0 && *port <= 65535;
}

bool IsLoopback(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return true;
  std::string host;
  int port = 0;
  if (!SplitAddress(address, &host, &port)) return false;
  const bool digits = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (digits && absl::StartsWith(host, "127."));
}

}  // namespace tunegate
