// JudgeCriterion: judges one criterion of a policy over a report: outcome, figures, and both in
// words.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/evidence/verdict/evidence.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::decisions {

// What all criteria share.
struct JudgeContext {
  const v1::Report* report = nullptr;
  double confidence = 0.95;       // this look's
  double next_confidence = 0.95;  // the next look's: for what more examples would settle
  // Overall accuracy that another criterion asks for; for the predicted chance of GO.
  std::optional<int64_t> accuracy_ppm = std::nullopt;
  bool repeated = false;  // examples were asked several times
  bool batch = false;     // answers came in batches: response times were not measured
  v1::Policy::Interval interval = v1::Policy::INTERVAL_UNSPECIFIED;
};

struct Judged {
  v1::Decision::CriterionResult result;
  // How surprising the data are if the criterion just holds (one-sided), with missing answers
  // counted for the candidate. Set for slices, for Holm's correction.
  std::optional<double> fail_p_value;
};

// `criterion` is valid. Slices are judged each on its own: the caller corrects their FAILs.
Judged JudgeCriterion(const v1::Policy::Criterion& criterion, const JudgeContext& context);

// The report's metric of this id and slice, or nullptr.
const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id,
                                     std::string_view slice);
// What it says, read as the context says. It has a comparison.
ShareEvidence EvidenceOf(const v1::Report::Metric& metric, const JudgeContext& context);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_
