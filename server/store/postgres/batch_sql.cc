#include "server/store/postgres/batch_sql.h"

#include <algorithm>
#include <tuple>

namespace tunegate::store::postgres {
namespace {

using Type = Column::Type;

std::optional<absl::Time> OptionalTime(const QueryResult& result, int row, int column) {
  if (result.IsNull(row, column)) return std::nullopt;
  return result.Time(row, column);
}

Column ColumnOf(const std::set<std::string>& names) {
  Column column(Type::kText);
  for (const std::string& name : names) column.Add(std::string_view(name));
  return column;
}

void QueueRecords(Connection& connection, const BatchPlan& plan) {
  Column names(Type::kText), kinds(Type::kText), states(Type::kText), tasks(Type::kText),
      owners(Type::kText), terminals(Type::kBoolean), revisions(Type::kInteger),
      create_times(Type::kTime), end_times(Type::kTime), payloads(Type::kBytes);
  for (const auto& [name, state] : plan.records()) {
    const Record& record = *state.put;
    names.Add(std::string_view(name));
    kinds.Add(KindOf(name));
    states.Add(std::string_view(record.state));
    tasks.Add(std::string_view(record.task));
    owners.Add(std::string_view(record.owner));
    terminals.Add(record.terminal);
    revisions.Add(state.revision);
    create_times.Add(state.create_time);
    end_times.Add(state.end_time);
    payloads.Add(std::string_view(record.payload));
  }
  Parameters parameters;
  parameters.Add(names).Add(kinds).Add(states).Add(tasks).Add(owners).Add(terminals);
  parameters.Add(revisions).Add(create_times).Add(end_times).Add(payloads);
  connection.Queue(
      "INSERT INTO resources (name, kind, state, task, owner, terminal, revision, create_time, "
      "end_time, payload) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
      "ON CONFLICT (name) DO UPDATE SET state = excluded.state, task = excluded.task, "
      "owner = excluded.owner, terminal = excluded.terminal, revision = excluded.revision, "
      "end_time = excluded.end_time, payload = excluded.payload",
      std::move(parameters));
}

void QueueEvents(Connection& connection, const BatchPlan& plan) {
  Column positions(Type::kInteger), indexes(Type::kInteger), resources(Type::kText),
      payloads(Type::kBytes);
  for (const BatchPlan::PlannedEvent& planned : plan.events()) {
    positions.Add(planned.position);
    indexes.Add(planned.index);
    resources.Add(std::string_view(planned.event->resource));
    payloads.Add(std::string_view(planned.event->payload));
  }
  Parameters parameters;
  parameters.Add(positions).Add(indexes).Add(resources).Add(payloads).Add(plan.now());
  connection.Queue(
      "INSERT INTO events (position, event_index, resource, time, payload) "
      "SELECT position, event_index, resource, $5, payload "
      "FROM unnest($1, $2, $3, $4) AS new (position, event_index, resource, payload)",
      std::move(parameters));
}

void QueueWork(Connection& connection, const BatchPlan& plan) {
  Column names(Type::kText), kinds(Type::kText), due_times(Type::kTime), owners(Type::kText),
      attempts(Type::kInteger), expire_times(Type::kTime), wake_times(Type::kTime);
  for (const auto& [name, work] : plan.work()) {
    names.Add(std::string_view(name));
    kinds.Add(KindOf(name));
    due_times.Add(work.due_time);
    owners.Add(std::string_view(work.lease_owner));
    attempts.Add(work.attempt);
    expire_times.Add(work.lease_expire_time);
    wake_times.Add(work.wake_time);
  }
  Parameters parameters;
  parameters.Add(names).Add(kinds).Add(due_times).Add(owners).Add(attempts).Add(expire_times);
  parameters.Add(wake_times);
  connection.Queue(
      "INSERT INTO work (name, kind, due_time, lease_owner, attempt, lease_expire_time, wake_time) "
      "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET "
      "due_time = excluded.due_time, lease_owner = excluded.lease_owner, "
      "attempt = excluded.attempt, lease_expire_time = excluded.lease_expire_time, "
      "wake_time = excluded.wake_time",
      std::move(parameters));
}

void QueueRequests(Connection& connection, const BatchPlan& plan) {
  Column callers(Type::kText), methods(Type::kText), ids(Type::kText), resources(Type::kText),
      digests(Type::kText);
  for (const auto& [key, request] : plan.requests()) {
    callers.Add(std::string_view(request.caller));
    methods.Add(std::string_view(request.method));
    ids.Add(std::string_view(request.request_id));
    resources.Add(std::string_view(request.resource));
    digests.Add(std::string_view(request.digest));
  }
  Parameters parameters;
  parameters.Add(callers).Add(methods).Add(ids).Add(resources).Add(digests).Add(plan.now());
  connection.Queue(
      "INSERT INTO idempotency (caller, method, request_id, resource, digest, create_time) "
      "SELECT caller, method, request_id, resource, digest, $6 FROM unnest($1, $2, $3, $4, $5) "
      "AS new (caller, method, request_id, resource, digest)",
      std::move(parameters));
}

}  // namespace

void QueueLock(Connection& connection) {
  // The clock stands outside, so that it is read when the lock is there.
  connection.Queue(
      "SELECT locked.newest_position, clock_timestamp() "
      "FROM (SELECT newest_position FROM meta WHERE id = 1 FOR UPDATE) AS locked");
}

void QueueClaim(Connection& connection, const ClaimRequest& request,
                std::optional<absl::Time> now) {
  Parameters parameters;
  parameters.Add(now).Add(std::max(request.limit, 0)).Add(request.owner);
  parameters.Add(absl::ToInt64Microseconds(request.lease_duration));
  // Whoever claims reads the state afresh, so wake-ups from before are answered by that.
  connection.Queue(
      "WITH due AS (SELECT name, due_time FROM work "
      "WHERE due_time <= coalesce($1, statement_timestamp()) "
      "AND lease_expire_time <= coalesce($1, statement_timestamp()) "
      "ORDER BY due_time, name LIMIT $2 FOR UPDATE SKIP LOCKED) "
      "UPDATE work SET lease_owner = $3, attempt = work.attempt + 1, wake_time = NULL, "
      "lease_expire_time = coalesce($1, statement_timestamp()) + $4 * interval '1 microsecond' "
      "FROM due WHERE work.name = due.name RETURNING work.name, work.attempt, due.due_time",
      std::move(parameters));
}

std::vector<ClaimedWork> ClaimedBy(const ClaimRequest& request, const QueryResult& result) {
  std::vector<ClaimedWork> claimed;
  for (int row = 0; row < result.rows(); ++row) {
    claimed.push_back({.lease = {.name = result.Text(row, 0),
                                 .owner = request.owner,
                                 .attempt = result.Integer(row, 1)},
                       .due_time = result.Time(row, 2)});
  }
  std::sort(claimed.begin(), claimed.end(), [](const ClaimedWork& a, const ClaimedWork& b) {
    return std::tie(a.due_time, a.lease.name) < std::tie(b.due_time, b.lease.name);
  });
  return claimed;
}

int QueueNeeds(Connection& connection, const Needs& needs) {
  int queued = 0;
  if (!needs.records.empty()) {
    ++queued;
    connection.Queue(
        "SELECT name, revision, create_time, end_time FROM resources WHERE name = ANY($1)",
        Parameters().Add(ColumnOf(needs.records)));
  }
  if (!needs.work.empty()) {
    ++queued;
    // Locked: claims of other servers do not stand in line for the counter.
    connection.Queue(
        "SELECT name, due_time, lease_owner, attempt, lease_expire_time, wake_time FROM work "
        "WHERE name = ANY($1) ORDER BY name FOR UPDATE",
        Parameters().Add(ColumnOf(needs.work)));
  }
  if (!needs.requests.empty()) {
    ++queued;
    Column callers(Type::kText), methods(Type::kText), ids(Type::kText);
    for (const auto& [caller, method, id] : needs.requests) {
      callers.Add(std::string_view(caller));
      methods.Add(std::string_view(method));
      ids.Add(std::string_view(id));
    }
    connection.Queue(
        "SELECT caller, method, request_id, resource, digest FROM idempotency "
        "JOIN unnest($1, $2, $3) AS wanted (caller, method, request_id) "
        "USING (caller, method, request_id)",
        Parameters().Add(callers).Add(methods).Add(ids));
  }
  if (!needs.blobs.empty()) {
    ++queued;
    QueueKeep(connection, needs.blobs);
  }
  return queued;
}

void FillPlan(const Needs& needs, const QueryResult* results, BatchPlan& plan) {
  if (!needs.records.empty()) {
    const QueryResult& found = *results++;
    for (int row = 0; row < found.rows(); ++row) {
      plan.FoundRecord(found.Text(row, 0), {.revision = found.Integer(row, 1),
                                            .create_time = found.Time(row, 2),
                                            .end_time = OptionalTime(found, row, 3)});
    }
  }
  if (!needs.work.empty()) {
    const QueryResult& found = *results++;
    for (int row = 0; row < found.rows(); ++row) {
      plan.FoundWork(found.Text(row, 0), {.due_time = OptionalTime(found, row, 1),
                                          .lease_owner = found.Text(row, 2),
                                          .attempt = found.Integer(row, 3),
                                          .lease_expire_time = found.Time(row, 4),
                                          .wake_time = OptionalTime(found, row, 5)});
    }
  }
  if (!needs.requests.empty()) {
    const QueryResult& found = *results++;
    for (int row = 0; row < found.rows(); ++row) {
      plan.FoundRequest({.caller = found.Text(row, 0),
                         .method = found.Text(row, 1),
                         .request_id = found.Text(row, 2),
                         .resource = found.Text(row, 3),
                         .digest = found.Text(row, 4)});
    }
  }
  if (!needs.blobs.empty()) {
    const QueryResult& kept = *results++;
    for (int row = 0; row < kept.rows(); ++row) plan.FoundBlob(kept.Text(row, 0));
  }
}

// A new version of the row says it: a deletion asks for the version that it has seen. Nobody else
// locks more than one of these rows, and of those who do, one at a time holds the counter.
void QueueKeep(Connection& connection, const std::set<std::string>& blobs) {
  connection.Queue(
      "UPDATE blobs SET put_time = clock_timestamp() WHERE sha256 = ANY($1) RETURNING sha256",
      Parameters().Add(ColumnOf(blobs)));
}

void QueueDrops(Connection& connection, const std::vector<const RowStream*>& dropped) {
  Column parents(Type::kText), streams(Type::kText);
  for (const RowStream* rows : dropped) {
    parents.Add(std::string_view(rows->parent));
    streams.Add(std::string_view(rows->stream));
  }
  connection.Queue(
      "DELETE FROM rows USING unnest($1, $2) AS dropped (parent, stream) "
      "WHERE rows.parent = dropped.parent AND rows.stream = dropped.stream",
      Parameters().Add(parents).Add(streams));
}

void QueueRows(Connection& connection, const RowWrites& rows) {
  if (!rows.dropped.empty()) QueueDrops(connection, rows.dropped);
  if (rows.appended.empty()) return;
  Column parents(Type::kText), streams(Type::kText), keys(Type::kText), payloads(Type::kBytes);
  for (const Row* row : rows.appended) {
    parents.Add(std::string_view(row->parent));
    streams.Add(std::string_view(row->stream));
    keys.Add(std::string_view(row->key));
    payloads.Add(std::string_view(row->payload));
  }
  Parameters parameters;
  parameters.Add(parents).Add(streams).Add(keys).Add(payloads);
  connection.Queue(
      "INSERT INTO rows (parent, stream, key, payload) SELECT * FROM unnest($1, $2, $3, $4) "
      "ON CONFLICT DO NOTHING",
      std::move(parameters));
}

void QueueWrites(Connection& connection, const BatchPlan& plan, const std::string& writer,
                 int64_t batch) {
  if (!plan.records().empty()) QueueRecords(connection, plan);
  if (!plan.events().empty()) QueueEvents(connection, plan);
  QueueRows(connection, plan.rows());
  if (!plan.work().empty()) QueueWork(connection, plan);
  if (!plan.requests().empty()) QueueRequests(connection, plan);
  Parameters parameters;
  parameters.Add(plan.position()).Add(writer).Add(batch).Add(plan.now());
  connection.Queue(
      "WITH counted AS (UPDATE meta SET newest_position = $1 WHERE newest_position <> $1) "
      "INSERT INTO writers (writer, batch, time, position) VALUES ($2, $3, $4, $1) "
      "ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, time = excluded.time, "
      "position = excluded.position",
      std::move(parameters));
}

}  // namespace tunegate::store::postgres
