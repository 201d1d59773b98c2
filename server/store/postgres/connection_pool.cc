#include "server/store/postgres/connection_pool.h"

#include "common/errors.h"

namespace tunegate::store::postgres {

ConnectionPool::ConnectionPool(const PostgresUrl* url, const SessionOptions& session, int size,
                               absl::Duration patience, StopFlag* closing)
    : url_(*url), session_(session), patience_(patience), closing_(closing), idle_(size) {}

absl::Status ConnectionPool::Loan::Connect() {
  std::unique_ptr<Connection>& connection = *connection_;
  if (connection != nullptr && !connection->lost()) return absl::OkStatus();
  connection.reset();
  TG_ASSIGN_OR_RETURN(connection, Connection::Open(pool_.url_, pool_.session_));
  return absl::OkStatus();
}

absl::Status ConnectionPool::AllTaken() {
  return Unavailable("STORE_UNAVAILABLE",
                     "all connections to the database are taken; repeat the call, or raise "
                     "postgres_connections");
}

std::optional<std::unique_ptr<Connection>> ConnectionPool::Borrow() {
  MutexLock lock(mutex_);
  if (!returned_.WaitFor(lock, patience_, [&] { return !idle_.empty(); })) return std::nullopt;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ConnectionPool::Return(std::unique_ptr<Connection> connection) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.NotifyOne();
}

}  // namespace tunegate::store::postgres
