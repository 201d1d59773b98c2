#include "server/store/postgres/one_trip.h"

#include <algorithm>
#include <utility>

#include "server/store/postgres/batch_sql.h"
#include "server/store/postgres/rows_statement.h"

namespace tunegate::store::postgres {
namespace {

using Type = Column::Type;

// A member's own wish for the work that it holds; nullptr: none.
const ScheduleWork* OwnWish(const Transaction& transaction) {
  const auto own =
      std::find_if(transaction.schedule.begin(), transaction.schedule.end(),
                   [&](const ScheduleWork& wish) { return wish.name == transaction.lease->name; });
  return own == transaction.schedule.end() ? nullptr : &*own;
}

}  // namespace

std::optional<OneTripBatch> OneTripBatch::Of(const std::vector<BatchMember>& batch) {
  OneTripBatch trip;
  for (const BatchMember& member : batch) {
    if (std::holds_alternative<ClaimRequest>(member.request)) {
      trip.claims_.push_back(&member);
      continue;
    }
    trip.commits_.push_back(&member);
    if (!trip.Take(std::get<Transaction>(member.request))) return std::nullopt;
  }
  const bool mixed = std::any_of(trip.leased_.begin(), trip.leased_.end(), [&](const auto& leased) {
    return trip.scheduled_.contains(leased.first);
  });
  if (mixed) return std::nullopt;
  return trip;
}

bool OneTripBatch::Take(const Transaction& transaction) {
  transactions_.push_back(&transaction);
  for (const Put& put : transaction.puts) {
    if (!names_.insert(put.record.name).second) return false;
    (put.expected_revision == 0 ? created_ : changed_).push_back(&put);
  }
  rows_.Add(transaction);
  if (transaction.idempotency) {
    const Idempotency& request = *transaction.idempotency;
    if (!requests_.emplace(request.caller, request.method, request.request_id).second) return false;
  }
  blobs_.insert(transaction.blobs.begin(), transaction.blobs.end());
  if (!transaction.events.empty()) ++steps_;
  return TakeWork(transaction);
}

bool OneTripBatch::TakeWork(const Transaction& transaction) {
  std::string held;
  if (transaction.lease) {
    held = transaction.lease->name;
    if (transaction.lease->owner.empty()) return false;
    if (!leased_.emplace(held, &transaction).second) return false;
  }
  for (const std::string& name : transaction.finish) {
    if (name != held) return false;
  }
  for (const ScheduleWork& wish : transaction.schedule) {
    if (wish.name == held) {
      schedules_own_ = true;
      continue;
    }
    const auto [earliest, added] = scheduled_.emplace(wish.name, wish.delay);
    if (!added) earliest->second = std::min(earliest->second, wish.delay);
  }
  return true;
}

void OneTripBatch::Queue(Connection& connection, const std::string& writer, int64_t number,
                         std::optional<absl::Time> now) const {
  QueueHead(connection, writer, number, now);
  for (const BatchMember* claim : claims_) {
    QueueClaim(connection, std::get<ClaimRequest>(claim->request), now);
  }
  if (!created_.empty()) QueueCreated(connection, writer);
  if (!changed_.empty()) QueueChanged(connection, writer);
  if (steps_ > 0) QueueEvents(connection, writer);
  QueueRows(connection, rows_);
  if (!scheduled_.empty()) QueueScheduled(connection, writer);
  if (!leased_.empty()) QueueSettled(connection, writer);
  if (!requests_.empty()) QueueRequests(connection, writer);
  if (!blobs_.empty()) QueueBlobs(connection);
}

// Raises the counter, and with that locks it; then renews the mark, with a time that is read when
// the lock is there. The statements that follow take time and position from the mark. A writer that
// has left none yet goes the long way once.
void OneTripBatch::QueueHead(Connection& connection, const std::string& writer, int64_t number,
                             std::optional<absl::Time> now) const {
  connection.Queue(
      "WITH counted AS (UPDATE meta SET newest_position = newest_position + $3 WHERE id = 1 "
      "RETURNING newest_position), "
      "marked AS (UPDATE writers SET batch = $2, time = coalesce($4, clock_timestamp()), "
      "position = counted.newest_position FROM counted WHERE writer = $1 AND batch < $2 "
      "RETURNING time, position) "
      "SELECT max(time), max(position), 1 / count(*) FROM marked",
      Parameters().Add(writer).Add(number).Add(steps_).Add(now));
}

// A name that is taken violates the primary key.
void OneTripBatch::QueueCreated(Connection& connection, const std::string& writer) const {
  Column names(Type::kText), kinds(Type::kText), states(Type::kText), tasks(Type::kText),
      owners(Type::kText), terminals(Type::kBoolean), payloads(Type::kBytes);
  for (const Put* put : created_) {
    const Record& record = put->record;
    names.Add(std::string_view(record.name));
    kinds.Add(KindOf(record.name));
    states.Add(std::string_view(record.state));
    tasks.Add(std::string_view(record.task));
    owners.Add(std::string_view(record.owner));
    terminals.Add(record.terminal);
    payloads.Add(std::string_view(record.payload));
  }
  static const auto& statement = *new RowsStatement(
      "INSERT INTO resources (name, kind, state, task, owner, terminal, revision, create_time, "
      "end_time, payload) SELECT new.name, kind, state, task, owner, terminal, 1, mark.time, "
      "CASE WHEN terminal THEN mark.time END, payload FROM writers AS mark, "
      "unnest($2, $3, $4, $5, $6, $7, $8) AS new (name, kind, state, task, owner, terminal, "
      "payload) WHERE mark.writer = $1");
  statement.Queue(connection, Parameters().Add(writer), names, kinds, states, tasks, owners,
                  terminals, payloads);
}

// Names are asked for twice, so that the index is used however few resources there were when the
// statement was planned.
void OneTripBatch::QueueChanged(Connection& connection, const std::string& writer) const {
  Column names(Type::kText), revisions(Type::kInteger), states(Type::kText), tasks(Type::kText),
      owners(Type::kText), terminals(Type::kBoolean), payloads(Type::kBytes);
  for (const Put* put : changed_) {
    const Record& record = put->record;
    names.Add(std::string_view(record.name));
    revisions.Add(put->expected_revision);
    states.Add(std::string_view(record.state));
    tasks.Add(std::string_view(record.task));
    owners.Add(std::string_view(record.owner));
    terminals.Add(record.terminal);
    payloads.Add(std::string_view(record.payload));
  }
  static const auto& statement = *new RowsStatement(
      "WITH changed AS (UPDATE resources SET state = new.state, task = new.task, "
      "owner = new.owner, terminal = new.terminal, revision = new.revision + 1, "
      "end_time = CASE WHEN new.terminal THEN coalesce(resources.end_time, mark.time) END, "
      "payload = new.payload FROM writers AS mark, unnest($3, $4, $5, $6, $7, $8, $9) "
      "AS new (name, revision, state, task, owner, terminal, payload) "
      "WHERE mark.writer = $1 AND resources.name = ANY($3) AND resources.name = new.name "
      "AND resources.revision = new.revision RETURNING resources.name) "
      "SELECT 1 / (count(*) = $2)::integer FROM changed");
  statement.Queue(connection, Parameters().Add(writer).Add(std::ssize(changed_)), names, revisions,
                  states, tasks, owners, terminals, payloads);
}

// Each member's commit has its place from 1, counted from where the batch found the log.
void OneTripBatch::QueueEvents(Connection& connection, const std::string& writer) const {
  Column places(Type::kInteger), indexes(Type::kInteger), resources(Type::kText),
      payloads(Type::kBytes);
  int64_t place = 0;
  for (const Transaction* transaction : transactions_) {
    if (!transaction->events.empty()) ++place;
    int64_t index = 0;
    for (const NewEvent& event : transaction->events) {
      places.Add(place);
      indexes.Add(index++);
      resources.Add(std::string_view(event.resource));
      payloads.Add(std::string_view(event.payload));
    }
  }
  static const auto& statement = *new RowsStatement(
      "INSERT INTO events (position, event_index, resource, time, payload) "
      "SELECT mark.position - $2 + place, event_index, resource, mark.time, payload "
      "FROM writers AS mark, unnest($3, $4, $5, $6) AS new (place, event_index, resource, payload) "
      "WHERE mark.writer = $1");
  statement.Queue(connection, Parameters().Add(writer).Add(steps_), places, indexes, resources,
                  payloads);
}

// For work that is held the wish is kept aside until the lease ends.
void OneTripBatch::QueueScheduled(Connection& connection, const std::string& writer) const {
  Column names(Type::kText), kinds(Type::kText), delays(Type::kInteger);
  for (const auto& [name, delay] : scheduled_) {
    names.Add(std::string_view(name));
    kinds.Add(KindOf(name));
    delays.Add(absl::ToInt64Microseconds(delay));
  }
  static const auto& statement = *new RowsStatement(
      "INSERT INTO work (name, kind, due_time, lease_owner, attempt, lease_expire_time) "
      "SELECT new.name, kind, mark.time + delay * interval '1 microsecond', '', 0, "
      "timestamptz 'epoch' FROM writers AS mark, unnest($2, $3, $4) AS new (name, kind, delay) "
      "WHERE mark.writer = $1 ON CONFLICT (name) DO UPDATE SET "
      "due_time = least(work.due_time, excluded.due_time), wake_time = "
      "CASE WHEN work.lease_owner <> '' THEN least(work.wake_time, excluded.due_time) END");
  statement.Queue(connection, Parameters().Add(writer), names, kinds, delays);
}

// As BatchPlan settles them: work that ends stays, due when it was woken meanwhile; otherwise its
// holder's wish counts, unless it was woken for earlier.
void OneTripBatch::QueueSettled(Connection& connection, const std::string& writer) const {
  Column names(Type::kText), owners(Type::kText), attempts(Type::kInteger), ends(Type::kBoolean),
      wishes(Type::kBoolean), delays(Type::kInteger), keeps(Type::kBoolean),
      durations(Type::kInteger);
  for (const auto& [name, transaction] : leased_) {
    const ScheduleWork* wish = OwnWish(*transaction);
    names.Add(std::string_view(name));
    owners.Add(std::string_view(transaction->lease->owner));
    attempts.Add(transaction->lease->attempt);
    ends.Add(!transaction->finish.empty());
    wishes.Add(wish != nullptr);
    delays.Add(wish == nullptr ? int64_t{0} : absl::ToInt64Microseconds(wish->delay));
    keeps.Add(transaction->keep_lease && transaction->finish.empty());
    durations.Add(absl::ToInt64Microseconds(transaction->lease_duration));
  }
  static const auto& statement = *new RowsStatement(
      "WITH settled AS (UPDATE work SET due_time = CASE WHEN new.ends THEN work.wake_time "
      "WHEN new.wishes THEN least(work.wake_time, mark.time + new.delay * interval '1 "
      "microsecond') ELSE work.due_time END, "
      "lease_owner = CASE WHEN new.keeps THEN work.lease_owner ELSE '' END, "
      "lease_expire_time = CASE WHEN new.keeps THEN greatest(work.lease_expire_time, "
      "mark.time + new.duration * interval '1 microsecond') ELSE timestamptz 'epoch' END, "
      "wake_time = CASE WHEN new.keeps THEN work.wake_time END "
      "FROM writers AS mark, unnest($3, $4, $5, $6, $7, $8, $9, $10) "
      "AS new (name, owner, attempt, ends, wishes, delay, keeps, duration) "
      "WHERE mark.writer = $1 AND work.name = ANY($3) AND work.name = new.name "
      "AND work.lease_owner = new.owner AND work.attempt = new.attempt RETURNING work.name) "
      "SELECT 1 / (count(*) = $2)::integer FROM settled");
  statement.Queue(connection, Parameters().Add(writer).Add(std::ssize(leased_)), names, owners,
                  attempts, ends, wishes, delays, keeps, durations);
}

// A request that was made before violates the primary key.
void OneTripBatch::QueueRequests(Connection& connection, const std::string& writer) const {
  Column callers(Type::kText), methods(Type::kText), ids(Type::kText), resources(Type::kText),
      digests(Type::kText);
  for (const Transaction* transaction : transactions_) {
    if (!transaction->idempotency) continue;
    const Idempotency& request = *transaction->idempotency;
    callers.Add(std::string_view(request.caller));
    methods.Add(std::string_view(request.method));
    ids.Add(std::string_view(request.request_id));
    resources.Add(std::string_view(request.resource));
    digests.Add(std::string_view(request.digest));
  }
  static const auto& statement = *new RowsStatement(
      "INSERT INTO idempotency (caller, method, request_id, resource, digest, create_time) "
      "SELECT caller, method, request_id, resource, digest, mark.time FROM writers AS mark, "
      "unnest($2, $3, $4, $5, $6) AS new (caller, method, request_id, resource, digest) "
      "WHERE mark.writer = $1");
  statement.Queue(connection, Parameters().Add(writer), callers, methods, ids, resources, digests);
}

// As QueueKeep, of which nobody reads the result here.
void OneTripBatch::QueueBlobs(Connection& connection) const {
  Column digests(Type::kText);
  for (const std::string& sha256 : blobs_) digests.Add(std::string_view(sha256));
  connection.Queue(
      "WITH kept AS (UPDATE blobs SET put_time = clock_timestamp() WHERE sha256 = ANY($1) "
      "RETURNING sha256) SELECT 1 / (count(*) = $2)::integer FROM kept",
      Parameters().Add(digests).Add(static_cast<int64_t>(blobs_.size())));
}

void OneTripBatch::Fill(const std::vector<QueryResult>& results) const {
  Fill(BatchMark{.time = results[0].Time(0, 0), .position = results[0].Integer(0, 1)});
  const QueryResult* next = &results[1];
  for (const BatchMember* claim : claims_) {
    claim->result = ClaimedBy(std::get<ClaimRequest>(claim->request), *next++);
  }
}

void OneTripBatch::Fill(const BatchMark& mark) const {
  for (const BatchMember* claim : claims_) claim->result = std::vector<ClaimedWork>();
  int64_t position = mark.position - steps_;
  for (const BatchMember* commit : commits_) {
    if (!std::get<Transaction>(commit->request).events.empty()) ++position;
    commit->result = CommitResult{.position = position, .time = mark.time};
  }
}

}  // namespace tunegate::store::postgres
