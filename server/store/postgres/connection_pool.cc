#include "server/store/postgres/connection_pool.h"

#include "common/errors.h"

namespace tunegate::store::postgres {

ConnectionPool::ConnectionPool(const PostgresUrl* url, const SessionOptions& session, int size,
                               absl::Duration patience, StopFlag* closing)
    : url_(*url), session_(session), patience_(patience), closing_(closing), idle_(size) {}

absl::Status ConnectionPool::Loan::Connect() {
  if (connection_ != nullptr && !connection_->lost()) return absl::OkStatus();
  connection_.reset();
  TG_ASSIGN_OR_RETURN(connection_, Connection::Open(pool_.url_, pool_.session_));
  return absl::OkStatus();
}

std::unique_ptr<Connection> ConnectionPool::Borrow() {
  MutexLock lock(mutex_);
  returned_.Wait(lock, [&] { return !idle_.empty(); });
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
