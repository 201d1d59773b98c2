// What several sections say alike: names of metrics, figures with their intervals, verdicts.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_WORDS_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_WORDS_H_

#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"
#include "server/evaluations/html/page.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations::html {

// "overall_accuracy" is "overall accuracy"; "intent_type.accuracy" is "intent_type"; with a slice
// "overall accuracy, noise = typo".
std::string MetricLabel(std::string_view metric_id, std::string_view slice);
// "noise = typo" of "noise=typo".
std::string SliceLabel(std::string_view slice);
// A field's id; "answer" for a task of bare text.
std::string FieldName(const std::string& id);

// The metric of all examples (or of a slice) with this id, or nullptr.
const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id,
                                     std::string_view slice = "");
// The improvement over all examples that the policy asks for, with what came of it, or nullptr.
const v1::Decision::CriterionResult* ImprovementIn(const v1::Decision& decision);

// "+22.0 (+13.3 to +31.7)"; "not measured" without a sample.
std::string DifferenceWithInterval(const v1::Estimate& estimate);
// A figure with its interval beneath it, smaller: inside a cell. "not measured" without a sample.
void WriteShare(const v1::Estimate& estimate, Writer& w);
void WriteDifference(const v1::Estimate& estimate, Writer& w);
// "95 %", "97.5 %": as few decimals as tell it.
std::string ConfidenceText(double confidence);
// How intervals of shares and of differences were made, with the clusters: two or three sentences.
std::string IntervalWords(const Page& page);

// "GO", "NO_GO" or "INCONCLUSIVE".
std::string_view VerdictName(v1::Decision::Verdict verdict);
// "2026-11-22 10:27 UTC".
std::string DateText(const google::protobuf::Timestamp& time);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_WORDS_H_
