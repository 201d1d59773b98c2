// CommitSignals: tells other servers that this one has committed, and hears that they have, on a
// connection of its own (NOTIFY, LISTEN). A signal carries nothing but that: whoever misses one
// finds the same by looking, and all who were cut off for a while are woken when they are back.
//
// It stands beside the commits, not in them: a NOTIFY in each would wake every server's session
// each time, and commits would wait for it. Here, many commits in a row make one signal.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "server/store/postgres/backoff.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/database_clock.h"

namespace tunegate::store::postgres {

// A thread from construction to destruction. What `writer` sends itself is not heard.
class CommitSignals {
 public:
  // `wake` is called from the thread. All pointers outlive it; `closing` is raised before it is
  // destroyed. Keeps `clock` right by the way.
  CommitSignals(const PostgresUrl* url, const SessionOptions& session, std::string writer,
                DatabaseClock* clock, StopFlag* closing, std::function<void()> wake);
  ~CommitSignals();
  CommitSignals(const CommitSignals&) = delete;
  CommitSignals& operator=(const CommitSignals&) = delete;

  // Something was committed that others should look at. Thread-safe; does not block.
  void Announce();

 private:
  void ListenUntilClosed();
  // Connects and listens until the connection breaks or the store is closed.
  absl::Status Listen();
  absl::Status ListenOn(Connection& connection);
  absl::Status SendSignal(Connection& connection);
  void Wake();

  const PostgresUrl& url_;
  const SessionOptions session_;
  const std::string writer_;
  DatabaseClock& clock_;
  StopFlag& closing_;
  const std::function<void()> wake_;
  const int wake_event_;  // a descriptor that can be read when the thread should look around
  std::atomic<bool> announced_ = false;
  bool heard_ = false;
  std::thread thread_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_COMMIT_SIGNALS_H_
