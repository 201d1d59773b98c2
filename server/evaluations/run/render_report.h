// Rendering of an evaluation's report with all that belongs to it: its decision, its results, and
// the loss curve of the job that made the candidate.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RENDER_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RENDER_REPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/evaluations/run/report_spool.h"
#include "server/resources/repository.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// `name` is an evaluation, shown with its newest decision if there is one, or a decision. The spool
// is ready to be read. JUnit of an evaluation without a decision says what its frozen policy gives.
// NOT_FOUND; INVALID_ARGUMENT for another name or format; FAILED_PRECONDITION (NO_REPORT) for an
// evaluation that has not SUCCEEDED, (NO_CANDIDATE) for JUnit of a baseline alone.
absl::StatusOr<std::unique_ptr<ReportSpool>> RenderToSpool(resources::Repository& repository,
                                                           const std::string& name,
                                                           v1::RenderReportRequest::Format format);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RENDER_REPORT_H_
