// A made-up evaluation with everything that a report can show: for tests of its renderings, and to
// be looked at (sample_report). The figures come from the product's own builder and judge.
#ifndef TUNEGATE_SERVER_EVALUATIONS_REPORT_SAMPLE_H_
#define TUNEGATE_SERVER_EVALUATIONS_REPORT_SAMPLE_H_

#include <optional>
#include <string_view>
#include <vector>

#include "server/evaluations/result_source.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// Which story the figures tell.
enum class SampleKind {
  kGo,
  kNoGo,          // the candidate is slower and no better
  kInconclusive,  // better, and not shown to be better by the target
  kBaseline,      // no candidate
  kBatch,         // as kGo, through the Batch API: no response times
  kSecondLook,    // as kInconclusive at the second look, with reused answers
};
// "GO", "NO_GO", "INCONCLUSIVE", "BASELINE", "BATCH" or "SECOND_LOOK"; nothing for another name.
std::optional<SampleKind> SampleKindOf(std::string_view name);

struct ReportSample {
  v1::Task task;
  v1::Evaluation evaluation;             // with its report
  std::optional<v1::Decision> decision;  // of what has a candidate
  std::vector<v1::Result> results;
  std::vector<v1::JobMetric> job_metrics;

  const v1::Decision* decision_or_null() const { return decision ? &*decision : nullptr; }
  // Reads `results`; the sample must live longer.
  ResultSource Source() const;
};

// The same for ever. `examples` is at least 1.
ReportSample MakeReportSample(SampleKind kind, int examples = 160);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_REPORT_SAMPLE_H_
