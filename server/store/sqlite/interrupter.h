// Interrupter: ends what takes long on a connection when nobody waits for it any more. SQLite
// checks a whole table's pages within one step, so whoever runs it cannot look up meanwhile:
// somebody else has to.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_INTERRUPTER_H_
#define TUNEGATE_SERVER_STORE_SQLITE_INTERRUPTER_H_

#include <thread>

#include "common/mutex.h"
#include "server/store/caretaker.h"
#include "server/store/sqlite/database.h"

namespace tunegate::store {

// While it lives, what runs on the connection ends with CANCELLED soon after `stop` says true.
class Interrupter {
 public:
  // Both outlive it. An empty `stop` is never asked.
  Interrupter(Database* database, const StopCheck& stop);
  ~Interrupter();
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

 private:
  void Run(Database& database, const StopCheck& stop);

  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_INTERRUPTER_H_
