#include "server/store/sqlite/sqlite_engine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store {
namespace {

absl::Status RevisionChanged(const Put& put, std::string_view found) {
  return Aborted("REVISION_CHANGED", absl::StrCat("'", put.record.name, "' ", std::string(found),
                                                  " and not at revision ", put.expected_revision,
                                                  "; read it again and repeat the change"))
      .Metadata("resource", put.record.name);
}

}  // namespace

absl::Time ToStoredPrecision(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

absl::Status SqliteEngine::Begin() {
  TG_RETURN_IF_ERROR(database_.Execute("BEGIN IMMEDIATE"));
  broken_ = absl::OkStatus();
  auto position = database_.QueryInteger("SELECT newest_position FROM meta");
  if (!position.ok()) {
    (void)database_.Execute("ROLLBACK");  // the first error says more
    return position.status();
  }
  stored_position_ = position_ = *position;
  return absl::OkStatus();
}

absl::StatusOr<CommitResult> SqliteEngine::Apply(const Transaction& transaction) {
  TG_RETURN_IF_ERROR(broken_);
  now_ = ToStoredPrecision(clock_.Now());
  TG_RETURN_IF_ERROR(database_.Execute("SAVEPOINT member"));
  absl::StatusOr<CommitResult> result = ApplyParts(transaction);
  TG_RETURN_IF_ERROR(EndSavepoint(result.ok()));
  if (result.ok()) position_ = result->position;
  return result;
}

absl::Status SqliteEngine::EndSavepoint(bool keep) {
  absl::Status status;
  if (database_.autocommit()) {
    // Some failures (a full disk, an I/O error) roll back everything by themselves.
    status = Unavailable("STORE_UNAVAILABLE",
                         absl::StrCat("database ", database_.path(),
                                      " gave up the transaction, as it does when its disk is full "
                                      "or failing; check the disk and repeat the call"))
                 .Metadata("path", database_.path());
  } else {
    if (!keep) status = database_.Execute("ROLLBACK TO member");
    if (status.ok()) status = database_.Execute("RELEASE member");
  }
  broken_ = status;
  return status;
}

absl::Status SqliteEngine::End() {
  absl::Status status = broken_;
  if (status.ok() && position_ != stored_position_) {
    auto update = database_.Prepare("UPDATE meta SET newest_position = ?");
    status = update.ok() ? update->Bind(position_).Run() : update.status();
  }
  if (status.ok()) status = database_.Execute("COMMIT");
  if (!status.ok() && !database_.autocommit()) {
    (void)database_.Execute("ROLLBACK");  // the first error says more
  }
  // Only then: it may wait for somebody who erases another one.
  if (std::exchange(keeps_blobs_, false)) blobs_.ReleaseKept();
  cache_.EndWrites();
  return status;
}

absl::StatusOr<CommitResult> SqliteEngine::ApplyParts(const Transaction& transaction) {
  if (transaction.lease) TG_RETURN_IF_ERROR(CheckLease(*transaction.lease));
  // Before the puts: a repeated creation is told of its request, not that the name is taken.
  if (transaction.idempotency) TG_RETURN_IF_ERROR(RememberRequest(*transaction.idempotency));
  for (const Put& put : transaction.puts) TG_RETURN_IF_ERROR(PutRecord(put));
  for (const RowStream& rows : transaction.drop_rows) TG_RETURN_IF_ERROR(DropRows(rows));
  for (const Row& row : transaction.rows) TG_RETURN_IF_ERROR(AppendRow(row));
  if (!transaction.blobs.empty()) keeps_blobs_ = true;
  for (const std::string& sha256 : transaction.blobs) TG_RETURN_IF_ERROR(blobs_.Keep(sha256));
  for (const ScheduleWork& work : transaction.schedule) {
    // The holder's own wish is SettleLease's.
    if (transaction.lease && work.name == transaction.lease->name) continue;
    TG_RETURN_IF_ERROR(Schedule(work));
  }
  if (transaction.lease) TG_RETURN_IF_ERROR(SettleLease(transaction));
  for (const std::string& name : transaction.finish) TG_RETURN_IF_ERROR(FinishWork(name));
  if (transaction.events.empty()) return CommitResult{.position = position_, .time = now_};
  TG_RETURN_IF_ERROR(AppendEvents(transaction.events, position_ + 1));
  return CommitResult{.position = position_ + 1, .time = now_};
}

absl::Status SqliteEngine::RememberRequest(const Idempotency& request) {
  TG_ASSIGN_OR_RETURN(Statement find,
                      database_.Prepare("SELECT resource, digest FROM idempotency WHERE caller = ? "
                                        "AND method = ? AND request_id = ?"));
  find.Bind(request.caller).Bind(request.method).Bind(request.request_id);
  TG_ASSIGN_OR_RETURN(const bool found, find.Step());
  if (found) {
    return AlreadyExists(
               "REQUEST_ID_TAKEN",
               absl::StrCat("request_id '", request.request_id,
                            "' was used by this caller before and made '", find.Text(0), "'"))
        .Metadata("resource", find.Text(0))
        .Metadata("digest", find.Text(1));
  }
  TG_ASSIGN_OR_RETURN(
      Statement insert,
      database_.Prepare("INSERT INTO idempotency (caller, method, request_id, "
                        "resource, digest, create_time) VALUES (?, ?, ?, ?, ?, ?)"));
  insert.Bind(request.caller).Bind(request.method).Bind(request.request_id);
  return insert.Bind(request.resource).Bind(request.digest).Bind(now_).Run();
}

absl::Status SqliteEngine::PutRecord(const Put& put) {
  cache_.BeginWrite(put.record.name);
  return put.expected_revision == 0 ? InsertRecord(put.record) : UpdateRecord(put);
}

absl::Status SqliteEngine::InsertRecord(const Record& record) {
  TG_ASSIGN_OR_RETURN(
      Statement insert,
      database_.Prepare(
          "INSERT INTO resources (name, kind, state, task, owner, terminal, revision, "
          "create_time, end_time, payload) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?) "
          "ON CONFLICT (name) DO NOTHING"));
  insert.Bind(record.name).Bind(KindOf(record.name)).Bind(record.state).Bind(record.task);
  insert.Bind(record.owner).Bind(record.terminal).Bind(now_);
  insert.Bind(record.terminal ? std::optional(now_) : std::nullopt).BindBlob(record.payload);
  TG_RETURN_IF_ERROR(insert.Run());
  if (database_.changes() == 1) return absl::OkStatus();
  return AlreadyExists("NAME_TAKEN",
                       absl::StrCat("'", record.name, "' exists already; choose another id"))
      .Metadata("resource", record.name);
}

absl::Status SqliteEngine::UpdateRecord(const Put& put) {
  const Record& record = put.record;
  TG_ASSIGN_OR_RETURN(
      Statement update,
      database_.Prepare("UPDATE resources SET state = ?, task = ?, owner = ?, terminal = ?4, "
                        "end_time = CASE ?4 WHEN 1 THEN coalesce(end_time, ?5) END, payload = ?, "
                        "revision = revision + 1 WHERE name = ? AND revision = ?"));
  update.Bind(record.state).Bind(record.task).Bind(record.owner).Bind(record.terminal).Bind(now_);
  update.BindBlob(record.payload).Bind(record.name).Bind(put.expected_revision);
  TG_RETURN_IF_ERROR(update.Run());
  if (database_.changes() == 1) return absl::OkStatus();
  TG_ASSIGN_OR_RETURN(Statement find,
                      database_.Prepare("SELECT revision FROM resources WHERE name = ?"));
  TG_ASSIGN_OR_RETURN(const bool found, find.Bind(record.name).Step());
  return RevisionChanged(put, found ? absl::StrCat("is at revision ", find.Integer(0))
                                    : std::string("does not exist"));
}

absl::Status SqliteEngine::DropRows(const RowStream& rows) {
  TG_ASSIGN_OR_RETURN(Statement drop,
                      database_.Prepare("DELETE FROM rows WHERE parent = ? AND stream = ?"));
  return drop.Bind(rows.parent).Bind(rows.stream).Run();
}

absl::Status SqliteEngine::AppendRow(const Row& row) {
  TG_ASSIGN_OR_RETURN(Statement insert,
                      database_.Prepare("INSERT INTO rows (parent, stream, key, payload) VALUES "
                                        "(?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  return insert.Bind(row.parent).Bind(row.stream).Bind(row.key).BindBlob(row.payload).Run();
}

absl::Status SqliteEngine::AppendEvents(const std::vector<NewEvent>& events, int64_t position) {
  for (size_t i = 0; i < events.size(); ++i) {
    TG_ASSIGN_OR_RETURN(Statement insert,
                        database_.Prepare("INSERT INTO events (position, event_index, resource, "
                                          "time, payload) VALUES (?, ?, ?, ?, ?)"));
    insert.Bind(position).Bind(static_cast<int64_t>(i)).Bind(events[i].resource).Bind(now_);
    TG_RETURN_IF_ERROR(insert.BindBlob(events[i].payload).Run());
  }
  return absl::OkStatus();
}

}  // namespace tunegate::store
