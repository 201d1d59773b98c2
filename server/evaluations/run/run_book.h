// RunBook: a step's knowledge of its calls. It reads the ledger once, says what is to be asked
// next, and turns what comes back into rows, figures, or the end of the evaluation. It neither
// sends nor commits.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BOOK_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/evaluations/run/answer_reuse.h"
#include "server/evaluations/run/asked_examples.h"
#include "server/evaluations/run/call_pump.h"
#include "server/evaluations/run/failure_watch.h"
#include "server/evaluations/run/run_end.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/evaluations/run/run_tally.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// A recorded call that a limit by the minute still counts.
struct RecentCall {
  size_t lane = 0;
  absl::Time time;
  int64_t attempts = 0;
  int64_t tokens = 0;
};

// Not thread-safe. What it is given by pointer outlives it.
class RunBook {
 public:
  // `session` is the lease's attempt: who asks now.
  RunBook(const RunInputs* inputs, const store::v1::EvaluationRecord& record, const Prices* prices,
          int64_t session);

  // Reads what is recorded, and counts the calls that earlier steps were about to send and did not
  // record. FAILED_PRECONDITION (kLedgerMismatch) for a record that was not asked of the inputs;
  // errors of the store.
  absl::Status Load(store::Store& store, absl::Time now);
  // What Load found of the minute before `now` of an evaluation with a rate limit, by time. Once.
  std::vector<RecentCall> TakeRecent();
  // Whether Load found calls that may have been asked already.
  bool found_maybe_repeated() const { return found_maybe_repeated_; }

  // Tells `reuse` what is not answered yet. Errors of the dataset's file.
  absl::Status Want(AnswerReuse& reuse) const;
  // Takes an earlier answer for a call: adds its row.
  absl::Status TakeReused(const AnswerReuse::Found& found, std::vector<store::Row>& rows);

  bool more_to_ask() const { return cursor_ < fates_.size(); }
  // Calls that Next gave away and that have not come back.
  size_t asked() const { return asked_; }
  // How many more calls the budget leaves.
  int64_t WithinBudget() const;
  // The next calls, at most `count`, and the row that must be committed before they are sent.
  // Errors of the dataset's file.
  absl::StatusOr<std::vector<ReadyCall>> Next(size_t count, std::vector<store::Row>& rows);

  // The provider of this lane did not answer when it was last asked.
  void ExpectSilence(size_t lane) { watch_.ExpectSilence(lane); }
  // As Next: one call, with one attempt, by which that provider may show that it answers again. By
  // their `number` they differ, for one call may fail for reasons of its own. None when the
  // provider has nothing more to be asked.
  absl::StatusOr<std::vector<ReadyCall>> NextProbe(size_t lane, int number,
                                                   std::vector<store::Row>& rows);

  // A call has come back: adds the rows that it is worth. Returns the evaluation's end when it
  // means that.
  std::optional<RunEnd> Take(const FinishedCall& finished, std::vector<store::Row>& rows);
  // A call that comes back after the end: its answer counts, its failure does not.
  void TakeLate(const FinishedCall& finished, std::vector<store::Row>& rows);
  // No more calls will come back: adds what was held back, or says that nobody can be asked.
  std::optional<RunEnd> TakeLast(std::vector<store::Row>& rows);

  // These were never sent after all.
  void PutBack(const std::vector<size_t>& sequences);
  // What has not come back by now may have been answered: counts it.
  void GiveUpOutstanding();
  // Every intent so far is accounted for: nothing of it is to be counted by the next step.
  void SettleIntents();

  int64_t recorded() const { return tally_.recorded(); }
  int64_t reused() const { return tally_.reused(); }
  // Writes figures, usage and counts into a record.
  void Fill(store::v1::EvaluationRecord& record) const;
  // The failure of a budget that leaves nothing.
  RunEnd BudgetEnd() const;

 private:
  enum class Fate : uint8_t {
    kToAsk,
    kAsked,  // its intent is committed, or about to be
    kKnown,  // recorded, or failed and held back
  };

  absl::Status LoadCalls(store::Store& store, absl::Time now);
  void NoteRecent(const store::v1::CallRecord& call, absl::Time now);
  void TakeRecorded(const store::v1::CallRecord& call, size_t sequence, const Expected& expected);
  absl::Status CountMaybeRepeated(store::Store& store);
  void CountMaybeRepeated(Arm arm);
  void Record(const store::v1::CallRecord& call, const Expected& expected,
              std::vector<store::Row>& rows);
  void RecordMissing(const std::vector<store::v1::CallRecord>& calls,
                     std::vector<store::Row>& rows);
  // Gives a call away.
  absl::StatusOr<ReadyCall> Ask(size_t sequence);
  void AddIntents(const std::vector<ReadyCall>& calls, std::vector<store::Row>& rows);
  void SkipKnown();
  void MarkBack(size_t sequence, Fate fate);
  store::v1::CallRecord ToRecord(const FinishedCall& finished) const;
  std::string KeyOf(size_t sequence) const;
  const std::string& name() const { return record_.resource().name(); }

  const RunInputs& inputs_;
  const Prices& prices_;
  store::v1::EvaluationRecord record_;  // as read, with the counts kept up
  const int64_t session_;
  AskedExamples examples_;
  std::vector<Fate> fates_;   // by sequence
  size_t cursor_ = 0;         // all before it is asked or known
  size_t asked_ = 0;          // how many fates are kAsked
  int64_t last_intents_ = 0;  // number of the last row of intents
  std::vector<RecentCall> recent_;
  bool found_maybe_repeated_ = false;
  int64_t late_attempts_ = 0;
  RunTally tally_;
  FailureWatch watch_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BOOK_H_
