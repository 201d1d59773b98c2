// PostgresUrl: where a database is and how to come in, as libpq reads it
// ("postgres://user@host:5432/name?sslmode=verify-full&sslrootcert=ca.pem"), and what of it may be
// shown to people.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_URL_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_URL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace tunegate::store::postgres {

// A value. What it does not say comes from libpq's environment (PGPASSWORD, PGPASSFILE, ...).
class PostgresUrl {
 public:
  // INVALID_ARGUMENT (STORE_URL_INVALID); the message holds nothing of `url`, which may have a
  // password in it.
  static absl::StatusOr<PostgresUrl> Parse(const std::string& url);

  // Keyword and value, for PQconnectdbParams.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }
  // "postgres://user@host:5432/name": without password and parameters.
  const std::string& display() const { return display_; }
  // True when the URL itself holds a password, where a list of processes shows it.
  bool has_password() const { return !secrets_.empty(); }
  // `text` without the URL's passwords.
  std::string WithoutSecrets(std::string text) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<std::string> secrets_;
  std::string display_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_URL_H_
