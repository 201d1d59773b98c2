// OneTripBatch: a batch that locks, checks, writes and commits in one round trip. What it relies on
// is checked by the statements that write; the first thing that does not hold fails all of it with
// an error that IsRefusedByData. Then nothing was kept, and the batch goes the long way
// (batch_plan.h), which can tell the member that is refused from those that are not. Most batches
// have nobody to refuse.
//
// While it travels nobody holds the lock on the counter yet; so it may arrive late, when its writer
// has long given it up. That is what the numbers are for: a batch is refused whose writer has left
// the mark of the same or a later one.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_ONE_TRIP_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_ONE_TRIP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "server/store/committer.h"
#include "server/store/postgres/batch_plan.h"
#include "server/store/postgres/connection.h"
#include "server/store/store.h"

namespace tunegate::store::postgres {

// What a batch leaves in its writer's row of `writers`.
struct BatchMark {
  absl::Time time;       // of all members
  int64_t position = 0;  // the log's newest after it
};

// Refers to the batch, which outlives it. Not thread-safe.
class OneTripBatch {
 public:
  // nullopt: what becomes of a member depends on another one (both change the same record, say), or
  // cannot be said in one statement; such a batch goes the long way.
  static std::optional<OneTripBatch> Of(const std::vector<BatchMember>& batch);

  // Queues all of it, as batch `number` of `writer`, for one transaction: that of the round trip,
  // which the database commits at its end. `now` stands in for the database's clock where it is
  // set.
  void Queue(Connection& connection, const std::string& writer, int64_t number,
             std::optional<absl::Time> now) const;
  // Fills in the members' results from those of what was queued.
  void Fill(const std::vector<QueryResult>& results) const;
  // As far as the mark tells, which was left when the answer was lost: whatever was claimed is
  // claimed again when its lease has run out.
  void Fill(const BatchMark& mark) const;

  // True when other servers should look at what it does.
  bool is_news() const { return steps_ > 0 || !scheduled_.empty() || schedules_own_; }

 private:
  OneTripBatch() = default;
  // False: not in one trip.
  bool Take(const Transaction& transaction);
  bool TakeWork(const Transaction& transaction);

  void QueueHead(Connection& connection, const std::string& writer, int64_t number,
                 std::optional<absl::Time> now) const;
  void QueueCreated(Connection& connection, const std::string& writer) const;
  void QueueChanged(Connection& connection, const std::string& writer) const;
  void QueueSettled(Connection& connection, const std::string& writer) const;
  void QueueScheduled(Connection& connection, const std::string& writer) const;
  void QueueRequests(Connection& connection, const std::string& writer) const;
  void QueueEvents(Connection& connection, const std::string& writer) const;
  void QueueBlobs(Connection& connection) const;

  std::vector<const BatchMember*> claims_;
  std::vector<const BatchMember*> commits_;  // the members with transactions
  std::vector<const Transaction*> transactions_;
  RowWrites rows_;
  std::set<std::string> names_;  // of the records
  std::vector<const Put*> created_, changed_;
  std::map<std::string, const Transaction*> leased_;  // by the name of the work
  std::map<std::string, absl::Duration> scheduled_;   // the earliest, of work others may hold
  std::set<std::tuple<std::string, std::string, std::string>> requests_;
  std::set<std::string> blobs_;
  int64_t steps_ = 0;  // by how much the counter rises: the members with events
  bool schedules_own_ = false;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_ONE_TRIP_H_
