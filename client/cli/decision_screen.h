// The decision's screen: who was judged, every criterion with its evidence, why, what next, and the
// verdict as its last line.
#ifndef TUNEGATE_CLIENT_CLI_DECISION_SCREEN_H_
#define TUNEGATE_CLIENT_CLI_DECISION_SCREEN_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <optional>
#include <ostream>
#include <string>

#include "client/cli/ending.h"
#include "client/cli/table.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::cli {

// A decision with what it rests on, as far as it could be read.
struct DecisionView {
  v1::Decision decision;
  std::optional<v1::Evaluation> evaluation;
  std::optional<v1::Dataset> dataset;
};

// Everything but the verdict's line.
void PrintDecision(std::ostream& out, const Terminal& terminal, const DecisionView& view);
// The criteria alone, indented by two.
void PrintCriteria(std::ostream& out, const Terminal& terminal, const DecisionView& view);
// "verdict: GO". Nothing may follow it.
void PrintVerdict(std::ostream& out, v1::Decision::Verdict verdict);

Table DecisionTable(const google::protobuf::RepeatedPtrField<v1::Decision>& decisions);
void PrintForecast(std::ostream& out, const Terminal& terminal, const v1::Forecast& forecast);
// "a true gain of 10 points ends in GO 55 of 100 times at n = 100"
std::string ForecastText(const v1::Forecast& forecast);

// The ending that a verdict means; kDone when there is none.
Ending EndingOf(v1::Decision::Verdict verdict);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DECISION_SCREEN_H_
