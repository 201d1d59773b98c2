// ReportOptionsOf: what a report of an evaluation is made with. One place for the server, which
// reports, and for `tunegate decision verify`, which makes the same report again: a field that
// changes figures must be set here, or the second report differs from the first.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_OPTIONS_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_OPTIONS_H_

#include "common/evidence/report/report_builder.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Everything but the prices, which only the server knows. Pure.
ReportOptions ReportOptionsOf(const store::v1::EvaluationRecord& record);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_OPTIONS_H_
