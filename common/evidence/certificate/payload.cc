#include "common/evidence/certificate/payload.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/certificate/message_json.h"
#include "common/evidence/verdict/policy.h"
#include "common/proto_time.h"
#include "google/protobuf/util/time_util.h"

namespace tunegate::certificates {
namespace {

constexpr std::string_view kIssueMembers[] = {"format",   "decision",       "issue_time",
                                              "software", "number",         "previous_certificate",
                                              "key",      "evidence_sha256"};

// "GO" of "VERDICT_GO".
std::string WithoutPrefix(const std::string& name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string DigestOf(const google::protobuf::Message& message) {
  return Sha256Hex(json::WriteCanonical(ToJson(message)));
}

json::Value Evaluated(const v1::Evaluation& evaluation) {
  return json::Object(
      {{"name", evaluation.name()},
       {"look", evaluation.look()},
       {"seed", std::to_string(evaluation.seed())},  // 64 bits, which JSON's readers may round
       {"repeat_count", std::max(1, evaluation.repeat_count())},
       {"mode", evaluation.mode() == v1::Evaluation::MODE_BATCH ? "BATCH" : "INTERACTIVE"},
       {"policy_digest", evaluation.policy_digest()}});
}

// The variant with the prompt that was really sent, as a digest: prompts may be nobody else's
// matter.
json::Value Who(const v1::Variant& variant, const std::string& asked_model,
                const std::string& system_prompt, const v1::Report::ArmUsage& usage) {
  v1::Variant effective = variant;
  if (!effective.has_system_prompt()) effective.set_system_prompt(system_prompt);
  json::Value answering = json::Array();
  for (const std::string& model : usage.answering_models()) answering.Append(model);
  return json::Object({{"provider", variant.provider()},
                       {"model", variant.model()},
                       {"asked_model", asked_model},
                       {"answering_models", std::move(answering)},
                       {"variant_sha256", DigestOf(effective)}});
}

json::Value Calls(const v1::Report::ArmUsage& usage) {
  return json::Object({{"calls", usage.usage().calls()},
                       {"failed", usage.failed()},
                       {"retries", usage.retries()},
                       {"reused", usage.reused()},
                       {"maybe_repeated", usage.usage().maybe_repeated_calls()},
                       {"timed", usage.response_time().count()}});
}

json::Value Criteria(const v1::Decision& decision) {
  json::Value criteria = json::Array();
  for (const v1::Decision::CriterionResult& result : decision.criteria()) {
    json::Value criterion = ToJson(result, Fields::kAll);
    criterion.Remove("explanation");  // words, which may change from version to version
    criterion.Set("outcome",
                  WithoutPrefix(v1::Decision::Outcome_Name(result.outcome()), "OUTCOME_"));
    criteria.Append(std::move(criterion));
  }
  return criteria;
}

// Of all examples, and of the slices that criteria rest on.
json::Value Figures(const v1::Report& report, const v1::Policy& policy) {
  std::set<std::string> slices = {""};
  for (const v1::Policy::Criterion& criterion : policy.criteria()) {
    slices.insert(criterion.slice());
  }
  json::Value figures = json::Array();
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (slices.contains(metric.slice())) figures.Append(ToJson(metric, Fields::kAll));
  }
  return figures;
}

}  // namespace

json::Value Findings(const EvidenceHeader& evidence, const v1::Report& report,
                     const v1::Decision& decision) {
  const store::v1::EvaluationRecord& record = evidence.record;
  const v1::Evaluation& evaluation = record.resource();
  json::Value findings = json::Object(
      {{"task",
        json::Object({{"name", evidence.task.name()}, {"sha256", DigestOf(evidence.task)}})},
       {"dataset", json::Object({{"name", evaluation.dataset()},
                                 {"sha256", record.dataset_sha256()},
                                 {"example_count", report.example_count()}})},
       {"evaluation", Evaluated(evaluation)},
       {"baseline", Who(evaluation.baseline(), record.baseline_model(), evaluation.system_prompt(),
                        report.baseline_usage())},
       {"candidate", Who(evaluation.candidate(), record.candidate_model(),
                         evaluation.system_prompt(), report.candidate_usage())},
       {"policy", ToJson(decision.policy())},
       {"policy_digest", decision.policy_digest()},
       {"post_hoc", decision.post_hoc()},
       {"criteria", Criteria(decision)},
       {"verdict", WithoutPrefix(v1::Decision::Verdict_Name(decision.verdict()), "VERDICT_")},
       {"assured_gain", NumberToJson(decision.assured_gain())},
       {"figures", Figures(report, decision.policy())},
       {"clusters",
        json::Object({{"key", report.cluster_key()}, {"count", report.cluster_count()}})},
       {"calls", json::Object({{"baseline", Calls(report.baseline_usage())},
                               {"candidate", Calls(report.candidate_usage())}})}});
  if (report.has_latency_ratio()) {
    findings.Set("latency_ratio", ToJson(report.latency_ratio(), Fields::kAll));
  }
  return findings;
}

json::Value Payload(const Issue& issue, const json::Value& findings) {
  json::Value payload = json::Object({{"format", kCertificateFormat},
                                      {"decision", issue.decision},
                                      {"issue_time", google::protobuf::util::TimeUtil::ToString(
                                                         tunegate::ToProto(issue.issue_time))},
                                      {"software", issue.software},
                                      {"number", issue.number},
                                      {"previous_certificate", issue.previous_certificate},
                                      {"evidence_sha256", issue.evidence_sha256},
                                      {"key", issue.key}});
  for (const auto& [name, value] : findings.Members()) payload.Set(name, value);
  return payload;
}

absl::StatusOr<v1::Policy> PolicyOf(const json::Value& payload) {
  v1::Policy policy;
  const absl::Status read = FromJson(payload["policy"], &policy, "policy");
  if (!read.ok()) return InvalidArgument("BAD_POLICY", std::string(read.message()));
  if (decisions::PolicyDigest(policy) != payload["policy_digest"].String()) {
    return InvalidArgument("BAD_POLICY",
                           "the policy's digest is not the one that stands beside it");
  }
  return policy;
}

bool IsOfIssue(std::string_view member) {
  return std::find(std::begin(kIssueMembers), std::end(kIssueMembers), member) !=
         std::end(kIssueMembers);
}

}  // namespace tunegate::certificates
