// The part of SqliteEngine that keeps work: leases, due times, wake-ups.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/sqlite/sqlite_engine.h"

namespace tunegate::store {

absl::StatusOr<std::vector<ClaimedWork>> SqliteEngine::Claim(const ClaimRequest& request) {
  TG_RETURN_IF_ERROR(broken_);
  now_ = ToStoredPrecision(clock_.Now());
  TG_RETURN_IF_ERROR(database_.Execute("SAVEPOINT member"));
  absl::StatusOr<std::vector<ClaimedWork>> claimed = FindDueWork(request);
  absl::Status status = claimed.status();
  if (status.ok()) status = TakeLeases(*claimed, request.lease_duration);
  TG_RETURN_IF_ERROR(EndSavepoint(status.ok()));
  TG_RETURN_IF_ERROR(status);
  return claimed;
}

absl::StatusOr<std::vector<ClaimedWork>> SqliteEngine::FindDueWork(const ClaimRequest& request) {
  TG_ASSIGN_OR_RETURN(
      Statement find,
      database_.Prepare("SELECT name, due_time, attempt FROM work WHERE due_time <= ?1 AND "
                        "lease_expire_time <= ?1 ORDER BY due_time, name LIMIT ?2"));
  find.Bind(now_).Bind(std::max(request.limit, 0));
  std::vector<ClaimedWork> due;
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool found, find.Step());
    if (!found) return due;
    due.push_back(
        {.lease = {.name = find.Text(0), .owner = request.owner, .attempt = find.Integer(2) + 1},
         .due_time = find.Time(1)});
  }
}

absl::Status SqliteEngine::TakeLeases(const std::vector<ClaimedWork>& due,
                                      absl::Duration lease_duration) {
  for (const ClaimedWork& work : due) {
    // Whoever claims reads the state afresh, so wake-ups from before are answered by that.
    TG_ASSIGN_OR_RETURN(
        Statement take,
        database_.Prepare("UPDATE work SET lease_owner = ?, attempt = ?, "
                          "lease_expire_time = ?, wake_time = NULL WHERE name = ?"));
    take.Bind(work.lease.owner).Bind(work.lease.attempt).Bind(now_ + lease_duration);
    TG_RETURN_IF_ERROR(take.Bind(work.lease.name).Run());
  }
  return absl::OkStatus();
}

absl::Status SqliteEngine::CheckLease(const Lease& lease) {
  // A lease that ran out and that nobody took since is as good as held: what it guards is that no
  // other writes.
  TG_ASSIGN_OR_RETURN(Statement find,
                      database_.Prepare("SELECT 1 FROM work WHERE name = ? AND lease_owner = ? AND "
                                        "attempt = ?"));
  TG_ASSIGN_OR_RETURN(const bool held,
                      find.Bind(lease.name).Bind(lease.owner).Bind(lease.attempt).Step());
  if (held) return absl::OkStatus();
  return Aborted("LEASE_LOST",
                 absl::StrCat("'", lease.name, "' is no longer worked on by ", lease.owner,
                              " (attempt ", lease.attempt, "): another took it over or it ended"))
      .Metadata("resource", lease.name);
}

absl::Status SqliteEngine::Schedule(const ScheduleWork& work) {
  // For work that is held the wish is kept aside until the lease ends: the step that runs may have
  // looked before what it is woken for happened.
  TG_ASSIGN_OR_RETURN(
      Statement upsert,
      database_.Prepare(
          "INSERT INTO work (name, kind, due_time, lease_owner, attempt, lease_expire_time) "
          "VALUES (?, ?, ?, '', 0, 0) ON CONFLICT (name) DO UPDATE SET "
          "due_time = min(coalesce(due_time, excluded.due_time), excluded.due_time), wake_time = "
          "CASE WHEN lease_owner <> '' "
          "THEN min(coalesce(wake_time, excluded.due_time), excluded.due_time) END"));
  return upsert.Bind(work.name).Bind(KindOf(work.name)).Bind(now_ + work.delay).Run();
}

absl::Status SqliteEngine::SettleLease(const Transaction& transaction) {
  const std::string& name = transaction.lease->name;
  if (std::count(transaction.finish.begin(), transaction.finish.end(), name) > 0) {
    return absl::OkStatus();  // FinishWork releases it
  }
  const auto own = std::find_if(transaction.schedule.begin(), transaction.schedule.end(),
                                [&](const ScheduleWork& work) { return work.name == name; });
  if (own != transaction.schedule.end()) {
    TG_ASSIGN_OR_RETURN(Statement set_due,
                        database_.Prepare("UPDATE work SET due_time = min(?1, coalesce(wake_time, "
                                          "?1)) WHERE name = ?2"));
    TG_RETURN_IF_ERROR(set_due.Bind(now_ + own->delay).Bind(name).Run());
  }
  if (transaction.keep_lease) {
    TG_ASSIGN_OR_RETURN(Statement renew,
                        database_.Prepare("UPDATE work SET lease_expire_time = "
                                          "max(lease_expire_time, ?) WHERE name = ?"));
    return renew.Bind(now_ + transaction.lease_duration).Bind(name).Run();
  }
  TG_ASSIGN_OR_RETURN(Statement release,
                      database_.Prepare("UPDATE work SET lease_owner = '', lease_expire_time = 0, "
                                        "wake_time = NULL WHERE name = ?"));
  return release.Bind(name).Run();
}

absl::Status SqliteEngine::FinishWork(const std::string& name) {
  // The row stays, for its attempt must never start again: a holder from long ago would match. A
  // wake-up that came during the last step is not lost; it makes one step more.
  TG_ASSIGN_OR_RETURN(Statement finish,
                      database_.Prepare("UPDATE work SET due_time = wake_time, wake_time = NULL, "
                                        "lease_owner = '', lease_expire_time = 0 WHERE name = ?"));
  return finish.Bind(name).Run();
}

}  // namespace tunegate::store
