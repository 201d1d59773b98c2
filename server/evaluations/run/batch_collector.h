// From the files that a batch gave to rows of the ledger. Answers are matched by custom_id, which
// is the ledger's key, so that a line that comes twice, or of nobody, does no harm: it is counted.
// What came back without an answer is asked again, or recorded as missing after kMostAsks batches.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_COLLECTOR_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_COLLECTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/run/batch_book.h"
#include "server/evaluations/run/batch_step.h"
#include "server/evaluations/run/batch_window.h"
#include "server/providers/provider.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// What came of a batch.
struct BatchHarvest {
  int64_t answers = 0;
  int64_t failures = 0;   // recorded as missing
  int64_t ask_again = 0;  // to be asked in another batch
  // Lines that were ignored.
  int64_t unknown = 0, repeated = 0, unreadable = 0;
  // Why the evaluation does not simply go on: quota, key or permission (of some lines), or an arm
  // that cannot be asked at all, of which nothing is recorded then.
  std::optional<RunEnd> end;

  // "198 answers, 2 to be asked again; ignored: 1 line of unknown custom_id".
  std::string ToText() const;
  bool ignored_any() const { return unknown + repeated + unreadable > 0; }
};

// Not thread-safe; used once. What it is given outlives it.
class BatchCollector {
 public:
  BatchCollector(BatchStep* step, BatchBook* book, const store::v1::ProviderBatch* batch)
      : step_(*step), book_(*book), batch_(*batch) {}

  // Reads the files of `remote`, adds to the book and commits rows on the way, all but the last
  // ones, which are left in `rows`. NOT_FOUND when a file is not there (`files_may_be_gone`: it is
  // taken to be empty); errors of the provider, of temporary files and of the store.
  absl::StatusOr<BatchHarvest> Collect(const providers::RemoteBatch& remote, bool files_may_be_gone,
                                       std::vector<store::Row>& rows);

 private:
  absl::Status ReadFile(const std::string& file_id, bool may_be_gone);
  absl::Status TakeLine(std::string_view line);
  absl::Status Record(size_t sequence, const providers::ChatAnswer& answer);
  absl::Status Judge(size_t sequence);
  void JudgeHeld();
  absl::Status RecordFailure(size_t sequence, const absl::Status& status);
  RunEnd CannotBeAsked(const absl::Status& status) const;
  absl::Status Push(store::v1::CallRecord call, const Expected* expected);

  BatchStep& step_;
  BatchBook& book_;
  const store::v1::ProviderBatch& batch_;
  providers::Provider* provider_ = nullptr;
  Window window_;
  std::optional<BatchWindows> windows_;
  std::vector<bool> seen_;                 // of the window, by sequence - window_.first
  std::map<size_t, absl::Status> failed_;  // by sequence
  // Calls that count as failed unless their arm cannot be asked at all, and why, of one of them.
  int64_t held_ = 0;
  absl::Status held_status_;
  BatchHarvest harvest_;
  std::vector<store::Row> rows_;
  size_t row_bytes_ = 0;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_COLLECTOR_H_
