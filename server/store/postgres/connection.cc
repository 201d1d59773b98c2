#include "server/store/postgres/connection.h"

#include <poll.h>
#include <postgresql/libpq-fe.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/errors.h"
#include "server/store/postgres/sql_status.h"

namespace tunegate::store::postgres {
namespace {

// How much longer than its own time-out a silent database is believed to be alive.
constexpr absl::Duration kGrace = absl::Seconds(5);

constexpr int kBinary = 1;

// Allocates a megabyte in the session's process, and frees it. From then on glibc keeps up to two
// of them instead of giving memory back after each statement and asking for it again: that took
// more time than the statements of a small commit (mallopt(3), "dynamic mmap threshold").
constexpr char kKeepMemory[] = "SELECT length(repeat(' ', 1048576))";

// libpq's messages end in a line break and may have more of them.
std::string OneLine(std::string_view message) {
  const absl::string_view stripped = absl::StripAsciiWhitespace({message.data(), message.size()});
  return absl::StrReplaceAll(stripped, {{"\n\t", " "}, {"\n", "; "}});
}

std::string FieldOf(const pg_result* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

}  // namespace

QueryResult::QueryResult(pg_result* result) : result_(result) {}
void QueryResult::Clear::operator()(pg_result* result) const { PQclear(result); }
int QueryResult::rows() const { return PQntuples(result_.get()); }
std::string_view QueryResult::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}
bool QueryResult::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const PostgresUrl& url,
                                                             const SessionOptions& options) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : url.parameters()) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Connection> connection(
      new Connection(url, options, PQconnectdbParams(keywords.data(), values.data(), 0)));
  TG_RETURN_IF_ERROR(connection->SetUp());
  return connection;
}

Connection::~Connection() { PQfinish(handle_); }

absl::Status Connection::SetUp() {
  if (PQstatus(handle_) != CONNECTION_OK) {
    // Before a session is there libpq gives no SQLSTATE, but whoever is asked for a password, is
    // refused or names no database will be so again.
    const std::string message = OneLine(url_.WithoutSecrets(PQerrorMessage(handle_)));
    const bool refused = PQconnectionNeedsPassword(handle_) != 0 ||
                         message.find("authentication") != std::string::npos ||
                         message.find("no pg_hba.conf entry") != std::string::npos ||
                         message.find("certificate") != std::string::npos ||
                         message.find("does not exist") != std::string::npos;
    lost_ = true;
    if (!refused) return LostStatus(message, url_.display());
    return FailedPrecondition(
        "STORE_REFUSED", absl::StrCat("database ", url_.display(), " does not let us in: ", message,
                                      "; check the URL, PGPASSWORD or the passfile, and the "
                                      "server's pg_hba.conf"));
  }
  // What the database has to say beside results would go to stderr.
  PQsetNoticeProcessor(
      handle_, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(handle_, 1) != 0) return Lost();
  // Statements are planned once, while tables may still be empty. Every access of ours has its
  // index, so the planner is told neither to bet on a table's staying small nor to plan anew for
  // each value.
  return RunScript(absl::StrCat(
      "SET statement_timeout = ", absl::ToInt64Milliseconds(options_.statement_timeout),
      "; SET idle_in_transaction_session_timeout = ",
      absl::ToInt64Milliseconds(options_.idle_transaction_timeout),
      "; SET search_path = tunegate, pg_temp; SET timezone = 'UTC'; SET enable_seqscan = off; "
      "SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; "
      "SET max_parallel_workers_per_gather = 0; "
      // A client whose machine is gone must not hold locks for hours.
      "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; "
      "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000; ",
      kKeepMemory));
}

absl::StatusOr<QueryResult> Connection::Run(std::string_view sql, const Parameters& parameters) {
  Queue(sql, parameters);
  TG_ASSIGN_OR_RETURN(std::vector<QueryResult> results, RunQueued());
  return std::move(results.front());
}

absl::Status Connection::RunScript(const std::string& sql) {
  if (lost()) return Lost();
  if (PQsendQuery(handle_, sql.c_str()) == 0) return Lost();
  absl::Status status;
  while (true) {
    TG_ASSIGN_OR_RETURN(pg_result * raw, Get());
    if (raw == nullptr) return status;
    const QueryResult result(raw);
    if (status.ok()) status = StatusOf(result);
    if (lost()) return Lost();
  }
}

void Connection::Queue(std::string_view sql, Parameters parameters) {
  queue_.push_back({sql, std::move(parameters)});
}

absl::StatusOr<std::vector<QueryResult>> Connection::RunQueued() {
  const auto expected = SendQueued();
  queue_.clear();
  TG_RETURN_IF_ERROR(expected.status());
  auto results = Receive(*expected);
  if (!lost() && PQexitPipelineMode(handle_) == 0) return Lost();
  return results;
}

absl::StatusOr<std::vector<Connection::Expected>> Connection::SendQueued() {
  if (lost() || PQenterPipelineMode(handle_) == 0) return Lost();
  std::vector<Expected> expected;
  std::map<std::string_view, std::string> preparing;
  for (const Statement& statement : queue_) {
    const Parameters& parameters = statement.parameters;
    std::string name;
    if (const auto found = prepared_.find(statement.sql); found != prepared_.end()) {
      name = found->second;
    } else if (preparing.contains(statement.sql)) {
      name = preparing[statement.sql];
    } else {
      name = preparing[statement.sql] = absl::StrCat("s", ++names_given_);
      const std::string sql(statement.sql);
      if (PQsendPrepare(handle_, name.c_str(), sql.c_str(), parameters.size(),
                        parameters.types().data()) == 0) {
        return Lost();
      }
      expected.push_back({.preparation = true, .sql = statement.sql});
    }
    if (PQsendQueryPrepared(handle_, name.c_str(), parameters.size(), parameters.values().data(),
                            parameters.lengths().data(),
                            std::vector<int>(parameters.size(), kBinary).data(), kBinary) == 0) {
      return Lost();
    }
    expected.push_back({.preparation = false, .sql = statement.sql});
  }
  if (PQpipelineSync(handle_) == 0) return Lost();
  for (auto& [sql, name] : preparing) prepared_.emplace(sql, std::move(name));
  return expected;
}

absl::StatusOr<std::vector<QueryResult>> Connection::Receive(
    const std::vector<Expected>& expected) {
  std::vector<QueryResult> results;
  absl::Status failure;
  for (const Expected& next : expected) {
    TG_ASSIGN_OR_RETURN(QueryResult result, Next());
    const bool skipped = PQresultStatus(result.result_.get()) == PGRES_PIPELINE_ABORTED;
    const absl::Status status = skipped ? absl::OkStatus() : StatusOf(result);
    if (failure.ok()) failure = status;
    if (lost()) return failure.ok() ? Lost() : failure;
    if (next.preparation && (skipped || !status.ok())) prepared_.erase(std::string(next.sql));
    if (!next.preparation) results.push_back(std::move(result));
  }
  TG_ASSIGN_OR_RETURN(const QueryResult sync, Next());
  if (PQresultStatus(sync.result_.get()) != PGRES_PIPELINE_SYNC) {
    return Lost("its answers are out of step");
  }
  TG_RETURN_IF_ERROR(failure);
  return results;
}

absl::StatusOr<QueryResult> Connection::Next() {
  // One nullptr stands between the results of two statements.
  for (int i = 0; i < 3; ++i) {
    TG_ASSIGN_OR_RETURN(pg_result * result, Get());
    if (result != nullptr) return QueryResult(result);
  }
  return Lost("it gives fewer answers than it was asked for");
}

absl::StatusOr<pg_result*> Connection::Get() {
  while (true) {
    const int unsent = PQflush(handle_);
    if (unsent < 0) return Lost();
    if (PQisBusy(handle_) == 0) return PQgetResult(handle_);
    const short events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    if (!AwaitSocket(events, options_.statement_timeout + kGrace)) {
      return Lost("it does not answer any more");
    }
    if (PQconsumeInput(handle_) == 0) return Lost();
  }
}

bool Connection::AwaitSocket(short events, absl::Duration timeout, int other) {
  pollfd sockets[] = {{.fd = PQsocket(handle_), .events = events, .revents = 0},
                      {.fd = other, .events = POLLIN, .revents = 0}};
  int ready = 0;
  do {
    ready = poll(
        sockets, 2,
        static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)))));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

absl::StatusOr<std::vector<std::string>> Connection::AwaitNotifications(int wake_descriptor,
                                                                        absl::Duration timeout) {
  if (lost()) return Lost();
  // Some may have come with the answer of a statement; nothing would wake us for those.
  std::vector<std::string> payloads = TakeNotifications();
  if (!payloads.empty()) return payloads;
  if (AwaitSocket(POLLIN, timeout, wake_descriptor) && PQconsumeInput(handle_) == 0) return Lost();
  return TakeNotifications();
}

std::vector<std::string> Connection::TakeNotifications() {
  std::vector<std::string> payloads;
  while (PGnotify* notification = PQnotifies(handle_)) {
    payloads.push_back(notification->extra);
    PQfreemem(notification);
  }
  return payloads;
}

bool Connection::EndedByDatabase() {
  // Its last words may come before the end.
  while (!lost() && AwaitSocket(POLLIN, absl::ZeroDuration())) {
    if (PQconsumeInput(handle_) == 0) lost_ = true;
  }
  return lost();
}

bool Connection::lost() const { return lost_ || PQstatus(handle_) != CONNECTION_OK; }

absl::Status Connection::StatusOf(const QueryResult& result) {
  const pg_result* raw = result.result_.get();
  switch (PQresultStatus(raw)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return absl::OkStatus();
    default:
      break;
  }
  const std::string sqlstate = FieldOf(raw, PG_DIAG_SQLSTATE);
  if (!sqlstate.empty()) {
    return SqlStatus(sqlstate, FieldOf(raw, PG_DIAG_MESSAGE_PRIMARY), url_.display());
  }
  // Not the database's word: nothing that is in this connection can be relied on.
  return Lost(OneLine(url_.WithoutSecrets(PQresultErrorMessage(raw))));
}

absl::Status Connection::Lost(std::string_view why) {
  lost_ = true;
  if (why.empty()) {
    return LostStatus(OneLine(url_.WithoutSecrets(PQerrorMessage(handle_))), url_.display());
  }
  return LostStatus(why, url_.display());
}

}  // namespace tunegate::store::postgres
