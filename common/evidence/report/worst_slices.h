// WorstSlices: where the judged arm does worst, of what a report says by slice.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_WORST_SLICES_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_WORST_SLICES_H_

#include <string>
#include <vector>

#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// At most 5 slices of at least 10 answered examples whose overall accuracy is below that of all
// examples, by the upper bound of its interval, worst first: a slice that may be as good as any by
// chance comes late. The candidate's where there is one, otherwise the baseline's. Pure.
std::vector<std::string> WorstSlices(const v1::Report& report);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_WORST_SLICES_H_
