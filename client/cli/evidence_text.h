// What a report's evidence comes to, as facts for screens: what is assured, on how many clusters it
// rests, where it is worst, who changed sides, how sure the models were.
#ifndef TUNEGATE_CLIENT_CLI_EVIDENCE_TEXT_H_
#define TUNEGATE_CLIENT_CLI_EVIDENCE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "client/cli/facts.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::cli {

// The metric of all examples with this id, or nullptr.
const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id,
                                     std::string_view slice = "");

// "+13.3 points assured (measured +22.0; the lower end of its 95 % interval)"; "none assured (...)"
// where the interval begins at 0 or below; empty without a comparison. `assured` is its lower
// bound.
std::string AssuredGainText(const v1::Report& report, double assured);
// "160 examples in 40 clusters by family".
std::string ExamplesText(const v1::Report& report);
// "look 2, alpha .025 in place of .05"; empty for look 0.
std::string LookText(int look, double policy_confidence);

// "datasets/a asks the same"; "datasets/a and 2 others ask the same"; empty where none does.
std::string RelatedText(const v1::Evaluation& evaluation);

// "worst" slices, "lost" and "gained" by confusion, "scores", "calibration": what there is of them.
void AddWorstSlices(const v1::Report& report, Facts& facts);
void AddChanges(const v1::Report& report, Facts& facts);
void AddScores(const v1::Report& report, Facts& facts);
void AddCalibrations(const v1::Report& report, Facts& facts);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_EVIDENCE_TEXT_H_
