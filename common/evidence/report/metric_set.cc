#include "common/evidence/report/metric_set.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tunegate::evaluations {
namespace {

// What `share` is in both arms of every repeat.
template <typename Share>
std::vector<PairOutcome> Outcomes(const std::vector<GradedPair>& pairs, Share share) {
  std::vector<PairOutcome> outcomes(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].baseline.missing) outcomes[i].baseline = share(pairs[i].baseline);
    if (!pairs[i].candidate.missing) outcomes[i].candidate = share(pairs[i].candidate);
  }
  return outcomes;
}

}  // namespace

MetricSet::MetricSet(const Grader& grader) : grader_(grader), fields_(grader.scored_count()) {}

void MetricSet::Add(const std::map<std::string, std::string>& slices, int32_t cluster,
                    const std::vector<GradedPair>& pairs, const TallyOptions& options) {
  const auto overall = Outcomes(pairs, [](const Graded& g) { return g.overall_right; });
  overall_.Add(overall, cluster, options);
  json_valid_.Add(Outcomes(pairs, [](const Graded& g) { return g.json_valid; }), cluster, options);
  schema_valid_.Add(Outcomes(pairs, [](const Graded& g) { return g.schema_valid; }), cluster,
                    options);
  std::vector<PairOutcome> headline;
  for (size_t i = 0; i < fields_.size(); ++i) {
    std::vector<PairOutcome> field = Outcomes(pairs, [i](const Graded& g) { return g.right[i]; });
    fields_[i].Add(field, cluster, options);
    if (i == 0 && !HeadlineId().empty()) headline = std::move(field);
  }
  slices_.Add(slices, cluster, overall, headline, options);
}

// The field whose accuracy stands beside the overall one in slices; empty when there is only one
// scored field, which then is the overall one.
std::string MetricSet::HeadlineId() const {
  return grader_.scored_count() > 1 ? absl::StrCat(grader_.fields()[0].id, ".accuracy") : "";
}

void MetricSet::AppendFigures(const std::string& cluster_key, const TallyOptions& options,
                              v1::Report& report) const {
  const auto append = [&](std::string id, const MetricTally& tally) {
    *report.add_metrics() = tally.Figures(std::move(id), "", options);
  };
  for (size_t i = 0; i < fields_.size() && !grader_.bare_text(); ++i) {
    append(absl::StrCat(grader_.fields()[i].id, ".accuracy"), fields_[i]);
  }
  append("overall_accuracy", overall_);
  if (!grader_.bare_text()) append("json_valid_rate", json_valid_);
  append("schema_valid_rate", schema_valid_);
  slices_.AppendFigures(HeadlineId(), cluster_key, options, report);
}

}  // namespace tunegate::evaluations
