// The results as CSV (RFC 4180): a header, then one line an example, repeat and variant; CRLF, all
// UTF-8. A cell that a spreadsheet would run as a formula (it begins with = + - @, a tab or a
// carriage return) gets an apostrophe in front, as OWASP advises; numbers of ours never need one.
#ifndef TUNEGATE_SERVER_EVALUATIONS_CSV_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_CSV_REPORT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/evaluations/result_source.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// Columns: example_id, repeat, variant (baseline or candidate), query, expected, answer,
// json_valid, schema_valid, FIELD_right for each scored field, right, changed, response_time_ms,
// attempts, answering_model, finish_reason, refused, failure, provider_request_id, slices
// (`key=value` joined by "; "), confidence (empty without log-probabilities), reused_from (empty:
// asked here), FIELD_score for each scored field. New columns come last. What was not measured is
// an empty cell. Returns the first error of source or sink.
absl::Status RenderCsv(const v1::Task& task, const ResultSource& results, const ByteSink& sink);

// `text` as one CSV cell, quoted where needed.
std::string CsvCell(std::string_view text);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_CSV_REPORT_H_
