#include "server/store/postgres/postgres_engine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/postgres/batch_sql.h"
#include "server/store/postgres/sql_status.h"
#include "server/store/postgres/stuck_sessions.h"

namespace tunegate::store::postgres {
namespace {

// How often a batch is begun anew while the database is there: whatever breaks it that often is in
// the batch.
constexpr int kAttempts = 5;

bool IsClaim(const BatchMember& member) {
  return std::holds_alternative<ClaimRequest>(member.request);
}

absl::Status OutcomeUnknown(const absl::Status& why) {
  return Error(absl::StatusCode::kUnknown, "COMMIT_OUTCOME_UNKNOWN",
               absl::StrCat("the connection broke while the change was being committed, and the "
                            "database could not be asked since whether it was kept; read before "
                            "you repeat it (",
                            why.message(), ")"));
}

}  // namespace

PostgresEngine::PostgresEngine(const PostgresUrl* url, EngineOptions options, StopFlag* closing)
    : url_(*url),
      options_(std::move(options)),
      closing_(closing),
      outage_(options_.patience, closing) {}

absl::Status PostgresEngine::Write(const std::vector<BatchMember>& batch) {
  const absl::Status status = WriteTogether(batch);
  if (!IsRefusedByData(status)) return status;
  // One of them holds what the database does not keep: each is judged alone.
  for (const BatchMember& member : batch) {
    const absl::Status alone = batch.size() == 1 ? status : WriteTogether({member});
    if (!alone.ok()) member.result = alone;
  }
  return absl::OkStatus();
}

absl::Status PostgresEngine::WriteTogether(const std::vector<BatchMember>& batch) {
  // The numbers between are for AskOutcome: what one leaves must never pass for a later batch's
  // mark.
  batch_ += 2;
  one_trip_ = OneTripBatch::Of(batch);
  committing_ = false;
  is_news_ = false;
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts;) {
    status = Connect();
    if (status.ok() && committing_) {
      const auto mark = AskOutcome();
      if (mark.ok() && mark->has_value()) {
        if (one_trip_) one_trip_->Fill(**mark);
        return Succeeded();
      }
      if (mark.ok()) {
        committing_ = false;
        batch_ += 2;  // the number between them refuses the first
      }
      status = mark.status();
    }
    if (status.ok()) {
      status = TryBatch(batch);
      if (status.ok()) return Succeeded();
      // A connection that breaks costs patience, and not an attempt.
      if (connection_ != nullptr && !connection_->lost()) ++attempt;
      if (IsTimeOut(status) && EndStuckSessions(*connection_, options_.session.statement_timeout)) {
        continue;
      }
      if (one_trip_ && IsRefusedByData(status)) {
        one_trip_.reset();
        continue;
      }
      if (IsWorthRepeating(status)) continue;
      if (IsReadOnly(status)) connection_.reset();
      if (connection_ != nullptr && !connection_->lost()) return status;
    }
    if (!absl::IsUnavailable(status) && !committing_) return status;
    if (!outage_.Wait()) break;
  }
  return committing_ ? OutcomeUnknown(status) : status;
}

absl::Status PostgresEngine::Succeeded() {
  outage_ = Backoff(options_.patience, closing_);
  if (is_news_) options_.announce();
  return absl::OkStatus();
}

absl::Status PostgresEngine::Connect() {
  // Looked at before it is used: what is sent to nobody would be of unknown outcome.
  if (connection_ != nullptr && !connection_->EndedByDatabase()) return absl::OkStatus();
  connection_.reset();
  TG_ASSIGN_OR_RETURN(connection_, Connection::Open(url_, options_.session));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<BatchMark>> PostgresEngine::AskOutcome() {
  connection_->Queue("BEGIN");
  QueueLock(*connection_);
  connection_->Queue("SELECT time, position FROM writers WHERE writer = $1 AND batch = $2",
                     Parameters().Add(options_.writer).Add(batch_));
  // No batch has this number: asking again must not find that this one was kept.
  connection_->Queue(
      "INSERT INTO writers (writer, batch, time) VALUES ($1, $2, clock_timestamp()) "
      "ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch WHERE writers.batch < $3",
      Parameters().Add(options_.writer).Add(batch_ + 1).Add(batch_));
  connection_->Queue("COMMIT");
  const auto results = connection_->RunQueued();
  if (!results.ok()) connection_.reset();  // with the transaction that may be open in it
  TG_RETURN_IF_ERROR(results.status());
  const QueryResult& mark = results->at(2);
  if (mark.rows() == 0) return std::optional<BatchMark>();
  return BatchMark{.time = mark.Time(0, 0), .position = mark.Integer(0, 1)};
}

absl::Status PostgresEngine::TryBatch(const std::vector<BatchMember>& batch) {
  const bool only_claims = std::all_of(batch.begin(), batch.end(), IsClaim);
  const absl::Status status = only_claims ? TryClaims(batch)
                              : one_trip_ ? TryOneTrip()
                                          : TryTwoTrips(batch);
  // Told by the database itself: nothing was kept.
  if (!status.ok() && !connection_->lost()) {
    committing_ = false;
    (void)connection_->RunScript("ROLLBACK");  // the first error says more
  }
  return status;
}

absl::Status PostgresEngine::TryOneTrip() {
  is_news_ = one_trip_->is_news();
  one_trip_->Queue(*connection_, options_.writer, batch_, Now());
  committing_ = true;
  TG_ASSIGN_OR_RETURN(const std::vector<QueryResult> results, connection_->RunQueued());
  committing_ = false;
  one_trip_->Fill(results);
  return absl::OkStatus();
}

absl::Status PostgresEngine::TryTwoTrips(const std::vector<BatchMember>& batch) {
  TG_ASSIGN_OR_RETURN(BatchPlan plan, LockAndRead(batch));
  for (const BatchMember& member : batch) {
    if (IsClaim(member)) continue;
    auto applied = plan.Apply(std::get<Transaction>(member.request));
    if (applied.ok()) {
      member.result = *applied;
    } else {
      member.result = std::move(applied).status();
    }
  }
  return WriteAndCommit(plan);
}

// Claims alone do not stand in line for the counter. Where the answer is lost, what was claimed is
// claimed again when its lease has run out.
absl::Status PostgresEngine::TryClaims(const std::vector<BatchMember>& batch) {
  for (const BatchMember& member : batch) {
    QueueClaim(*connection_, std::get<ClaimRequest>(member.request), Now());
  }
  TG_ASSIGN_OR_RETURN(const std::vector<QueryResult> results, connection_->RunQueued());
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i].result = ClaimedBy(std::get<ClaimRequest>(batch[i].request), results[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<BatchPlan> PostgresEngine::LockAndRead(const std::vector<BatchMember>& batch) {
  Needs needs;
  std::vector<const BatchMember*> claims;
  connection_->Queue("BEGIN");
  QueueLock(*connection_);
  for (const BatchMember& member : batch) {
    if (IsClaim(member)) {
      claims.push_back(&member);
      QueueClaim(*connection_, std::get<ClaimRequest>(member.request), Now());
    } else {
      needs.Add(std::get<Transaction>(member.request));
    }
  }
  QueueNeeds(*connection_, needs);
  TG_ASSIGN_OR_RETURN(const std::vector<QueryResult> results, connection_->RunQueued());
  const QueryResult& locked = results[1];
  if (locked.rows() == 0) {
    return Internal("STORE_CORRUPT", absl::StrCat("database ", url_.display(),
                                                  " has lost its log's id and counter; restore a "
                                                  "backup"));
  }
  const QueryResult* next = &results[2];
  for (const BatchMember* claim : claims) {
    claim->result = ClaimedBy(std::get<ClaimRequest>(claim->request), *next++);
  }
  BatchPlan plan(Now().value_or(locked.Time(0, 1)), locked.Integer(0, 0));
  FillPlan(needs, next, plan);
  return plan;
}

absl::Status PostgresEngine::WriteAndCommit(const BatchPlan& plan) {
  is_news_ = plan.is_news();
  if (!plan.empty()) {
    QueueWrites(*connection_, plan, options_.writer, batch_);
    committing_ = true;
  }
  connection_->Queue("COMMIT");
  TG_RETURN_IF_ERROR(connection_->RunQueued().status());
  committing_ = false;
  return absl::OkStatus();
}

std::optional<absl::Time> PostgresEngine::Now() const {
  if (options_.clock == nullptr) return std::nullopt;
  return absl::FromUnixMicros(absl::ToUnixMicros(options_.clock->Now()));
}

}  // namespace tunegate::store::postgres
