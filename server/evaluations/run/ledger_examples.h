// The examples of an evaluation, each with its recorded calls: ledger and dataset read side by
// side, a page of rows and one example in memory at a time.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_EXAMPLES_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_EXAMPLES_H_

#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/evidence/answers/example.h"
#include "server/evaluations/run/example_file.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Takes an example with its calls, by repeat and arm; none where nobody was asked. An error ends
// the reading.
using ExampleVisitor = std::function<absl::Status(const datasets::Example&,
                                                  const std::vector<store::v1::CallRecord>& calls)>;

// Gives `visit` every example, in the file's order. Its first error; FAILED_PRECONDITION
// (kLedgerMismatch) for a call of no example of the file; errors of the store and of the file.
absl::Status ForEachExample(store::Store& store, std::string_view evaluation,
                            const ExampleFile& examples, const ExampleVisitor& visit);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_EXAMPLES_H_
