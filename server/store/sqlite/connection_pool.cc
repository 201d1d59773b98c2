#include "server/store/sqlite/connection_pool.h"

#include <utility>

#include "common/errors.h"

namespace tunegate::store {

absl::StatusOr<std::unique_ptr<ConnectionPool>> ConnectionPool::Open(const std::string& path,
                                                                     int size) {
  std::unique_ptr<ConnectionPool> pool(new ConnectionPool);
  for (int i = 0; i < size; ++i) {
    TG_ASSIGN_OR_RETURN(auto database,
                        Database::Open(path, Database::Mode::kRead, Synchronous::kFull));
    pool->Return(std::move(database));
  }
  return pool;
}

ConnectionPool::Loan ConnectionPool::Borrow() {
  MutexLock lock(mutex_);
  returned_.Wait(lock, [&] { return !idle_.empty(); });
  std::unique_ptr<Database> database = std::move(idle_.back());
  idle_.pop_back();
  return Loan(this, std::move(database));
}

void ConnectionPool::Return(std::unique_ptr<Database> database) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(database));
  returned_.NotifyOne();
}

absl::StatusOr<std::unique_ptr<ReadTransaction>> ReadTransaction::Begin(Database& database) {
  TG_RETURN_IF_ERROR(database.Execute("BEGIN"));
  return std::unique_ptr<ReadTransaction>(new ReadTransaction(database));
}

// A failing COMMIT of a read changes nothing; the next BEGIN would report what is broken.
ReadTransaction::~ReadTransaction() { (void)database_.Execute("COMMIT"); }

}  // namespace tunegate::store
