#include "server/evaluations/run/evaluation_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "server/evaluations/run/answer_reuse.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/ledger_report.h"
#include "server/evaluations/run/stored_report.h"

namespace tunegate::evaluations {
namespace {

using resources::Stored;
using store::v1::EvaluationRecord;

// At most two progress events a second.
constexpr absl::Duration kProgressInterval = absl::Milliseconds(500);
// Fewer answers than this say nothing about when it will end.
constexpr int64_t kMinForEstimate = 20;
// Intents ahead of what is in flight: as many at first, and at most so many times as many. A
// provider that answers at once empties the slots several times while a commit reaches the disk.
constexpr size_t kMostAheadTimes = 16;
constexpr size_t kReusedRowsPerCommit = 500;

size_t MaxInFlight(const EvaluationRecord& record) {
  return static_cast<size_t>(std::max(1, record.resource().max_concurrency()));
}

std::vector<PumpLane> LanesOf(const RunInputs& inputs, const v1::Evaluation& evaluation,
                              size_t max_in_flight) {
  const PaceLimits limits{.requests_per_minute = evaluation.rate_limit().requests_per_minute(),
                          .tokens_per_minute = evaluation.rate_limit().tokens_per_minute()};
  std::vector<PumpLane> lanes;
  for (providers::Provider* provider : inputs.providers) {
    lanes.push_back({provider, Pacer(static_cast<int>(max_in_flight), limits)});
  }
  return lanes;
}

// Whom a session asks, for those who might reuse its answers.
Endpoints EndpointsOf(const RunInputs& inputs) {
  Endpoints endpoints;
  for (const providers::Provider* provider : inputs.providers) {
    endpoints[provider->name()] = provider->chat_url();
  }
  return endpoints;
}

// The lane whose provider the evaluation waits for.
std::optional<size_t> SilentLane(const RunInputs& inputs, const EvaluationRecord& record) {
  if (!record.has_provider_outage()) return std::nullopt;
  for (size_t lane = 0; lane < inputs.providers.size(); ++lane) {
    if (inputs.providers[lane]->name() == record.provider_outage().provider()) return lane;
  }
  return std::nullopt;
}

}  // namespace

EvaluationRun::EvaluationRun(resources::Repository* repository, const admin::WorkPause* pause,
                             const RunInputs* inputs, const EvaluationRecord& record,
                             const store::Lease& lease, const runner::StopSignal* stop,
                             const StepperOptions* options)
    : repository_(*repository),
      pause_(*pause),
      inputs_(*inputs),
      record_(record),
      lease_(lease),
      stop_(*stop),
      options_(*options),
      max_in_flight_(MaxInFlight(record)),
      book_(inputs, record, &options->prices, lease.attempt),
      pump_(LanesOf(*inputs, record.resource(), max_in_flight_), static_cast<int>(max_in_flight_),
            &repository->clock()),
      ahead_(max_in_flight_),
      silent_lane_(SilentLane(*inputs, record)),
      begin_(repository->clock().Monotonic()),
      last_commit_(begin_) {}

absl::Status EvaluationRun::Go() {
  TG_RETURN_IF_ERROR(book_.Load(repository_.store(), repository_.clock().Now()));
  for (const RecentCall& call : book_.TakeRecent()) {
    pump_.Remember(call.lane, repository_.clock().Now() - call.time, call.attempts, call.tokens);
  }
  if (book_.found_maybe_repeated()) {
    TG_RETURN_IF_ERROR(CommitWithProgress({}, v1::Event::TYPE_UPDATED,
                                          "goes on after a server died; calls that were in flight "
                                          "then are asked again"));
  }
  if (silent_lane_.has_value()) {
    book_.ExpectSilence(*silent_lane_);
  } else if (record_.has_provider_outage()) {
    TG_RETURN_IF_ERROR(LeaveOutage({}));
  }
  // Not before it is known that the ledger is this evaluation's.
  session_.push_back(SessionRow(lease_.name, lease_.attempt, EndpointsOf(inputs_)));
  TG_RETURN_IF_ERROR(ReuseAnswers());
  recorded_before_ = book_.recorded();
  TG_ASSIGN_OR_RETURN(const RunEnd end, AskAll());
  return Finish(end);
}

absl::Status EvaluationRun::ReuseAnswers() {
  if (!record_.resource().reuse_answers()) return absl::OkStatus();
  AnswerReuse reuse(&inputs_, record_);
  TG_RETURN_IF_ERROR(book_.Want(reuse));
  const int64_t before = book_.reused();
  std::vector<store::Row> rows;
  const absl::Status found = reuse.Find(repository_.store(), repository_.clock().Now(),
                                        [&](const AnswerReuse::Found& one) {
                                          if (stop_.Stopping()) return absl::CancelledError();
                                          TG_RETURN_IF_ERROR(book_.TakeReused(one, rows));
                                          if (rows.size() < kReusedRowsPerCommit)
                                            return absl::OkStatus();
                                          return Commit(std::exchange(rows, {}));
                                        });
  if (!found.ok() && !absl::IsCancelled(found)) return found;
  const int64_t reused = book_.reused() - before;
  if (reused == 0) return absl::OkStatus();
  return CommitWithProgress(
      rows, v1::Event::TYPE_PROGRESS,
      absl::StrCat(reused, " of ", inputs_.plan.size(), " answers taken from earlier evaluations"));
}

absl::StatusOr<RunEnd> EvaluationRun::AskAll() {
  while (true) {
    Batch batch;
    batch.rows = std::exchange(session_, {});  // with the first intents
    TG_ASSIGN_OR_RETURN(std::optional<RunEnd> end, Cycle(batch));
    if (end.has_value()) {
      TG_RETURN_IF_ERROR(Drain(batch));
      return *std::move(end);
    }
    TG_RETURN_IF_ERROR(Commit(std::move(batch.rows)));
    pump_.Add(std::move(batch.calls));
  }
}

absl::StatusOr<std::optional<RunEnd>> EvaluationRun::Cycle(Batch& batch) {
  if (std::optional<RunEnd> end = TakeAnswers(batch)) return end;
  if (heard_ && silent_lane_.has_value()) {
    TG_RETURN_IF_ERROR(LeaveOutage(std::exchange(batch.rows, {})));
  }
  TG_ASSIGN_OR_RETURN(std::optional<RunEnd> wished, LookAround());
  if (wished.has_value()) return wished;
  if (!book_.more_to_ask() && book_.asked() == 0) {
    if (std::optional<RunEnd> end = book_.TakeLast(batch.rows)) return end;
    return std::optional<RunEnd>(RunEnd{RunEnd::Kind::kFinished, {}});
  }
  return ChooseNext(batch);
}

std::optional<RunEnd> EvaluationRun::TakeAnswers(Batch& batch) {
  CallPump::Wait wait;
  wait.gather = options_.commit_interval;
  wait.more_to_come = !silent_lane_.has_value() && book_.more_to_ask() && book_.WithinBudget() > 0;
  std::optional<RunEnd> end;
  for (const FinishedCall& call : pump_.Take(wait)) {
    // Failures of a server that stops may be its own: they are no part of the evidence.
    if (end.has_value() || stop_.Stopping()) {
      book_.TakeLate(call, batch.rows);
    } else {
      end = book_.Take(call, batch.rows);
      // Also by a refusal.
      heard_ = heard_ || (!end.has_value() && call.lane == silent_lane_);
    }
  }
  // Slots that nothing was asked for yet are not dry for want of intents.
  if (pump_.TookStarved() && wait.more_to_come && begun_) {
    ahead_ = std::min(ahead_ * 2, max_in_flight_ * kMostAheadTimes);
  }
  return end;
}

absl::StatusOr<std::optional<RunEnd>> EvaluationRun::LookAround() {
  const auto end_as = [](RunEnd::Kind kind, v1::Failure failure = {}) {
    return std::optional<RunEnd>(RunEnd{kind, std::move(failure)});
  };
  TG_ASSIGN_OR_RETURN(const auto stored, repository_.Get<EvaluationRecord>(lease_.name));
  if (stored.record.cancel_requested()) return end_as(RunEnd::Kind::kCancelled);
  if (stop_.Stopping()) return end_as(RunEnd::Kind::kStopped);
  TG_ASSIGN_OR_RETURN(const admin::PauseState pause, pause_.Read());
  if (pause.paused) {
    return end_as(RunEnd::Kind::kPaused, admin::WorkPause::FailureFor(pause));
  }
  return std::optional<RunEnd>();
}

absl::StatusOr<std::optional<RunEnd>> EvaluationRun::ChooseNext(Batch& batch) {
  const size_t wanted = silent_lane_.has_value() ? 1 : max_in_flight_ + ahead_ + pump_.BackingOff();
  if (!book_.more_to_ask() || book_.asked() >= wanted) return std::optional<RunEnd>();
  const int64_t within = book_.WithinBudget();
  if (within == 0 && book_.asked() == 0) return std::optional<RunEnd>(book_.BudgetEnd());
  if (silent_lane_.has_value()) {
    const int tries = record_.provider_outage().tries();
    TG_ASSIGN_OR_RETURN(batch.calls, book_.NextProbe(*silent_lane_, tries, batch.rows));
    heard_ = batch.calls.empty();
    return std::optional<RunEnd>();
  }
  const auto count = std::min<int64_t>(within, static_cast<int64_t>(wanted - book_.asked()));
  TG_ASSIGN_OR_RETURN(batch.calls, book_.Next(static_cast<size_t>(count), batch.rows));
  begun_ = begun_ || !batch.calls.empty();
  return std::optional<RunEnd>();
}

// --- Commits -------------------------------------------------------------------------------------

absl::Status EvaluationRun::Commit(std::vector<store::Row> rows) {
  if (ProgressIsDue()) {
    const std::string message =
        absl::StrCat(book_.recorded(), " of ", inputs_.plan.size(), " calls");
    return CommitWithProgress(rows, v1::Event::TYPE_PROGRESS, message);
  }
  const absl::Duration now = repository_.clock().Monotonic();
  if (rows.empty() && now - last_commit_ < options_.lease_duration / 3) return absl::OkStatus();
  store::Transaction transaction;
  HoldLease(transaction);
  transaction.rows = std::move(rows);
  TG_RETURN_IF_ERROR(repository_.store().Commit(std::move(transaction)).status());
  LeaseRenewed(now);
  return absl::OkStatus();
}

absl::Status EvaluationRun::CommitWithProgress(const std::vector<store::Row>& rows,
                                               v1::Event::Type type, std::string_view message) {
  const auto change = [&](Stored<EvaluationRecord>& stored, store::Transaction& transaction) {
    HoldLease(transaction);
    transaction.rows = rows;
    book_.Fill(stored.record);
    FillEstimate(stored.resource());
    repository_.Write(transaction, stored, type, message);
    return absl::OkStatus();
  };
  const absl::Duration begin = repository_.clock().Monotonic();
  TG_RETURN_IF_ERROR(repository_.Update<EvaluationRecord>(lease_.name, change).status());
  LeaseRenewed(begin);
  last_progress_ = repository_.clock().Monotonic();
  last_progress_recorded_ = book_.recorded();
  return absl::OkStatus();
}

absl::Status EvaluationRun::LeaveOutage(const std::vector<store::Row>& rows) {
  const auto change = [&](Stored<EvaluationRecord>& stored, store::Transaction& transaction) {
    HoldLease(transaction);
    transaction.rows = rows;
    book_.Fill(stored.record);
    if (EndOutage(stored.record)) WakeOwner(stored.resource(), transaction);
    repository_.Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED,
                      absl::StrCat("the provider answers again; goes on after ", book_.recorded(),
                                   " of ", inputs_.plan.size(), " calls"));
    return absl::OkStatus();
  };
  silent_lane_.reset();
  const absl::Duration begin = repository_.clock().Monotonic();
  TG_RETURN_IF_ERROR(repository_.Update<EvaluationRecord>(lease_.name, change).status());
  LeaseRenewed(begin);
  return absl::OkStatus();
}

bool EvaluationRun::ProgressIsDue() const {
  return !silent_lane_.has_value() && book_.recorded() != last_progress_recorded_ &&
         repository_.clock().Monotonic() - last_progress_ >= kProgressInterval;
}

void EvaluationRun::FillEstimate(v1::Evaluation& evaluation) const {
  const int64_t done = book_.recorded() - recorded_before_;
  if (done < kMinForEstimate) return;
  const int64_t left = static_cast<int64_t>(inputs_.plan.size()) - book_.recorded();
  const absl::Duration spent = repository_.clock().Monotonic() - begin_;
  const absl::Duration rest = spent / static_cast<double>(done) * static_cast<double>(left);
  *evaluation.mutable_progress()->mutable_estimated_end_time() =
      ToProto(repository_.clock().Now() + rest);
}

void EvaluationRun::HoldLease(store::Transaction& transaction) const {
  transaction.lease = lease_;
  transaction.keep_lease = true;
  transaction.lease_duration = options_.lease_duration;
}

// Whoever cannot reach the store sends nothing more once others may have taken over.
void EvaluationRun::LeaseRenewed(absl::Duration begin) {
  last_commit_ = begin;
  pump_.SendUntil(begin + options_.lease_duration);
}

// --- The end -------------------------------------------------------------------------------------

absl::Status EvaluationRun::Drain(Batch& batch) {
  book_.PutBack(pump_.Stop());
  for (const FinishedCall& call : pump_.Drain(options_.drain_time)) {
    book_.TakeLate(call, batch.rows);
  }
  book_.GiveUpOutstanding();
  book_.SettleIntents();
  return Commit(std::move(batch.rows));
}

absl::Status EvaluationRun::Finish(const RunEnd& end) {
  std::vector<store::Row> rows;
  if (end.kind == RunEnd::Kind::kFinished) {
    TG_ASSIGN_OR_RETURN(auto stored, repository_.Get<EvaluationRecord>(lease_.name));
    book_.Fill(stored.record);
    TG_ASSIGN_OR_RETURN(
        const v1::Report report,
        ReportFromLedger(repository_.store(), stored.record, inputs_, options_.prices));
    rows.push_back(ReportRow(lease_.name, report));
  }
  return CommitEnd(
      repository_, lease_, end, [&](EvaluationRecord& record, store::Transaction& transaction) {
        book_.Fill(record);
        if (end.kind == RunEnd::Kind::kUnreachable) {
          record.mutable_provider_outage()->set_provider(inputs_.providers[end.lane]->name());
        }
        transaction.rows = rows;
        if (!rows.empty()) record.set_report_key(std::string(kReportKey));
      });
}

}  // namespace tunegate::evaluations
