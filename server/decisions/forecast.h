// Forecast: the chance of each verdict before money is spent, by exact enumeration
// (statistics/power.h). The accuracy criteria over all examples are forecast; slices, structure and
// latency are not, and the explanation says so when the policy has none that can be. Examples are
// taken each for itself, by Tango's interval: how alike the examples of a family are is known
// afterwards.
#ifndef TUNEGATE_SERVER_DECISIONS_FORECAST_H_
#define TUNEGATE_SERVER_DECISIONS_FORECAST_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::decisions {

struct ForecastInput {
  v1::Policy policy = {};  // valid and complete
  double baseline_accuracy = 0;
  // Unset: the policy's target.
  std::optional<double> gain = std::nullopt;
  // Share of examples that change sides. Unset: the gain + 0.10, as far as the baseline allows.
  std::optional<double> discordance = std::nullopt;
  int64_t example_count = 0;
};

// INVALID_ARGUMENT (INVALID_FORECAST) with all field violations, as in ForecastDecisionRequest:
// baseline_accuracy outside [0, 1] or NaN, expected_gain outside [-1, 1], discordance outside
// [0, 1] or below |gain|, example_count outside [1, 1,000,000].
absl::StatusOr<v1::Forecast> ForecastDecision(const ForecastInput& input);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_SERVER_DECISIONS_FORECAST_H_
