// PostgresEngine: writes the committer's batches, each as one SQL transaction in one round trip
// (one_trip.h). A batch in which somebody is refused, or whose members depend on one another, takes
// two: one that takes the lock on the counter and reads, and one that writes and commits
// (batch_plan.h). Whoever holds that lock is the only one that commits, in all servers; so
// positions are gapless and in commit order, and no two batches can deadlock.
//
// When the connection breaks, a batch of which what commits it was not sent was not kept, and is
// written anew on another connection. When it was, the database is asked: each batch leaves its
// number in this server's row of `writers`. It is asked under the lock on the counter, which a
// session that has begun the batch holds until it has ended one way or the other; and whoever asks
// and finds no mark leaves one that refuses the batch should it still arrive. So the answer is
// final. If the database stays away for longer than callers have patience, they are told the
// outcome is unknown.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_ENGINE_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/store/committer.h"
#include "server/store/postgres/backoff.h"
#include "server/store/postgres/batch_plan.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/one_trip.h"

namespace tunegate::store::postgres {

struct EngineOptions {
  // Names this server among the writers: unique to the process.
  std::string writer;
  SessionOptions session;
  // How long a batch waits for a database that is away.
  absl::Duration patience = absl::Seconds(10);
  // Stands in for the database's clock in tests.
  const Clock* clock = nullptr;
  // Called after a batch that other servers should look at. Must not block.
  std::function<void()> announce = [] {};
};

// Used by one thread at a time, whichever leads the committer.
class PostgresEngine : public Engine {
 public:
  // `url` and `closing` outlive it.
  PostgresEngine(const PostgresUrl* url, EngineOptions options, StopFlag* closing);

  absl::Status Write(const std::vector<BatchMember>& batch) override;

 private:
  // Writes a batch, again when the connection broke and it was not kept.
  absl::Status WriteTogether(const std::vector<BatchMember>& batch);
  // One attempt. After a failure committing_ tells whether it may have been committed.
  absl::Status TryBatch(const std::vector<BatchMember>& batch);
  absl::Status TryOneTrip();
  absl::Status TryTwoTrips(const std::vector<BatchMember>& batch);
  absl::Status TryClaims(const std::vector<BatchMember>& batch);
  absl::StatusOr<BatchPlan> LockAndRead(const std::vector<BatchMember>& batch);
  absl::Status WriteAndCommit(const BatchPlan& plan);
  absl::Status Connect();
  // Ends an outage, if there was one, and announces the batch.
  absl::Status Succeeded();
  // The mark of the batch that may have been committed; nullopt: it was not kept, and never will
  // be.
  absl::StatusOr<std::optional<BatchMark>> AskOutcome();
  std::optional<absl::Time> Now() const;

  const PostgresUrl& url_;
  const EngineOptions options_;
  StopFlag* const closing_;
  std::unique_ptr<Connection> connection_;
  std::optional<OneTripBatch> one_trip_;  // the open batch, if it goes that way
  int64_t batch_ = 0;                     // number of the last batch that was begun
  bool committing_ = false;               // what commits it was sent, and no answer came yet
  bool is_news_ = false;                  // others should look at it
  Backoff outage_;  // one for all batches that meet it: patience is over only once
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_ENGINE_H_
