// ResultReader: an evaluation's results made from its ledger on the fly, by example. In memory are
// a page of rows and one example at a time.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RESULT_READER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RESULT_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/answers/grading.h"
#include "server/evaluations/result_source.h"
#include "server/evaluations/run/example_file.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// Immutable, so thread-safe. The repository outlives it.
class ResultReader {
 public:
  // FAILED_PRECONDITION (DATASET_DELETED, LEDGER_MISMATCH); errors of the store.
  static absl::StatusOr<std::shared_ptr<const ResultReader>> Open(
      resources::Repository& repository, const store::v1::EvaluationRecord& record);

  const v1::Task& task() const { return task_; }

  // Where a reading goes on: behind this row of the ledger. Empty: from the beginning.
  using Cursor = std::string;
  // Takes a result; false ends the reading before it.
  using Taker = std::function<absl::StatusOr<bool>(const v1::Result&, const Cursor& behind)>;

  // Gives `take` the results behind `after`, each with the cursor behind it. Errors of the store
  // and of `take`; FAILED_PRECONDITION (LEDGER_MISMATCH).
  absl::Status Read(const Cursor& after, const Taker& take) const;
  // All of them, for reports.
  ResultSource Source() const;

 private:
  class Walk;

  ResultReader(resources::Repository* repository, std::string evaluation, v1::Task task,
               Grader grader, ExampleFile examples);

  resources::Repository& repository_;
  const std::string evaluation_;
  const v1::Task task_;
  const Grader grader_;
  const ExampleFile examples_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RESULT_READER_H_
