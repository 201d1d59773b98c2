// ConnectionPool: a few connections that only read. WAL lets them read while the committer writes;
// each read sees one consistent state.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_CONNECTION_POOL_H_
#define TUNEGATE_SERVER_STORE_SQLITE_CONNECTION_POOL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/store/sqlite/database.h"

namespace tunegate::store {

// Thread-safe.
class ConnectionPool {
 public:
  // A connection on loan; it goes back when destroyed.
  class Loan {
   public:
    Loan(ConnectionPool* pool, std::unique_ptr<Database> database)
        : pool_(pool), database_(std::move(database)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (database_ != nullptr) pool_->Return(std::move(database_));
    }
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Database> database_;
  };

  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Open(const std::string& path, int size);

  // Waits until one is free.
  Loan Borrow();

 private:
  ConnectionPool() = default;
  void Return(std::unique_ptr<Database> database);

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Database>> idle_ ABSL_GUARDED_BY(mutex_);
};

// Makes several statements see the same state, from construction to destruction.
class ReadTransaction {
 public:
  static absl::StatusOr<std::unique_ptr<ReadTransaction>> Begin(Database& database);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  explicit ReadTransaction(Database& database) : database_(database) {}
  Database& database_;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_CONNECTION_POOL_H_
