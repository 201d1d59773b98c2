#include "common/evidence/report/report_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/call_pairs.h"
#include "common/evidence/answers/grading.h"
#include "common/evidence/report/arm_usage.h"
#include "common/evidence/report/change_tally.h"
#include "common/evidence/report/confusion_figures.h"
#include "common/evidence/report/metric_tally.h"
#include "common/evidence/report/report_warnings.h"
#include "common/evidence/report/slice_tally.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

// One repeat of an example: the calls and their grades.
struct GradedPair {
  CallPair calls;
  Graded baseline;
  Graded candidate;
};

Graded GradeOrMissing(const Grader& grader, const Expected& expected, const CallRecord* call) {
  if (call != nullptr) return grader.Grade(expected, *call);
  Graded graded;
  graded.missing = true;
  return graded;
}

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

absl::Status WithLine(const absl::Status& status, int64_t line) {
  const ErrorDetails details = DetailsOf(status);
  return InvalidArgument(details.reason,
                         absl::StrCat("line ", line, ": ", std::string(status.message())))
      .Metadata("line", std::to_string(line));
}

}  // namespace

class ReportBuilder::Impl {
 public:
  Impl(Grader grader, ReportOptions options)
      : grader_(std::move(grader)),
        options_(std::move(options)),
        repeats_(std::max(1, options_.repeat_count)),
        tally_options_{.has_candidate = options_.has_candidate,
                       .clustered = repeats_ > 1,
                       .confidence = options_.confidence},
        fields_(grader_.scored_count()),
        confusions_(grader_.fields()) {}

  absl::Status Add(const datasets::Example& example, const std::vector<const CallRecord*>& calls) {
    if (example.line <= last_line_) {
      return Internal("CALLS_OUT_OF_ORDER", absl::StrCat("example ", example.line, " came after ",
                                                         last_line_, "; examples must rise"));
    }
    absl::StatusOr<Expected> expected = grader_.Prepare(example.expected);
    if (!expected.ok()) return WithLine(expected.status(), example.line);
    TG_ASSIGN_OR_RETURN(const std::vector<CallPair> asked, PairCalls(example, calls));
    TG_ASSIGN_OR_RETURN(const std::vector<GradedPair> pairs,
                        GradeAll(*expected, asked, example.line));
    last_line_ = example.line;
    ++example_count_;
    Count(example, *expected, pairs);
    for (const GradedPair& pair : pairs) CountPair(*expected, pair);
    return absl::OkStatus();
  }

  v1::Report Finish() {
    v1::Report report;
    report.set_example_count(example_count_);
    AppendMetrics(report);
    slices_.AppendFigures(HeadlineId(), tally_options_, report);
    confusions_.AppendFigures(options_.has_candidate, report);
    AppendUsage(report);
    *report.mutable_changes() = changes_.Groups();
    const Measured measured = {
        .report = &report,
        .grader = &grader_,
        .slices = &slices_,
        .baseline = &baseline_,
        .candidate = options_.has_candidate ? &candidate_ : nullptr,
        .baseline_model = options_.baseline_model,
        .candidate_model = options_.candidate_model,
        .timed_pairs = options_.has_candidate ? times_.Count(baseline_, candidate_) : 0,
        .support = &confusions_.support()};
    for (std::string& warning : WarningsOf(measured)) *report.add_warnings() = std::move(warning);
    return report;
  }

 private:
  // One for each repeat that should have been asked, with or without calls.
  absl::StatusOr<std::vector<GradedPair>> GradeAll(const Expected& expected,
                                                   const std::vector<CallPair>& asked,
                                                   int64_t line) const {
    std::vector<GradedPair> pairs(static_cast<size_t>(repeats_));
    for (const CallPair& pair : asked) {
      if (pair.repeat < 0 || pair.repeat >= repeats_) {
        return Internal("CALLS_OUT_OF_ORDER",
                        absl::StrCat("example ", line, " has an answer of repeat ", pair.repeat,
                                     "; the evaluation asks ", repeats_, " times"));
      }
      pairs[static_cast<size_t>(pair.repeat)].calls = pair;
    }
    for (GradedPair& pair : pairs) {
      pair.baseline = GradeOrMissing(grader_, expected, pair.calls.baseline);
      pair.candidate = GradeOrMissing(grader_, expected, pair.calls.candidate);
    }
    return pairs;
  }

  void Count(const datasets::Example& example, const Expected& expected,
             const std::vector<GradedPair>& pairs) {
    const auto overall = Outcomes(pairs, [](const Graded& g) { return g.overall_right; });
    overall_.Add(overall, tally_options_);
    json_valid_.Add(Outcomes(pairs, [](const Graded& g) { return g.json_valid; }), tally_options_);
    schema_valid_.Add(Outcomes(pairs, [](const Graded& g) { return g.schema_valid; }),
                      tally_options_);
    std::vector<PairOutcome> headline;
    for (size_t i = 0; i < fields_.size(); ++i) {
      std::vector<PairOutcome> field = Outcomes(pairs, [i](const Graded& g) { return g.right[i]; });
      fields_[i].Add(field, tally_options_);
      if (i == 0 && !HeadlineId().empty()) headline = std::move(field);
    }
    slices_.Add(SlicesOf(grader_, example, expected), overall, headline, tally_options_);
    confusions_.AddExample(expected);
  }

  void CountPair(const Expected& expected, const GradedPair& pair) {
    confusions_.AddAnswer(ConfusionFigures::Arm::kBaseline, expected, pair.baseline);
    if (pair.calls.baseline != nullptr) baseline_.Add(*pair.calls.baseline);
    if (!options_.has_candidate) return;
    confusions_.AddAnswer(ConfusionFigures::Arm::kCandidate, expected, pair.candidate);
    if (pair.calls.candidate != nullptr) candidate_.Add(*pair.calls.candidate);
    times_.Add(pair.calls);
    if (pair.baseline.missing || pair.candidate.missing ||
        pair.baseline.overall_right == pair.candidate.overall_right) {
      return;
    }
    const bool gained = pair.candidate.overall_right;
    changes_.Add(grader_, expected, gained ? pair.baseline : pair.candidate,
                 gained ? *pair.calls.baseline : *pair.calls.candidate, gained);
  }

  // The field whose accuracy stands beside the overall one in slices; empty when there is only one
  // scored field, which then is the overall one.
  std::string HeadlineId() const {
    return grader_.scored_count() > 1 ? absl::StrCat(grader_.fields()[0].id, ".accuracy") : "";
  }

  void AppendMetrics(v1::Report& report) const {
    const auto append = [&](std::string id, const MetricTally& tally) {
      *report.add_metrics() = tally.Figures(std::move(id), "", tally_options_);
    };
    for (size_t i = 0; i < fields_.size() && !grader_.bare_text(); ++i) {
      append(absl::StrCat(grader_.fields()[i].id, ".accuracy"), fields_[i]);
    }
    append("overall_accuracy", overall_);
    if (!grader_.bare_text()) append("json_valid_rate", json_valid_);
    append("schema_valid_rate", schema_valid_);
  }

  void AppendUsage(v1::Report& report) const {
    *report.mutable_baseline_usage() = baseline_.Figures();
    Price(options_.baseline_model, options_.baseline_maybe_repeated,
          *report.mutable_baseline_usage()->mutable_usage());
    if (!options_.has_candidate) return;
    *report.mutable_candidate_usage() = candidate_.Figures();
    Price(options_.candidate_model, options_.candidate_maybe_repeated,
          *report.mutable_candidate_usage()->mutable_usage());
    const auto ratio = times_.Ratio(baseline_, candidate_, options_.confidence, options_.seed);
    if (ratio.has_value()) *report.mutable_latency_ratio() = *ratio;
  }

  void Price(const std::string& model, int64_t maybe_repeated, v1::Usage& usage) const {
    usage.set_maybe_repeated_calls(maybe_repeated);
    if (!options_.price) return;
    const std::optional<v1::Money> cost = options_.price(model, usage);
    if (!cost.has_value()) return;
    *usage.mutable_cost() = *cost;
    usage.set_price_table(options_.price_table);
  }

  const Grader grader_;
  const ReportOptions options_;
  const int32_t repeats_;
  const TallyOptions tally_options_;
  int64_t last_line_ = 0;
  int64_t example_count_ = 0;
  std::vector<MetricTally> fields_;  // scored ones, as in the grader
  MetricTally overall_, json_valid_, schema_valid_;
  SliceTally slices_;
  ConfusionFigures confusions_;
  ArmTally baseline_, candidate_;
  PairTimes times_;
  ChangeTally changes_;
};

ReportBuilder::ReportBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReportBuilder::~ReportBuilder() = default;
ReportBuilder::ReportBuilder(ReportBuilder&&) noexcept = default;
ReportBuilder& ReportBuilder::operator=(ReportBuilder&&) noexcept = default;

absl::StatusOr<ReportBuilder> ReportBuilder::Create(const v1::Task& task, ReportOptions options) {
  TG_ASSIGN_OR_RETURN(Grader grader, Grader::Create(task));
  return ReportBuilder(std::make_unique<Impl>(std::move(grader), std::move(options)));
}

absl::Status ReportBuilder::Add(const datasets::Example& example,
                                const std::vector<const CallRecord*>& calls) {
  return impl_->Add(example, calls);
}

v1::Report ReportBuilder::Finish() { return impl_->Finish(); }

absl::StatusOr<v1::Report> BuildReport(const v1::Task& task,
                                       const std::vector<datasets::Example>& examples,
                                       const std::vector<CallRecord>& calls,
                                       ReportOptions options) {
  TG_ASSIGN_OR_RETURN(ReportBuilder builder, ReportBuilder::Create(task, std::move(options)));
  TG_ASSIGN_OR_RETURN(const auto grouped, CallsByExample(examples, calls));
  for (size_t i = 0; i < examples.size(); ++i) {
    TG_RETURN_IF_ERROR(builder.Add(examples[i], grouped[i]));
  }
  return builder.Finish();
}

}  // namespace tunegate::evaluations
