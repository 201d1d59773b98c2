// EvaluationRun: one step's asking. One thread commits; answers come and calls go on the providers'
// threads (call_pump.h). A cycle of it:
//
//   take what was answered -> grade it -> one commit: calls, the next intents, progress, the lease
//   -> hand the next calls to the pump
//
// Intents are committed before their calls are sent. So that no slot waits for a commit, some calls
// more than fit in flight have theirs ahead of time: as few as keep the slots busy, doubled
// whenever slots ran dry. After a death, sent or not, all of them count as maybe repeated; hence
// few.
//
// Of a provider that does not answer (failure_watch.h) the evaluation is BLOCKED. Its steps then
// look with one call whether it does again; if so, the step goes on as any other.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_RUN_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_RUN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/admin/work_pause.h"
#include "server/evaluations/run/call_pump.h"
#include "server/evaluations/run/list_prices.h"
#include "server/evaluations/run/run_book.h"
#include "server/evaluations/run/run_end.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/evaluations/run/run_tally.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"

namespace tunegate::evaluations {

struct StepperOptions {
  // As the runner's. Renewed with every commit, at the latest when a third of it is over.
  absl::Duration lease_duration = absl::Seconds(30);
  // How long a step that ends waits, in real time, for the calls that are out. What has not come
  // back by then is asked again, and counted as maybe repeated. Well below lease_duration.
  absl::Duration drain_time = absl::Seconds(10);
  // Answers are gathered for so long, in real time, before they are committed.
  absl::Duration commit_interval = absl::Milliseconds(25);
  Prices prices = ListPrices();
};

// Not thread-safe; used once. What it is given outlives it.
class EvaluationRun {
 public:
  EvaluationRun(resources::Repository* repository, const admin::WorkPause* pause,
                const RunInputs* inputs, const store::v1::EvaluationRecord& record,
                const store::Lease& lease, const runner::StopSignal* stop,
                const StepperOptions* options);

  // Asks until the end, which it commits. FAILED_PRECONDITION (kLedgerMismatch) when what is
  // recorded was not asked of the inputs; errors of the store and of the report.
  absl::Status Go();

 private:
  // What the next commit writes, and the calls that may go after it.
  struct Batch {
    std::vector<store::Row> rows;
    std::vector<ReadyCall> calls;
  };

  // Takes what earlier evaluations asked, where that is wished for.
  absl::Status ReuseAnswers();
  absl::StatusOr<RunEnd> AskAll();
  // One cycle up to its commit; an end when it has come.
  absl::StatusOr<std::optional<RunEnd>> Cycle(Batch& batch);
  // What others want: an end, or nothing.
  absl::StatusOr<std::optional<RunEnd>> LookAround();
  std::optional<RunEnd> TakeAnswers(Batch& batch);
  absl::StatusOr<std::optional<RunEnd>> ChooseNext(Batch& batch);
  // The provider that was waited for answers, or is not needed any more: tells so, with the rows.
  absl::Status LeaveOutage(const std::vector<store::Row>& rows);
  // Waits for what is out and commits what came of it.
  absl::Status Drain(Batch& batch);
  absl::Status Finish(const RunEnd& end);

  absl::Status Commit(std::vector<store::Row> rows);
  absl::Status CommitWithProgress(const std::vector<store::Row>& rows, v1::Event::Type type,
                                  std::string_view message);
  bool ProgressIsDue() const;
  void FillEstimate(v1::Evaluation& evaluation) const;
  void HoldLease(store::Transaction& transaction) const;
  // What began at this monotonic time has renewed it.
  void LeaseRenewed(absl::Duration begin);

  resources::Repository& repository_;
  const admin::WorkPause& pause_;
  const RunInputs& inputs_;
  const store::v1::EvaluationRecord& record_;  // as the step began
  const store::Lease lease_;
  const runner::StopSignal& stop_;
  const StepperOptions& options_;
  const size_t max_in_flight_;

  RunBook book_;
  CallPump pump_;
  std::vector<store::Row> session_;  // what is still to be recorded of it
  size_t ahead_;                     // intents beyond what fits in flight
  bool begun_ = false;               // something was asked
  // Whose provider did not answer when it was last asked: one call at a time asks whether it does,
  // and nothing is told until then.
  std::optional<size_t> silent_lane_;
  bool heard_ = false;  // it does
  const absl::Duration begin_;
  int64_t recorded_before_ = 0;
  absl::Duration last_commit_;
  absl::Duration last_progress_ = -absl::InfiniteDuration();
  int64_t last_progress_recorded_ = -1;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_RUN_H_
