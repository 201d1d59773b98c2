// CommitSignals: hears on a connection of its own that other servers have committed (LISTEN), and
// wakes this one. A signal carries nothing but that: whoever misses one, and all who were cut off
// for a while are woken when it is back, finds the same by looking.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "server/store/postgres/backoff.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/database_clock.h"

namespace tunegate::store::postgres {

// A thread from construction to destruction.
class CommitSignals {
 public:
  // `wake` is called from the thread. What `writer` commits is left out: it knows. All pointers
  // outlive it; `closing` is raised before it is destroyed. Keeps `clock` right by the way.
  CommitSignals(const PostgresUrl* url, const SessionOptions& session, std::string writer,
                DatabaseClock* clock, StopFlag* closing, std::function<void()> wake);
  ~CommitSignals();
  CommitSignals(const CommitSignals&) = delete;
  CommitSignals& operator=(const CommitSignals&) = delete;

 private:
  void ListenUntilClosed();
  // Connects and listens until the connection breaks or the store is closed.
  absl::Status Listen();
  absl::Status ListenOn(Connection& connection);

  const PostgresUrl& url_;
  const SessionOptions session_;
  const std::string writer_;
  DatabaseClock& clock_;
  StopFlag& closing_;
  const std::function<void()> wake_;
  int stop_event_;  // a descriptor that can be read once the thread shall end
  bool heard_ = false;
  std::thread thread_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_
