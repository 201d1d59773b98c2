// The report as one HTML file that needs nothing else: no script, no font, no image from outside,
// and a Content-Security-Policy that would stop them. Readable on a phone and on paper, in light
// and dark, by keyboard and screen reader. Whatever comes from outside (queries, answers, model
// names, labels) is hostile until escaped and is escaped (html/escape.h).
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_REPORT_H_

#include <vector>

#include "absl/status/status.h"
#include "server/evaluations/result_source.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

struct HtmlReportInput {
  const v1::Task* task = nullptr;              // required
  const v1::Evaluation* evaluation = nullptr;  // required, with its report
  const v1::Decision* decision = nullptr;      // may be null
  ResultSource results;                        // may be empty: no examples are shown
  std::vector<v1::JobMetric> job_metrics;      // of the job that made the candidate; may be empty
};

// Writes the page. Reads `results` once and keeps at most 100 of them, abbreviated, so that memory
// does not grow with the test set; the page says how to get all. Returns the first error of source
// or sink; FAILED_PRECONDITION (NO_REPORT) without a report.
absl::Status RenderHtml(const HtmlReportInput& input, const ByteSink& sink);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_REPORT_H_
