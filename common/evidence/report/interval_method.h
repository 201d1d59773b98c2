// MethodOf: the interval that a policy asks for, as the arithmetic knows it.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_INTERVAL_METHOD_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_INTERVAL_METHOD_H_

#include "common/statistics/paired_difference.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::evaluations {

// Tango's where nothing, or nothing that this version knows, is asked for.
inline stats::DifferenceMethod MethodOf(v1::Policy::Interval interval) {
  switch (interval) {
    case v1::Policy::INTERVAL_NEWCOMBE:
      return stats::DifferenceMethod::kNewcombe;
    case v1::Policy::INTERVAL_BONETT_PRICE:
      return stats::DifferenceMethod::kBonettPrice;
    default:
      return stats::DifferenceMethod::kTango;
  }
}

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_INTERVAL_METHOD_H_
