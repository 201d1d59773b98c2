#include "server/store/postgres/batch_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/blob_status.h"

namespace tunegate::store::postgres {
namespace {

using OptionalTime = std::optional<absl::Time>;

// The value under `key` in the first of the maps that has it.
template <typename Key, typename Value>
const Value* Find(const Key& key, std::initializer_list<const std::map<Key, Value>*> newest_first) {
  for (const auto* map : newest_first) {
    if (const auto found = map->find(key); found != map->end()) return &found->second;
  }
  return nullptr;
}

absl::Time Earlier(const OptionalTime& time, absl::Time other) {
  return std::min(time.value_or(other), other);
}

BatchPlan::RequestKey KeyOf(const Idempotency& request) {
  return {request.caller, request.method, request.request_id};
}

absl::Status NameTaken(const std::string& name) {
  return AlreadyExists("NAME_TAKEN", absl::StrCat("'", name, "' exists already; choose another id"))
      .Metadata("resource", name);
}

absl::Status RevisionChanged(const Put& put, const RecordState* found) {
  const std::string is = found == nullptr ? std::string("does not exist")
                                          : absl::StrCat("is at revision ", found->revision);
  return Aborted("REVISION_CHANGED",
                 absl::StrCat("'", put.record.name, "' ", is, " and not at revision ",
                              put.expected_revision, "; read it again and repeat the change"))
      .Metadata("resource", put.record.name);
}

absl::Status LeaseLost(const Lease& lease) {
  return Aborted("LEASE_LOST",
                 absl::StrCat("'", lease.name, "' is no longer worked on by ", lease.owner,
                              " (attempt ", lease.attempt, "): another took it over or it ended"))
      .Metadata("resource", lease.name);
}

absl::Status RequestTaken(const Idempotency& earlier) {
  return AlreadyExists(
             "REQUEST_ID_TAKEN",
             absl::StrCat("request_id '", earlier.request_id,
                          "' was used by this caller before and made '", earlier.resource, "'"))
      .Metadata("resource", earlier.resource)
      .Metadata("digest", earlier.digest);
}

}  // namespace

void Needs::Add(const Transaction& transaction) {
  for (const Put& put : transaction.puts) records.insert(put.record.name);
  if (transaction.lease) work.insert(transaction.lease->name);
  for (const ScheduleWork& one : transaction.schedule) work.insert(one.name);
  work.insert(transaction.finish.begin(), transaction.finish.end());
  if (transaction.idempotency) requests.insert(KeyOf(*transaction.idempotency));
  blobs.insert(transaction.blobs.begin(), transaction.blobs.end());
}

void BatchPlan::FoundRecord(const std::string& name, RecordState state) {
  found_.records[name] = std::move(state);
}

void BatchPlan::FoundWork(const std::string& name, WorkState state) {
  found_.work[name] = std::move(state);
}

void BatchPlan::FoundRequest(Idempotency request) {
  RequestKey key = KeyOf(request);
  found_.requests[std::move(key)] = std::move(request);
}

void BatchPlan::FoundBlob(const std::string& sha256) { blobs_.insert(sha256); }

class BatchPlan::Member {
 public:
  explicit Member(const BatchPlan& plan) : plan_(plan) {}

  absl::Status Apply(const Transaction& transaction) {
    if (transaction.lease) TG_RETURN_IF_ERROR(CheckLease(*transaction.lease));
    // Before the puts: a repeated creation is told of its request, not that the name is taken.
    if (transaction.idempotency) TG_RETURN_IF_ERROR(RememberRequest(*transaction.idempotency));
    for (const Put& put : transaction.puts) TG_RETURN_IF_ERROR(PutRecord(put));
    for (const std::string& sha256 : transaction.blobs) {
      if (!plan_.blobs_.contains(sha256)) return BlobGone(sha256);
    }
    for (const ScheduleWork& work : transaction.schedule) {
      // The holder's own wish is SettleLease's.
      if (!transaction.lease || work.name != transaction.lease->name) Schedule(work);
    }
    if (transaction.lease) SettleLease(transaction);
    for (const std::string& name : transaction.finish) FinishWork(name);
    return absl::OkStatus();
  }

  State& changes() { return changes_; }

 private:
  const RecordState* FindRecord(const std::string& name) const {
    return Find(name, {&changes_.records, &plan_.written_.records, &plan_.found_.records});
  }
  const WorkState* FindWork(const std::string& name) const {
    return Find(name, {&changes_.work, &plan_.written_.work, &plan_.found_.work});
  }

  // A lease that ran out and that nobody took since is as good as held: what it guards is that no
  // other writes.
  absl::Status CheckLease(const Lease& lease) const {
    const WorkState* work = FindWork(lease.name);
    const bool held = work != nullptr && work->lease_owner == lease.owner &&
                      work->attempt == lease.attempt && !lease.owner.empty();
    return held ? absl::OkStatus() : LeaseLost(lease);
  }

  absl::Status RememberRequest(const Idempotency& request) {
    const RequestKey key = KeyOf(request);
    const Idempotency* earlier =
        Find(key, {&changes_.requests, &plan_.written_.requests, &plan_.found_.requests});
    if (earlier != nullptr) return RequestTaken(*earlier);
    changes_.requests[key] = request;
    return absl::OkStatus();
  }

  absl::Status PutRecord(const Put& put) {
    const Record& record = put.record;
    const RecordState* found = FindRecord(record.name);
    RecordState state{.revision = 1, .create_time = plan_.now_, .end_time = {}, .put = &record};
    if (put.expected_revision == 0) {
      if (found != nullptr) return NameTaken(record.name);
    } else {
      if (found == nullptr || found->revision != put.expected_revision) {
        return RevisionChanged(put, found);
      }
      state.revision = found->revision + 1;
      state.create_time = found->create_time;
      state.end_time = found->end_time;
    }
    state.end_time =
        record.terminal ? OptionalTime(state.end_time.value_or(plan_.now_)) : std::nullopt;
    changes_.records[record.name] = std::move(state);
    return absl::OkStatus();
  }

  // For work that is held the wish is kept aside until the lease ends: the step that runs may have
  // looked before what it is woken for happened.
  void Schedule(const ScheduleWork& wish) {
    const absl::Time time = plan_.now_ + wish.delay;
    const WorkState* found = FindWork(wish.name);
    WorkState work = found == nullptr ? WorkState{} : *found;
    work.due_time = Earlier(work.due_time, time);
    work.wake_time =
        work.lease_owner.empty() ? OptionalTime() : OptionalTime(Earlier(work.wake_time, time));
    changes_.work[wish.name] = std::move(work);
  }

  void SettleLease(const Transaction& transaction) {
    const std::string& name = transaction.lease->name;
    if (std::count(transaction.finish.begin(), transaction.finish.end(), name) > 0) {
      return;  // FinishWork releases it
    }
    WorkState work = *FindWork(name);
    const auto own = std::find_if(transaction.schedule.begin(), transaction.schedule.end(),
                                  [&](const ScheduleWork& wish) { return wish.name == name; });
    if (own != transaction.schedule.end()) {
      work.due_time = Earlier(work.wake_time, plan_.now_ + own->delay);
    }
    if (transaction.keep_lease) {
      work.lease_expire_time =
          std::max(work.lease_expire_time, plan_.now_ + transaction.lease_duration);
    } else {
      Release(work);
    }
    changes_.work[name] = std::move(work);
  }

  // Work that ended stays, for its attempt must never start again: a holder from long ago would
  // match. A wake-up that came during the last step is not lost; it makes one step more.
  void FinishWork(const std::string& name) {
    const WorkState* found = FindWork(name);
    if (found == nullptr) return;
    WorkState work = *found;
    work.due_time = work.wake_time;
    Release(work);
    changes_.work[name] = std::move(work);
  }

  static void Release(WorkState& work) {
    work.lease_owner.clear();
    work.lease_expire_time = absl::UnixEpoch();
    work.wake_time.reset();
  }

  const BatchPlan& plan_;
  State changes_;
};

void RowWrites::Add(const Transaction& transaction) {
  for (const RowStream& rows : transaction.drop_rows) {
    std::erase_if(appended, [&](const Row* row) {
      return row->parent == rows.parent && row->stream == rows.stream;
    });
    dropped.push_back(&rows);
  }
  for (const Row& row : transaction.rows) appended.push_back(&row);
}

absl::StatusOr<CommitResult> BatchPlan::Apply(const Transaction& transaction) {
  Member member(*this);
  TG_RETURN_IF_ERROR(member.Apply(transaction));
  State& changes = member.changes();
  for (auto& [name, state] : changes.records) written_.records[name] = std::move(state);
  for (auto& [name, state] : changes.work) written_.work[name] = std::move(state);
  for (auto& [key, request] : changes.requests) written_.requests[key] = std::move(request);
  rows_.Add(transaction);
  if (!transaction.events.empty()) ++position_;
  int64_t index = 0;
  for (const NewEvent& event : transaction.events) events_.push_back({position_, index++, &event});
  written_any_ = true;
  is_news_ = is_news_ || !transaction.events.empty() || !transaction.schedule.empty();
  return CommitResult{.position = position_, .time = now_};
}

}  // namespace tunegate::store::postgres
