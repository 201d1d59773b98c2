// ReportBuilder: from answers to figures. Pure: the same examples, calls and options give the same
// digits on any machine, whatever the order in which answers came.
//
//   TG_ASSIGN_OR_RETURN(ReportBuilder builder, ReportBuilder::Create(task, options));
//   for (const Example& example : examples) {  // by rising line
//     TG_RETURN_IF_ERROR(builder.Add(example, calls_of(example)));
//   }
//   v1::Report report = builder.Finish();
//
// It keeps counts and a few numbers for each call, never texts: memory grows by about 40 bytes an
// example (more with repeats, confidences, and a cluster key of nearly as many values as examples).
// What the figures mean stands in report.proto; beyond it:
//  * A call that failed is missing: outside of shares and confusions, counted beside them, infinite
//    for latency_ratio and not in the latency summaries.
//  * A pair enters a paired comparison when both arms answered the same example and repeat.
//  * With repeat_count > 1 cells count pairs (every repeat is one), and values are means over
//    examples of the means over their repeats.
//  * With clusters (cluster_book.h) or repeats intervals are cluster-robust
//  (statistics/clustered.h)
//    and p-values are of the clusters, or without them the examples, that did better or worse on
//    balance (a sign test). A slice of the cluster key is one cluster: its figures take its
//    examples as they are.
//  * Response times leave out calls that had to connect first, each arm's very first call, and
//    answers that were reused or came in a batch. latency_ratio also leaves out pairs that were not
//    asked side by side (pair_times.h). Reused answers are in no usage and cost nothing; both kinds
//    count for accuracy.
//  * p95 is set from 500 calls, p99 from 2,500.
//  * Slices are the example's own (metadata), each category field's right value (`intent=GIFT`),
//    and `query_length` (short: under 40 code points, long: 80 or more, else medium). A key with
//    more than 200 values is no slice; a warning says so.
//  * FIELD.accuracy is not reported for a task of bare text, where it is overall_accuracy, nor is
//    json_valid_rate.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// What a report needs to know beside the answers.
struct ReportOptions {
  // Two-sided coverage of all intervals. For look k pass stats::ConfidenceAtLook(policy's, look):
  // decisions cannot widen bootstrap and clustered intervals afterwards.
  double confidence = 0.95;
  uint64_t seed = 1;           // of the bootstrap
  bool has_candidate = false;  // false: the baseline alone
  int32_t repeat_count = 1;    // as the evaluation's; 0 counts as 1
  // As the policy's.
  std::string cluster_key;
  v1::Policy::Interval interval = v1::Policy::INTERVAL_UNSPECIFIED;
  // The models that were asked, with jobs resolved: for the warning that another one answered.
  std::string baseline_model;
  std::string candidate_model;
  bool reuse_answers = false;  // as the evaluation's
  // The price table's name, and what an arm's usage costs by it: nothing where the model has no
  // price. May be empty.
  std::string price_table;
  std::function<std::optional<v1::Money>(const std::string& model, const v1::Usage&)> price;
  // Calls of this arm that were in flight when a server died.
  int64_t baseline_maybe_repeated = 0;
  int64_t candidate_maybe_repeated = 0;
};

// Not thread-safe. Movable.
class ReportBuilder {
 public:
  // As Grader::Create.
  static absl::StatusOr<ReportBuilder> Create(const v1::Task& task, ReportOptions options);
  ~ReportBuilder();
  ReportBuilder(ReportBuilder&&) noexcept;
  ReportBuilder& operator=(ReportBuilder&&) noexcept;

  // Takes an example with all its calls, in any order. Repeats and arms without a call count as
  // missing. INVALID_ARGUMENT: (BAD_EXPECTED_ANSWER) as Grader::Prepare, with the line; INTERNAL
  // (CALLS_OUT_OF_ORDER) for lines that do not rise, for calls of another example (the ledger no
  // longer matches the dataset) and for two calls of one arm and repeat.
  absl::Status Add(const datasets::Example& example,
                   const std::vector<const store::v1::CallRecord*>& calls);

  // The report. Call once. Without examples it says so in its warnings.
  v1::Report Finish();

 private:
  class Impl;
  explicit ReportBuilder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The same at once; `calls` in any order. A call whose example is not among `examples` gives
// INTERNAL (CALLS_OUT_OF_ORDER).
absl::StatusOr<v1::Report> BuildReport(const v1::Task& task,
                                       const std::vector<datasets::Example>& examples,
                                       const std::vector<store::v1::CallRecord>& calls,
                                       ReportOptions options);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_H_
