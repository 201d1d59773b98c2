// The payload of a certificate: what was decided, on what, by which rule, and what was found.
//
// Two parts, in one JSON object. The *findings* follow from an evaluation's evidence and the
// policy: whoever has the evidence makes them again, with this same function, and compares. The
// *issue* is what only the server knew: the decision's name, the time, its place in the chain of
// certificates.
//
//   {"format":"tunegate.decision_certificate.v1",                                      the issue:
//    "decision":"decisions/x","issue_time":"2026-11-22T10:27:05.120Z","software":"tunegate 0.1.0",
//    "number":7,"previous_certificate":"<sha256>","evidence_sha256":"<sha256>","key":"<sha256>",
//    "task":{"name","sha256"},"dataset":{"name","sha256","example_count"},            the findings:
//    "evaluation":{"name","look","seed","repeat_count","mode","policy_digest"},
//    "baseline":{"provider","model","asked_model","answering_models","variant_sha256"},"candidate":..,
//    "policy":{..},"policy_digest":"..","post_hoc":false,
//    "criteria":[{"criterion_id","metric","slice","outcome","observed":{..},"required",..}],
//    "verdict":"GO","assured_gain":0.021,
//    "figures":[{"id","slice","baseline":{..},"candidate":{..},"paired":{..},..}],
//    "latency_ratio":{..},"clusters":{"key","count"},"calls":{"baseline":{..},"candidate":{..}}}
//
// `key` is the fingerprint of the key that signed: a hint to find it by, and no proof. A first
// certificate has an empty `previous_certificate`; a decision whose test set was deleted before has
// an empty `evidence_sha256`. Prompts, examples and answers stand in it as digests only.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_PAYLOAD_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_PAYLOAD_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/evidence/certificate/evidence_lines.h"
#include "common/json.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::certificates {

inline constexpr char kCertificateFormat[] = "tunegate.decision_certificate.v1";

// What no evidence can tell.
struct Issue {
  std::string decision;
  absl::Time issue_time;
  std::string software;
  int64_t number = 0;                // of the chain, from 1
  std::string previous_certificate;  // digest; empty for the first
  std::string evidence_sha256;       // empty: there was none any more
  std::string key;                   // fingerprint
};

// The findings of `decision`, which Decide made on `report`. Pure: the same digits anywhere.
json::Value Findings(const EvidenceHeader& evidence, const v1::Report& report,
                     const v1::Decision& decision);

// A whole payload.
json::Value Payload(const Issue& issue, const json::Value& findings);

// The policy that a payload was decided by. INVALID_ARGUMENT (BAD_POLICY) when it is none that this
// version knows, or its digest is not the one beside it.
absl::StatusOr<v1::Policy> PolicyOf(const json::Value& payload);

// True for the members of the issue.
bool IsOfIssue(std::string_view member);

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_PAYLOAD_H_
