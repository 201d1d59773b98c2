// Makes the findings of a certificate again from its evidence, and says where they differ. The same
// code that the server runs grades, reports and decides, so equal evidence gives equal digits.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_RECOMPUTE_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_RECOMPUTE_H_

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::certificates {

struct Recomputed {
  std::string evidence_sha256;  // of all bytes
  json::Value findings;
  int64_t example_count = 0;
  int64_t answer_count = 0;
};

// Reads JSON Lines (evidence_lines.h) to their end, one line in memory at a time, and decides by
// `policy`. INVALID_ARGUMENT (BAD_EVIDENCE) with the line that cannot be read or does not belong.
absl::StatusOr<Recomputed> Recompute(std::istream& evidence, const v1::Policy& policy);

// The first figure that is not the same, by its path: "criteria[improvement].observed.value".
struct Difference {
  std::string path;
  std::string certified;   // as JSON; "nothing" where there is none
  std::string recomputed;  // the same
};
struct Comparison {
  int64_t same = 0;     // figures and texts that are
  int64_t rounded = 0;  // those of them whose last digits are not
  std::optional<Difference> first;
};

// Compares the findings in a payload with others. Counts, outcomes and texts must be the same;
// other figures too, but for what machines' logarithms differ in (relatively 1e-9, absolutely
// 1e-12): C libraries do not round them alike. With `all`, findings that the payload does not have
// are a difference too; without, they may be a newer version's.
Comparison CompareFindings(const json::Value& payload, const json::Value& findings, bool all);

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_RECOMPUTE_H_
