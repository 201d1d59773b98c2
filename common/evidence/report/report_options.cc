#include "common/evidence/report/report_options.h"

#include "common/statistics/multiplicity.h"

namespace tunegate::evaluations {

ReportOptions ReportOptionsOf(const store::v1::EvaluationRecord& record) {
  const v1::Evaluation& evaluation = record.resource();
  ReportOptions options;
  options.confidence = stats::ConfidenceAtLook(evaluation.policy().confidence(), evaluation.look());
  options.seed = static_cast<uint64_t>(evaluation.seed());
  options.has_candidate = evaluation.has_candidate();
  options.repeat_count = evaluation.repeat_count();
  options.cluster_key = evaluation.policy().cluster_key();
  options.interval = evaluation.policy().interval();
  options.baseline_model = record.baseline_model();
  options.candidate_model = record.candidate_model();
  options.reuse_answers = evaluation.reuse_answers();
  options.baseline_maybe_repeated = record.baseline_maybe_repeated_calls();
  options.candidate_maybe_repeated = record.candidate_maybe_repeated_calls();
  return options;
}

}  // namespace tunegate::evaluations
