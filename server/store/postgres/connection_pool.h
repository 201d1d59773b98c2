// ConnectionPool: a few connections for whatever needs no order: reads, and blobs. A connection
// that broke is replaced, and what was under way on it is run again for as long as callers have
// patience; so only what may be run twice goes through here.
//
//   return pool.Run([&](Connection& connection) { return ReadRecord(connection, name); });
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_POOL_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_POOL_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/store/postgres/backoff.h"
#include "server/store/postgres/connection.h"

namespace tunegate::store::postgres {

// Thread-safe.
class ConnectionPool {
 public:
  // At most `size` connections, each made when it is first needed. `url` and `closing` outlive it.
  ConnectionPool(const PostgresUrl* url, const SessionOptions& session, int size,
                 absl::Duration patience, StopFlag* closing);

  // What `read(Connection&)`, which returns a Status or a StatusOr, gives. Waits up to `patience`
  // for a free connection, and as long for a database that is away.
  template <typename Read>
  auto Run(Read read) -> decltype(read(std::declval<Connection&>())) {
    Loan loan(this);
    if (!loan.granted()) return AllTaken();
    Backoff backoff(patience_, closing_);
    while (true) {
      absl::Status status = loan.Connect();
      if (status.ok()) {
        auto result = read(loan.connection());
        if (result.ok() || !loan.connection().lost()) return result;
        status = StatusOf(result);
      } else if (!absl::IsUnavailable(status)) {
        return status;
      }
      if (!backoff.Wait()) return status;
    }
  }

 private:
  // A place in the pool, held for as long as it lives.
  class Loan {
   public:
    explicit Loan(ConnectionPool* pool) : pool_(*pool), connection_(pool->Borrow()) {}
    ~Loan() {
      if (granted()) pool_.Return(*std::move(connection_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    // False: there was no place in time.
    bool granted() const { return connection_.has_value(); }
    // Makes the connection usable.
    absl::Status Connect();
    Connection& connection() { return **connection_; }

   private:
    ConnectionPool& pool_;
    std::optional<std::unique_ptr<Connection>> connection_;  // nullptr until it is made
  };

  static absl::Status StatusOf(const absl::Status& status) { return status; }
  template <typename T>
  static absl::Status StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  static absl::Status AllTaken();
  std::optional<std::unique_ptr<Connection>> Borrow();
  void Return(std::unique_ptr<Connection> connection);

  const PostgresUrl& url_;
  const SessionOptions session_;
  const absl::Duration patience_;
  StopFlag* const closing_;
  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_CONNECTION_POOL_H_
