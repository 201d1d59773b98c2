// BatchPlan: what a batch of transactions does to the database, worked out in memory: the long way,
// for batches that do not go in one trip (one_trip.h). The engine reads all that the batch refers
// to in one round trip, under the lock that lets nobody else write; the plan applies one member
// after the other to it, refusing those whose preconditions do not hold; then the engine writes
// what came out, whole columns at a time, in a second round trip. So a refused member leaves no
// trace without a savepoint, and a batch costs two round trips whatever its size.
//
// It knows no SQL and no database.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_BATCH_PLAN_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_BATCH_PLAN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace tunegate::store::postgres {

// What a transaction must know before it can be applied.
struct Needs {
  std::set<std::string> records;
  std::set<std::string> work;
  std::set<std::tuple<std::string, std::string, std::string>> requests;  // caller, method, id
  std::set<std::string> blobs;

  void Add(const Transaction& transaction);
};

// A record as it stands; the rest of it is in `put`, which is nullptr for one that the batch has
// not written.
struct RecordState {
  int64_t revision = 0;
  absl::Time create_time;
  std::optional<absl::Time> end_time;
  const Record* put = nullptr;
};

// A piece of work as it stands.
struct WorkState {
  std::optional<absl::Time> due_time;
  std::string lease_owner;
  int64_t attempt = 0;
  absl::Time lease_expire_time = absl::UnixEpoch();
  std::optional<absl::Time> wake_time;
};

// What a batch does to rows: streams go first, then rows come, and that amounts to what its members
// do one after the other.
struct RowWrites {
  std::vector<const RowStream*> dropped;
  std::vector<const Row*> appended;

  // `transaction` outlives this.
  void Add(const Transaction& transaction);
};

// Transactions outlive the plan. Not thread-safe.
class BatchPlan {
 public:
  using RequestKey = std::tuple<std::string, std::string, std::string>;

  // `now` is the time of all members, `position` the log's newest.
  BatchPlan(absl::Time now, int64_t position) : now_(now), position_(position) {}

  // What was found in the database; what was needed and is not told does not exist.
  void FoundRecord(const std::string& name, RecordState state);
  void FoundWork(const std::string& name, WorkState state);
  void FoundRequest(Idempotency request);
  void FoundBlob(const std::string& sha256);

  // Applies a member; on an error, with the codes of Store::Commit, nothing has changed.
  absl::StatusOr<CommitResult> Apply(const Transaction& transaction);

  struct PlannedEvent {
    int64_t position;
    int64_t index;
    const NewEvent* event;
  };

  // What is to be written.
  absl::Time now() const { return now_; }
  int64_t position() const { return position_; }
  const std::map<std::string, RecordState>& records() const { return written_.records; }
  const std::map<std::string, WorkState>& work() const { return written_.work; }
  const std::map<RequestKey, Idempotency>& requests() const { return written_.requests; }
  const RowWrites& rows() const { return rows_; }
  const std::vector<PlannedEvent>& events() const { return events_; }
  // True when there is nothing to write: all members were refused, or there were none.
  bool empty() const { return !written_any_; }
  // True when other servers should look at what this batch did.
  bool is_news() const { return is_news_; }

 private:
  struct State {
    std::map<std::string, RecordState> records;
    std::map<std::string, WorkState> work;
    std::map<RequestKey, Idempotency> requests;
  };
  // What one member changes: the plan's state is left alone until all of it holds.
  class Member;

  const absl::Time now_;
  int64_t position_;
  State found_;    // as read
  State written_;  // by the members so far
  std::set<std::string> blobs_;
  RowWrites rows_;
  std::vector<PlannedEvent> events_;
  bool written_any_ = false;
  bool is_news_ = false;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_BATCH_PLAN_H_
