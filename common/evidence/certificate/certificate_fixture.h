// What the tests of this room share: a measured and decided evaluation with its evidence, and the
// certificate of that decision.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_FIXTURE_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_FIXTURE_H_

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/evidence_lines.h"
#include "common/evidence/certificate/payload.h"
#include "common/evidence/certificate/recompute.h"
#include "common/evidence/certificate/signature.h"
#include "common/evidence/verdict/policy.h"
#include "common/version.h"
#include "gtest/gtest.h"

namespace tunegate::certificates::fixture {

namespace answers = evaluations::fixture;

// The keys of RFC 8032's first vectors are known to all; these are as little a secret.
inline SigningKey ServerKey() { return *SigningKey::FromSeed(std::string(kKeyBytes, 'k')); }
inline SigningKey StrangersKey() { return *SigningKey::FromSeed(std::string(kKeyBytes, 's')); }

inline store::v1::EvaluationRecord TicketRecord() {
  store::v1::EvaluationRecord record;
  v1::Evaluation& evaluation = *record.mutable_resource();
  evaluation.set_name("evaluations/e");
  evaluation.set_task("tasks/ticket");
  evaluation.set_dataset("datasets/tickets");
  evaluation.mutable_baseline()->set_model("old");
  evaluation.mutable_candidate()->set_model("jobs/j");
  *evaluation.mutable_policy() = decisions::CompletePolicy(v1::Policy(), nullptr);
  evaluation.set_policy_digest(decisions::PolicyDigest(evaluation.policy()));
  evaluation.set_repeat_count(1);
  evaluation.set_seed(7);
  evaluation.set_look(1);
  evaluation.set_system_prompt("Sort the ticket.");
  record.set_baseline_model("old");
  record.set_candidate_model("new");
  record.set_dataset_sha256(Sha256Hex("the tickets"));
  return record;
}

// 70 both right, 20 gained, 2 lost, 8 both wrong, in 25 families.
inline answers::Asked TicketAnswers() {
  answers::Asked asked =
      answers::AskCells({.both_right = 70, .gained = 20, .lost = 2, .both_wrong = 8});
  for (datasets::Example& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", example.line % 25);
    example.slices["noise"] = example.line % 2 == 0 ? "typo" : "none";
  }
  return asked;
}

inline std::string EvidenceOf(const store::v1::EvaluationRecord& record,
                              const answers::Asked& asked) {
  std::string lines = WriteHeaderLine(MakeEvidenceHeader(answers::TicketTask(), record));
  size_t next = 0;
  for (const datasets::Example& example : asked.examples) {
    std::vector<store::v1::CallRecord> calls;
    while (next < asked.calls.size() && asked.calls[next].example() == example.line) {
      calls.push_back(asked.calls[next++]);
    }
    lines += WriteExampleLine(example, calls);
  }
  return lines;
}

// The certificate's place in its chain.
struct Place {
  int64_t number = 1;
  std::string previous = "";
};

// The payload of a decision on this evidence, as the server would write it.
inline json::Value PayloadOn(const std::string& evidence, const v1::Policy& policy,
                             const Place& place = {}, const SigningKey& key = ServerKey()) {
  std::istringstream stream(evidence);
  const auto recomputed = Recompute(stream, policy);
  EXPECT_TRUE(recomputed.ok()) << recomputed.status();
  Issue issue;
  issue.decision = absl::StrCat("decisions/d", place.number);
  issue.issue_time = absl::FromUnixSeconds(1800000000);
  issue.software = absl::StrCat("tunegate ", kVersion);
  issue.number = place.number;
  issue.previous_certificate = place.previous;
  issue.evidence_sha256 = Sha256Hex(evidence);
  issue.key = key.public_key().Fingerprint();
  return Payload(issue, recomputed.ok() ? recomputed->findings : json::Object());
}

inline json::Value SamplePayload() {
  const auto record = TicketRecord();
  return PayloadOn(EvidenceOf(record, TicketAnswers()), record.resource().policy());
}

}  // namespace tunegate::certificates::fixture

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_FIXTURE_H_
