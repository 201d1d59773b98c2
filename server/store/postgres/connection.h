// Connection, QueryResult: one session with PostgreSQL over libpq, as values with statuses. The
// only files that include libpq-fe.h are connection.cc and postgres_url.cc.
//
//   TG_ASSIGN_OR_RETURN(QueryResult found,
//                       connection.Run("SELECT state FROM resources WHERE name = $1",
//                                      Parameters().Add(name)));
//   if (found.rows() > 0) use(found.Text(0, 0));
//
// Several statements go in one round trip:
//
//   connection.Queue("BEGIN");
//   connection.Queue("DELETE FROM blobs WHERE sha256 = $1", Parameters().Add(digest));
//   connection.Queue("COMMIT");
//   TG_RETURN_IF_ERROR(connection.RunQueued().status());
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/postgres/parameters.h"
#include "server/store/postgres/postgres_url.h"

struct pg_conn;
struct pg_result;

namespace tunegate::store::postgres {

// A statement's rows, counted from 0. Not thread-safe.
class QueryResult {
 public:
  explicit QueryResult(pg_result* result);

  int rows() const;
  std::string_view Bytes(int row, int column) const;
  std::string Text(int row, int column) const { return std::string(Bytes(row, column)); }
  int64_t Integer(int row, int column) const { return IntegerOf(Bytes(row, column)); }
  bool Boolean(int row, int column) const { return IntegerOf(Bytes(row, column)) != 0; }
  absl::Time Time(int row, int column) const { return TimeOf(Bytes(row, column)); }
  bool IsNull(int row, int column) const;

 private:
  friend class Connection;
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

struct SessionOptions {
  // The database cancels what takes longer; when it says nothing for a little longer than that, the
  // connection counts as lost.
  absl::Duration statement_timeout = absl::Seconds(30);
  // The database ends a session that holds a transaction open for so long without a word: its
  // client has died without closing, or was stopped.
  absl::Duration idle_transaction_timeout = absl::Seconds(30);
};

// One session. Not thread-safe: one user at a time.
class Connection {
 public:
  // Connects and sets the session up; `url` outlives it. UNAVAILABLE (STORE_UNAVAILABLE) when it is
  // not there, FAILED_PRECONDITION (STORE_REFUSED) when it does not let us in.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const PostgresUrl& url,
                                                          const SessionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement, prepared at its first use. Codes as sql_status.h says.
  absl::StatusOr<QueryResult> Run(std::string_view sql, const Parameters& parameters = {});
  // Runs several statements without parameters, as one transaction.
  absl::Status RunScript(const std::string& sql);

  // Adds a statement to those that RunQueued sends; `sql` outlives that.
  void Queue(std::string_view sql, Parameters parameters = {});
  // Runs what was queued in one round trip; one result each. At the first failure the rest is
  // skipped, and that failure returned.
  absl::StatusOr<std::vector<QueryResult>> RunQueued();

  // Waits until a notification is there, `wake_descriptor` can be read, or `timeout` is over; gives
  // the payloads of the notifications.
  absl::StatusOr<std::vector<std::string>> AwaitNotifications(int wake_descriptor,
                                                              absl::Duration timeout);

  // Whether the database has ended the session, as far as can be known without asking it. Between
  // statements only.
  bool EndedByDatabase();
  // True when it is of no more use: open another one.
  bool lost() const;

 private:
  struct Statement {
    std::string_view sql;
    Parameters parameters;
  };
  // What a result that comes belongs to.
  struct Expected {
    bool preparation;
    std::string_view sql;
  };

  Connection(const PostgresUrl& url, const SessionOptions& options, pg_conn* handle)
      : url_(url), options_(options), handle_(handle) {}
  absl::Status SetUp();
  absl::StatusOr<std::vector<Expected>> SendQueued();
  absl::StatusOr<std::vector<QueryResult>> Receive(const std::vector<Expected>& expected);
  // The next result of what was sent.
  absl::StatusOr<QueryResult> Next();
  // Like PQgetResult, but gives up when nothing comes.
  absl::StatusOr<pg_result*> Get();
  // The payloads of those that have been received.
  std::vector<std::string> TakeNotifications();
  // Waits for `events` of the connection, or until `other` can be read; false when neither came.
  bool AwaitSocket(short events, absl::Duration timeout, int other = -1);
  absl::Status StatusOf(const QueryResult& result);
  // Marks the connection as lost and says why.
  absl::Status Lost(std::string_view why = "");

  const PostgresUrl& url_;
  const SessionOptions options_;
  pg_conn* const handle_;
  bool lost_ = false;
  std::map<std::string, std::string, std::less<>> prepared_;  // name by text
  int names_given_ = 0;
  std::vector<Statement> queue_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_H_
