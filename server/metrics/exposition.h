// Exposition: what a registry says at a moment, in Prometheus' text format. The one place that
// knows prometheus-cpp.
#ifndef TUNEGATE_SERVER_METRICS_EXPOSITION_H_
#define TUNEGATE_SERVER_METRICS_EXPOSITION_H_

#include <string>
#include <vector>

#include "server/metrics/registry.h"

namespace tunegate::metrics {

inline constexpr char kExpositionType[] = "text/plain; version=0.0.4; charset=utf-8";

// Families without members are left out.
std::string Exposition(const std::vector<FamilySnapshot>& snapshots);

}  // namespace tunegate::metrics

#endif  // TUNEGATE_SERVER_METRICS_EXPOSITION_H_
