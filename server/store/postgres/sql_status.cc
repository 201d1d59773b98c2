#include "server/store/postgres/sql_status.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store::postgres {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// What an operator can do about it; nullptr when `sqlstate` is none of these.
const char* RemedyOf(std::string_view sqlstate) {
  const absl::string_view state = View(sqlstate);
  if (state == "53100") return "make room on the database's disk and repeat the call";
  if (state == "53300") return "raise max_connections, or lower postgres_connections";
  if (absl::StartsWith(state, "53")) return "give the database more memory and repeat the call";
  if (state == "57014") return "it took longer than postgres_statement_timeout; repeat the call";
  if (state == "55P03") return "another session holds a lock on our tables; repeat the call";
  if (state == "25006") return "this database only reads; name the primary in the URL";
  if (absl::StartsWith(state, "58")) return "look at the database's disk and its log";
  if (absl::StartsWith(state, "57P")) return "it is being stopped or started; repeat the call";
  if (absl::StartsWith(state, "08")) return "look at the network and at the database's log";
  return nullptr;
}

// What to do when it does not let us in.
const char* AdmissionOf(std::string_view sqlstate) {
  const absl::string_view state = View(sqlstate);
  if (absl::StartsWith(state, "28")) {
    return "check the URL's user, PGPASSWORD or the passfile, and the server's pg_hba.conf";
  }
  if (state == "3D000") return "create the database, or name another in the URL";
  if (state == "42501") {
    return "let the user create a schema there: GRANT CREATE ON DATABASE ... TO ...";
  }
  return nullptr;
}

}  // namespace

absl::Status SqlStatus(std::string_view sqlstate, std::string_view message,
                       std::string_view where) {
  const std::string text = absl::StrCat("database ", View(where), ": ", View(message),
                                        " (SQLSTATE ", View(sqlstate), ")");
  if (const char* remedy = RemedyOf(sqlstate)) {
    return Unavailable("STORE_UNAVAILABLE", absl::StrCat(text, "; ", remedy))
        .Metadata("sqlstate", sqlstate);
  }
  if (const char* remedy = AdmissionOf(sqlstate)) {
    return FailedPrecondition("STORE_REFUSED", absl::StrCat(text, "; ", remedy))
        .Metadata("sqlstate", sqlstate);
  }
  if (sqlstate == "22021") {
    return InvalidArgument("TEXT_INVALID", absl::StrCat("a text holds NUL or is no UTF-8: ", text))
        .Metadata("sqlstate", sqlstate);
  }
  if (sqlstate == "XX001" || sqlstate == "XX002") {
    return Internal("STORE_CORRUPT",
                    absl::StrCat("data is damaged: ", text, "; stop writing and restore a backup"))
        .Metadata("sqlstate", sqlstate);
  }
  return Internal("STORE_FAILED", absl::StrCat("unexpected failure: ", text))
      .Metadata("sqlstate", sqlstate);
}

absl::Status LostStatus(std::string_view message, std::string_view where) {
  return Unavailable("STORE_UNAVAILABLE",
                     absl::StrCat("database ", View(where), " cannot be reached: ", View(message)));
}

bool IsWorthRepeating(const absl::Status& status) {
  const std::string sqlstate = DetailsOf(status).metadata["sqlstate"];
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03";
}

bool IsTimeOut(const absl::Status& status) {
  return DetailsOf(status).metadata["sqlstate"] == "57014";
}

bool IsReadOnly(const absl::Status& status) {
  return DetailsOf(status).metadata["sqlstate"] == "25006";
}

bool IsRefusedByData(const absl::Status& status) {
  // Data exceptions, constraints, and sizes beyond PostgreSQL's limits.
  const std::string sqlstate = DetailsOf(status).metadata["sqlstate"];
  return absl::StartsWith(sqlstate, "22") || absl::StartsWith(sqlstate, "23") ||
         absl::StartsWith(sqlstate, "54");
}

}  // namespace tunegate::store::postgres
