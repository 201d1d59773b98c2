// One row of the criteria's table: what a criterion asks, what was observed, in the criterion's
// unit.
#ifndef TUNEGATE_CLIENT_CLI_CRITERIA_TEXT_H_
#define TUNEGATE_CLIENT_CLI_CRITERIA_TEXT_H_

#include <string>

#include "client/cli/decision_screen.h"

namespace tunegate::cli {

struct CriterionRow {
  std::string label;       // "overall accuracy"
  std::string baseline;    // "69.0 %", "21.4 ms" or "-"
  std::string candidate;   // the same
  std::string difference;  // "+22.0 points (+13 to +31)", "(83.8 to 95.2)", "x1.01 (1.00 to 1.02)"
  std::string required;    // ">= +10", ">= 85 %"; of the whole interval: "all > -5"
  std::string outcome;     // "PASS"
};

CriterionRow DescribeCriterion(const v1::Decision::CriterionResult& result,
                               const DecisionView& view);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_CRITERIA_TEXT_H_
