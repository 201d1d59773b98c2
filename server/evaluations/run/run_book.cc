#include "server/evaluations/run/run_book.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "common/utf8.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/recorded_calls.h"
#include "server/evaluations/run/run_budget.h"
#include "server/evaluations/run/sliding_minute.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

}  // namespace

RunBook::RunBook(const RunInputs* inputs, const store::v1::EvaluationRecord& record,
                 const Prices* prices, int64_t session)
    : inputs_(*inputs),
      prices_(*prices),
      record_(record),
      session_(session),
      examples_(&inputs->examples, &inputs->grader),
      fates_(inputs->plan.size(), Fate::kToAsk),
      tally_(inputs->grader),
      watch_(record.resource().name()) {}

// --- What earlier steps left ---------------------------------------------------------------------

absl::Status RunBook::Load(store::Store& store, absl::Time now) {
  TG_RETURN_IF_ERROR(LoadCalls(store, now));
  return CountMaybeRepeated(store);
}

absl::Status RunBook::LoadCalls(store::Store& store, absl::Time now) {
  return ForEachRecorded(store, name(), inputs_,
                         [&](const CallRecord& call, size_t sequence, const Expected& expected) {
                           TakeRecorded(call, sequence, expected);
                           NoteRecent(call, now);
                         });
}

// Attempts that failed for good are in no record; that they are not counted is the one hole.
void RunBook::NoteRecent(const CallRecord& call, absl::Time now) {
  const absl::Time time = FromProto(call.time());
  if (!record_.resource().has_rate_limit() || !call.reused_from().empty()) return;
  if (now - time >= kSlidingMinute) return;
  recent_.push_back({inputs_.Of(call.arm()).lane, std::min(time, now), call.attempts(),
                     call.input_tokens() + call.output_tokens()});
}

std::vector<RecentCall> RunBook::TakeRecent() {
  std::sort(recent_.begin(), recent_.end(),
            [](const RecentCall& a, const RecentCall& b) { return a.time < b.time; });
  return std::exchange(recent_, {});
}

void RunBook::TakeRecorded(const CallRecord& call, size_t sequence, const Expected& expected) {
  fates_[sequence] = Fate::kKnown;
  tally_.Add(call, &expected);
  // What was asked elsewhere does not show that this provider answers.
  if (!call.has_failure() && call.reused_from().empty()) {
    (void)watch_.OnAnswer(inputs_.Of(call.arm()).lane, call.arm());
  }
}

absl::Status RunBook::CountMaybeRepeated(store::Store& store) {
  TG_ASSIGN_OR_RETURN(const Intents intents, ReadIntents(store, name(), record_.settled_intents()));
  if (!intents.last_key.empty() && !absl::SimpleAtoi(intents.last_key, &last_intents_)) {
    return Internal("STORE_CORRUPT", absl::StrCat("the intents ", intents.last_key, " of ", name(),
                                                  " have a key that is no number"));
  }
  const std::set<std::string> keys(intents.call_keys.begin(), intents.call_keys.end());
  if (!keys.empty()) {
    for (size_t sequence = 0; sequence < fates_.size(); ++sequence) {
      if (fates_[sequence] == Fate::kKnown || keys.count(KeyOf(sequence)) == 0) continue;
      CountMaybeRepeated(inputs_.plan.At(sequence).arm);
      found_maybe_repeated_ = true;
    }
  }
  record_.set_settled_intents(intents.last_key);
  return absl::OkStatus();
}

void RunBook::CountMaybeRepeated(Arm arm) {
  if (arm == kCandidate) {
    record_.set_candidate_maybe_repeated_calls(record_.candidate_maybe_repeated_calls() + 1);
  } else {
    record_.set_baseline_maybe_repeated_calls(record_.baseline_maybe_repeated_calls() + 1);
  }
}

// --- What others asked before --------------------------------------------------------------------

absl::Status RunBook::Want(AnswerReuse& reuse) const {
  return inputs_.examples.ForEach([&](const datasets::Example& example) {
    const auto index = static_cast<size_t>(example.line - 1);
    for (const RunArm& arm : inputs_.arms) {
      if (!reuse.Serves(arm.arm)) continue;
      const std::string digest = arm.request.Digest(example);
      for (int repeat = 0; repeat < inputs_.plan.repeat_count(); ++repeat) {
        const size_t sequence = inputs_.plan.SequenceOf({index, repeat, arm.arm});
        if (fates_[sequence] == Fate::kToAsk) reuse.Want(sequence, digest);
      }
    }
    return absl::OkStatus();
  });
}

absl::Status RunBook::TakeReused(const AnswerReuse::Found& found, std::vector<store::Row>& rows) {
  const PlannedCall planned = inputs_.plan.At(found.sequence);
  TG_ASSIGN_OR_RETURN(const AskedExample asked,
                      ReadAsked(inputs_.examples, inputs_.grader, planned.example));
  CallRecord call = found.answer;
  call.set_example(asked.example.line);
  call.set_repeat(planned.repeat);
  call.set_arm(planned.arm);
  call.set_sequence(static_cast<int64_t>(found.sequence));
  call.set_reused_from(found.evaluation);
  // Nothing was sent here, and nothing spent: tokens and times stand where it was asked.
  call.clear_session();
  call.clear_attempts();
  call.clear_input_tokens();
  call.clear_cached_input_tokens();
  call.clear_output_tokens();
  call.clear_response_time_us();
  call.clear_user_time_us();
  call.clear_fresh_connection();
  fates_[found.sequence] = Fate::kKnown;
  Record(call, asked.expected, rows);
  return absl::OkStatus();
}

// --- What is asked next --------------------------------------------------------------------------

int64_t RunBook::WithinBudget() const {
  const v1::Budget& budget = record_.resource().budget();
  if (budget.ByteSizeLong() == 0) return kNoLimit;
  return CallsWithin(budget, tally_.Total(record_, prices_), tally_.answered(),
                     static_cast<int64_t>(asked_));
}

absl::StatusOr<std::vector<ReadyCall>> RunBook::Next(size_t count, std::vector<store::Row>& rows) {
  std::vector<ReadyCall> calls;
  for (SkipKnown(); more_to_ask() && calls.size() < count; SkipKnown()) {
    TG_ASSIGN_OR_RETURN(ReadyCall call, Ask(cursor_));
    calls.push_back(std::move(call));
  }
  AddIntents(calls, rows);
  return calls;
}

absl::StatusOr<std::vector<ReadyCall>> RunBook::NextProbe(size_t lane, int number,
                                                          std::vector<store::Row>& rows) {
  std::vector<size_t> left;
  for (size_t sequence = cursor_; sequence < fates_.size(); ++sequence) {
    const bool asks =
        fates_[sequence] == Fate::kToAsk && inputs_.Of(inputs_.plan.At(sequence).arm).lane == lane;
    if (asks) left.push_back(sequence);
  }
  std::vector<ReadyCall> calls;
  if (left.empty()) return calls;
  TG_ASSIGN_OR_RETURN(ReadyCall call, Ask(left[static_cast<size_t>(number) % left.size()]));
  call.chat.max_attempts = 1;
  calls.push_back(std::move(call));
  SkipKnown();
  AddIntents(calls, rows);
  return calls;
}

absl::StatusOr<ReadyCall> RunBook::Ask(size_t sequence) {
  const PlannedCall planned = inputs_.plan.At(sequence);
  const RunArm& arm = inputs_.Of(planned.arm);
  TG_ASSIGN_OR_RETURN(const AskedExample* asked, examples_.Open(planned.example));
  fates_[sequence] = Fate::kAsked;
  ++asked_;
  return ReadyCall{sequence, arm.lane, arm.request.For(asked->example)};
}

void RunBook::AddIntents(const std::vector<ReadyCall>& calls, std::vector<store::Row>& rows) {
  if (calls.empty()) return;
  std::vector<std::string> keys;
  for (const ReadyCall& call : calls) keys.push_back(KeyOf(call.sequence));
  rows.push_back(IntentsRow(name(), ++last_intents_, keys));
}

void RunBook::SkipKnown() {
  while (more_to_ask() && fates_[cursor_] != Fate::kToAsk) ++cursor_;
}

void RunBook::MarkBack(size_t sequence, Fate fate) {
  fates_[sequence] = fate;
  --asked_;
  examples_.Close(inputs_.plan.At(sequence).example);
}

void RunBook::PutBack(const std::vector<size_t>& sequences) {
  for (const size_t sequence : sequences) {
    MarkBack(sequence, Fate::kToAsk);
    cursor_ = std::min(cursor_, sequence);
  }
}

void RunBook::GiveUpOutstanding() {
  for (size_t sequence = 0; sequence < fates_.size(); ++sequence) {
    if (fates_[sequence] != Fate::kAsked) continue;
    CountMaybeRepeated(inputs_.plan.At(sequence).arm);
    MarkBack(sequence, Fate::kToAsk);
  }
}

void RunBook::SettleIntents() {
  if (last_intents_ > 0) record_.set_settled_intents(IntentsKey(last_intents_));
}

// --- What comes back -----------------------------------------------------------------------------

std::optional<RunEnd> RunBook::Take(const FinishedCall& finished, std::vector<store::Row>& rows) {
  CallRecord call = ToRecord(finished);
  std::optional<RunEnd> end;
  if (finished.answer.status.ok()) {
    RecordMissing(watch_.OnAnswer(finished.lane, call.arm()).missing, rows);
    Record(call, examples_.At(inputs_.plan.At(finished.sequence).example).expected, rows);
  } else {
    end = watch_.OnFailure(finished.lane, std::move(call), finished.answer.status).end;
  }
  MarkBack(finished.sequence, Fate::kKnown);
  return end;
}

void RunBook::TakeLate(const FinishedCall& finished, std::vector<store::Row>& rows) {
  if (finished.answer.status.ok()) {
    Record(ToRecord(finished), examples_.At(inputs_.plan.At(finished.sequence).example).expected,
           rows);
  } else {
    late_attempts_ += finished.answer.attempts;
  }
  MarkBack(finished.sequence, Fate::kKnown);
}

std::optional<RunEnd> RunBook::TakeLast(std::vector<store::Row>& rows) {
  const FailureWatch::Verdict verdict = watch_.OnLast();
  RecordMissing(verdict.missing, rows);
  return verdict.end;
}

void RunBook::RecordMissing(const std::vector<CallRecord>& calls, std::vector<store::Row>& rows) {
  for (const CallRecord& call : calls) {
    tally_.Add(call, nullptr);
    rows.push_back(CallRow(name(), call));
  }
}

void RunBook::Record(const CallRecord& call, const Expected& expected,
                     std::vector<store::Row>& rows) {
  tally_.Add(call, &expected);
  rows.push_back(CallRow(name(), call));
}

CallRecord RunBook::ToRecord(const FinishedCall& finished) const {
  const PlannedCall planned = inputs_.plan.At(finished.sequence);
  const datasets::Example& example = examples_.At(planned.example).example;
  const providers::ChatAnswer& answer = finished.answer;
  CallRecord call;
  call.set_example(example.line);
  call.set_repeat(planned.repeat);
  call.set_arm(planned.arm);
  call.set_request_digest(inputs_.Of(planned.arm).request.Digest(example));
  call.set_text(answer.text);
  call.set_refused(answer.refused);
  call.set_finish_reason(ToValidUtf8(answer.finish_reason));
  call.set_answering_model(ToValidUtf8(answer.answering_model));
  call.set_provider_request_id(ToValidUtf8(answer.request_id));
  call.set_input_tokens(answer.input_tokens);
  call.set_cached_input_tokens(answer.cached_input_tokens);
  call.set_output_tokens(answer.output_tokens);
  call.set_attempts(answer.attempts);
  call.set_response_time_us(absl::ToInt64Microseconds(answer.response_time));
  call.set_user_time_us(absl::ToInt64Microseconds(finished.user_time));
  call.set_fresh_connection(answer.fresh_connection);
  *call.mutable_time() = ToProto(finished.time);
  if (answer.confidence.has_value()) call.set_confidence(*answer.confidence);
  call.set_sequence(static_cast<int64_t>(finished.sequence));
  call.set_session(session_);
  if (!answer.status.ok()) *call.mutable_failure() = providers::FailureOf(answer.status, "");
  return call;
}

std::string RunBook::KeyOf(size_t sequence) const {
  const PlannedCall planned = inputs_.plan.At(sequence);
  return CallKey(static_cast<int64_t>(planned.example) + 1, planned.repeat, planned.arm);
}

// --- What the record says of it ------------------------------------------------------------------

void RunBook::Fill(store::v1::EvaluationRecord& record) const {
  record.set_settled_intents(record_.settled_intents());
  record.set_baseline_maybe_repeated_calls(record_.baseline_maybe_repeated_calls());
  record.set_candidate_maybe_repeated_calls(record_.candidate_maybe_repeated_calls());
  record.set_unrecorded_attempts(record_.unrecorded_attempts() + late_attempts_ +
                                 watch_.held_attempts());
  v1::Evaluation& evaluation = *record.mutable_resource();
  *evaluation.mutable_usage() = tally_.Total(record, prices_);
  v1::Progress& progress = *evaluation.mutable_progress();
  progress.set_done(tally_.recorded());
  progress.set_total(static_cast<int64_t>(fates_.size()));
  auto& figures = *progress.mutable_figures();
  if (reused() > 0) figures["reused_answers"] = static_cast<double>(reused());
  if (const auto figure = tally_.AccuracyOf(kBaseline)) figures["baseline_accuracy"] = *figure;
  if (const auto figure = tally_.AccuracyOf(kCandidate)) figures["candidate_accuracy"] = *figure;
}

RunEnd RunBook::BudgetEnd() const {
  return {RunEnd::Kind::kBlocked,
          BudgetExhausted(name(), record_.resource().budget(), tally_.Total(record_, prices_),
                          tally_.answered())};
}

}  // namespace tunegate::evaluations
