// The evidence of an evaluation as JSON Lines: all that its figures are made of, so that anybody
// can make them again. Written by the server (FORMAT_EVIDENCE), read by `tunegate decision verify`.
//
//   {"format":"tunegate.evidence.v1","record":{...},"task":{...}}
//   {"calls":[{"arm":"ARM_BASELINE","text":...},...],"example":1,"expected":...,"query":...}
//   ...                                              one line an example, by rising line
//
// Every line is canonical JSON (RFC 8785; messages as message_json.h says) and ends in a line feed,
// so one evaluation has one file: its SHA-256 stands in the certificate, and `sha256sum` says it.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_EVIDENCE_LINES_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_EVIDENCE_LINES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::certificates {

// What was asked, of whom, and by which rule it was going to be judged.
struct EvidenceHeader {
  v1::Task task;
  // Its resource's spec as frozen, the models that were asked, the dataset's digest. Neither report
  // nor state, times, names for people and limits: these do not change a figure.
  store::v1::EvaluationRecord record;
};

// The parts of `task` and `record` that figures are made of.
EvidenceHeader MakeEvidenceHeader(const v1::Task& task, const store::v1::EvaluationRecord& record);

std::string WriteHeaderLine(const EvidenceHeader& header);
// Of a line without its line feed. INVALID_ARGUMENT (BAD_EVIDENCE) that says what is wrong.
absl::StatusOr<EvidenceHeader> ReadHeaderLine(std::string_view line);

// An example with its calls, by repeat and arm.
struct EvidenceExample {
  datasets::Example example;  // line, id, query, expected and slices
  std::vector<store::v1::CallRecord> calls;
};

// `calls` are all of this example, by repeat and arm.
std::string WriteExampleLine(const datasets::Example& example,
                             const std::vector<store::v1::CallRecord>& calls);
// As ReadHeaderLine.
absl::StatusOr<EvidenceExample> ReadExampleLine(std::string_view line);

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_EVIDENCE_LINES_H_
