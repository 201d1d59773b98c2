#include "server/evaluations/run/ledger_examples.h"

#include <utility>

#include "common/errors.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

// Calls come by example; what an example has is known when the next one's first call is there.
class Merge {
 public:
  Merge(const ExampleFile& examples, const ExampleVisitor& visit)
      : size_(examples.size()), reader_(&examples), visit_(visit) {}

  absl::Status Take(CallRecord& call) {
    if (!calls_.empty() && calls_.front().example() != call.example()) {
      TG_RETURN_IF_ERROR(Flush());
    }
    calls_.push_back(std::move(call));
    return absl::OkStatus();
  }
  absl::Status Finish() {
    if (!calls_.empty()) TG_RETURN_IF_ERROR(Flush());
    return VisitUntil(size_);
  }

 private:
  // The gathered example, and those before it that nobody was asked about.
  absl::Status Flush() {
    const auto index = static_cast<size_t>(calls_.front().example() - 1);
    if (index >= size_) {
      return FailedPrecondition(kLedgerMismatch, "a recorded call is of no example of the dataset");
    }
    TG_RETURN_IF_ERROR(VisitUntil(index));
    TG_RETURN_IF_ERROR(VisitNext(std::exchange(calls_, {})));
    return absl::OkStatus();
  }
  absl::Status VisitUntil(size_t index) {
    while (reader_.next() < index) TG_RETURN_IF_ERROR(VisitNext({}));
    return absl::OkStatus();
  }
  absl::Status VisitNext(const std::vector<CallRecord>& calls) {
    TG_ASSIGN_OR_RETURN(const datasets::Example example, reader_.Next());
    return visit_(example, calls);
  }

  const size_t size_;
  ExampleFile::Reader reader_;  // its next one is the first example that was not visited
  const ExampleVisitor& visit_;
  std::vector<CallRecord> calls_;  // of one example
};

}  // namespace

absl::Status ForEachExample(store::Store& store, std::string_view evaluation,
                            const ExampleFile& examples, const ExampleVisitor& visit) {
  Merge merge(examples, visit);
  TG_RETURN_IF_ERROR(
      ForEachCall(store, evaluation, "", [&merge](CallRecord& call) { return merge.Take(call); }));
  return merge.Finish();
}

}  // namespace tunegate::evaluations
