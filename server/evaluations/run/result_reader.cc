#include "server/evaluations/run/result_reader.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/call_pairs.h"
#include "common/evidence/answers/results.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/tasks/task_api.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

}  // namespace

// One reading: gathers the calls of an example, then makes its results.
class ResultReader::Walk {
 public:
  Walk(const ResultReader& reader, const Taker& take) : reader_(reader), take_(take) {}

  absl::Status Take(CallRecord& call) {
    if (!calls_.empty() && calls_.front().example() != call.example()) {
      TG_RETURN_IF_ERROR(Flush());
    }
    calls_.push_back(std::move(call));
    return absl::OkStatus();
  }

  absl::Status Flush() {
    if (calls_.empty()) return absl::OkStatus();
    const int64_t line = calls_.front().example();
    if (line < 1 || line > static_cast<int64_t>(reader_.examples_.size())) {
      return FailedPrecondition(kLedgerMismatch, absl::StrCat("a recorded call is of line ", line,
                                                              ", which the dataset has not"));
    }
    TG_ASSIGN_OR_RETURN(const datasets::Example example,
                        reader_.examples_.Read(static_cast<size_t>(line) - 1));
    TG_ASSIGN_OR_RETURN(const Expected expected, reader_.grader_.Prepare(example.expected));
    std::vector<const CallRecord*> calls;
    for (const CallRecord& call : calls_) calls.push_back(&call);
    TG_ASSIGN_OR_RETURN(const std::vector<CallPair> pairs, PairCalls(example, calls));
    for (const CallPair& pair : pairs) TG_RETURN_IF_ERROR(Give(example, expected, pair));
    calls_.clear();
    return absl::OkStatus();
  }

  // The taker wants no more.
  bool enough() const { return enough_; }

 private:
  absl::Status Give(const datasets::Example& example, const Expected& expected,
                    const CallPair& pair) {
    const v1::Result result =
        MakeResult(reader_.grader_, example, expected, pair.baseline, pair.candidate);
    // Behind the candidate's row, whether it is there or not.
    const Cursor behind = CallKey(example.line, pair.repeat, CallRecord::ARM_CANDIDATE);
    TG_ASSIGN_OR_RETURN(const bool more, take_(result, behind));
    enough_ = !more;
    // Ends the reading of rows; Read knows that it is no error.
    return more ? absl::OkStatus() : absl::CancelledError();
  }

  const ResultReader& reader_;
  const Taker& take_;
  std::vector<CallRecord> calls_;  // of one example
  bool enough_ = false;
};

ResultReader::ResultReader(resources::Repository* repository, std::string evaluation, v1::Task task,
                           Grader grader, ExampleFile examples)
    : repository_(*repository),
      evaluation_(std::move(evaluation)),
      task_(std::move(task)),
      grader_(std::move(grader)),
      examples_(std::move(examples)) {}

absl::StatusOr<std::shared_ptr<const ResultReader>> ResultReader::Open(
    resources::Repository& repository, const store::v1::EvaluationRecord& record) {
  TG_ASSIGN_OR_RETURN(v1::Task task, tasks::FindTask(repository, record.resource().task(), "task"));
  TG_ASSIGN_OR_RETURN(Grader grader, Grader::Create(task));
  TG_ASSIGN_OR_RETURN(ExampleFile examples, OpenExamples(repository, record));
  return std::shared_ptr<const ResultReader>(new ResultReader(&repository, record.resource().name(),
                                                              std::move(task), std::move(grader),
                                                              std::move(examples)));
}

absl::Status ResultReader::Read(const Cursor& after, const Taker& take) const {
  Walk walk(*this, take);
  absl::Status status = ForEachCall(repository_.store(), evaluation_, after,
                                    [&walk](CallRecord& call) { return walk.Take(call); });
  if (status.ok()) status = walk.Flush();
  return walk.enough() ? absl::OkStatus() : status;
}

ResultSource ResultReader::Source() const {
  return [this](const ResultVisitor& visit) {
    return Read("", [&visit](const v1::Result& result, const Cursor&) -> absl::StatusOr<bool> {
      TG_RETURN_IF_ERROR(visit(result));
      return true;
    });
  };
}

}  // namespace tunegate::evaluations
