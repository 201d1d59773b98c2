// The report as JSON: {"evaluation": E, "decision": D} in protobuf's JSON form of
// tunegate.v1.Evaluation and tunegate.v1.Decision (lowerCamelCase names, 64-bit integers as
// strings, times by RFC 3339), on one line, UTF-8, with a line feed at its end. `decision` is there
// when one was made.
//
// Complete: every field of the messages, zeros and empty lists included, so that a reader need not
// guess what an absent figure means; only what was not measured (an unset message or optional) is
// absent. Stable: fields stand in the order of the proto and map keys are sorted, so the same
// report gives the same bytes in every process.
#ifndef TUNEGATE_SERVER_EVALUATIONS_JSON_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_JSON_REPORT_H_

#include "absl/status/status.h"
#include "server/evaluations/result_source.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// `decision` may be null. Returns the sink's first error.
absl::Status RenderJson(const v1::Evaluation& evaluation, const v1::Decision* decision,
                        const ByteSink& sink);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_JSON_REPORT_H_
