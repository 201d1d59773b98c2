#include "server/store/postgres/postgres_url.h"

#include <postgresql/libpq-fe.h>

#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/errors.h"

namespace tunegate::store::postgres {
namespace {

// libpq answers a lost network only after many minutes unless told otherwise.
const std::pair<const char*, const char*> kDefaults[] = {
    {"connect_timeout", "5"},
    {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
    {"application_name", "tunegated"},
    // With several hosts in the URL: the one that may be written to, also after a failover.
    {"target_session_attrs", "read-write"},
};

bool IsSecret(const std::string& keyword) {
  return keyword == "password" || keyword == "sslpassword";
}

std::string DisplayOf(std::map<std::string, std::string>& value) {
  std::string display = "postgres://";
  if (!value["user"].empty()) absl::StrAppend(&display, value["user"], "@");
  absl::StrAppend(&display, value["host"].empty() ? value["hostaddr"] : value["host"]);
  if (!value["port"].empty()) absl::StrAppend(&display, ":", value["port"]);
  absl::StrAppend(&display, "/", value["dbname"]);
  return display;
}

}  // namespace

absl::StatusOr<PostgresUrl> PostgresUrl::Parse(const std::string& url) {
  char* raw_error = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(nullptr, &PQconninfoFree);
  if (absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://")) {
    options.reset(PQconninfoParse(url.c_str(), &raw_error));
  }
  PQfreemem(raw_error);  // it may quote the password
  if (options == nullptr) {
    return InvalidArgument("STORE_URL_INVALID",
                           "the store's URL cannot be read; expected postgres://USER@HOST:PORT/"
                           "DATABASE?sslmode=verify-full with special characters "
                           "percent-encoded")
        .Field("store", "is no PostgreSQL URL");
  }
  PostgresUrl parsed;
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    values[option->keyword] = option->val;
    if (IsSecret(option->keyword) && *option->val != '\0') parsed.secrets_.push_back(option->val);
  }
  for (const auto& [keyword, value] : kDefaults) values.emplace(keyword, value);
  // Texts are UTF-8, whatever the environment says.
  values["client_encoding"] = "UTF8";
  parsed.parameters_.assign(values.begin(), values.end());
  parsed.display_ = DisplayOf(values);
  return parsed;
}

std::string PostgresUrl::WithoutSecrets(std::string text) const {
  for (const std::string& secret : secrets_) absl::StrReplaceAll({{secret, "***"}}, &text);
  return text;
}

}  // namespace tunegate::store::postgres
