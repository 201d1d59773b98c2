#include "common/evidence/report/report_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/call_pairs.h"
#include "common/evidence/answers/grading.h"
#include "common/evidence/report/arm_usage.h"
#include "common/evidence/report/change_tally.h"
#include "common/evidence/report/cluster_book.h"
#include "common/evidence/report/confidence_tally.h"
#include "common/evidence/report/confusion_figures.h"
#include "common/evidence/report/interval_method.h"
#include "common/evidence/report/metric_set.h"
#include "common/evidence/report/pair_times.h"
#include "common/evidence/report/report_warnings.h"
#include "common/evidence/report/score_tally.h"
#include "common/evidence/report/worst_slices.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

Graded GradeOrMissing(const Grader& grader, const Expected& expected, const CallRecord* call) {
  if (call != nullptr) return grader.Grade(expected, *call);
  Graded graded;
  graded.missing = true;
  return graded;
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
                       .repeated = repeats_ > 1,
                       .clustered = false,
                       .method = MethodOf(options_.interval),
                       .confidence = options_.confidence},
        clusters_(options_.cluster_key),
        metrics_(grader_),
        confusions_(grader_.fields()),
        scores_(grader_) {}

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
    report.set_cluster_key(clusters_.key());
    report.set_cluster_count(clusters_.count());
    metrics_.AppendFigures(clusters_.key(), tally_options_, report);
    confusions_.AppendFigures(options_.has_candidate, report);
    scores_.AppendFigures(options_.has_candidate, options_.confidence, options_.seed, report);
    AppendCalibrations(report);
    const int64_t timed_pairs = options_.has_candidate ? times_.Count(baseline_, candidate_) : 0;
    AppendUsage(report);
    *report.mutable_changes() = changes_.Groups();
    for (std::string& slice : WorstSlices(report)) *report.add_worst_slices() = std::move(slice);
    const Measured measured = {
        .report = &report,
        .grader = &grader_,
        .slices = &metrics_.slices(),
        .clusters = &clusters_,
        .baseline = &baseline_,
        .candidate = options_.has_candidate ? &candidate_ : nullptr,
        .baseline_model = options_.baseline_model,
        .candidate_model = options_.candidate_model,
        .reuse_answers = options_.reuse_answers,
        .timed_pairs = timed_pairs,
        .ignored_confidences = baseline_confidence_.ignored() + candidate_confidence_.ignored(),
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
    const std::map<std::string, std::string> slices = SlicesOf(grader_, example, expected);
    const int32_t cluster = clusters_.Enter(slices);
    tally_options_.clustered = clusters_.in_force();
    metrics_.Add(slices, cluster, pairs, tally_options_);
    confusions_.AddExample(expected);
    std::vector<const Graded*> baseline, candidate;
    for (const GradedPair& pair : pairs) {
      baseline.push_back(&pair.baseline);
      candidate.push_back(&pair.candidate);
    }
    scores_.Add(baseline, candidate);
  }

  void CountPair(const Expected& expected, const GradedPair& pair) {
    confusions_.AddAnswer(ConfusionFigures::Arm::kBaseline, expected, pair.baseline);
    if (pair.calls.baseline != nullptr) {
      baseline_.Add(*pair.calls.baseline);
      baseline_confidence_.Add(*pair.calls.baseline, pair.baseline);
    }
    if (!options_.has_candidate) return;
    confusions_.AddAnswer(ConfusionFigures::Arm::kCandidate, expected, pair.candidate);
    if (pair.calls.candidate != nullptr) {
      candidate_.Add(*pair.calls.candidate);
      candidate_confidence_.Add(*pair.calls.candidate, pair.candidate);
    }
    times_.Add(pair.calls);
    if (pair.baseline.missing || pair.candidate.missing ||
        pair.baseline.overall_right == pair.candidate.overall_right) {
      return;
    }
    const bool gained = pair.candidate.overall_right;
    changes_.Add(grader_, expected, gained ? pair.baseline : pair.candidate,
                 gained ? *pair.calls.baseline : *pair.calls.candidate, gained);
  }

  void AppendCalibrations(v1::Report& report) const {
    const auto append = [&report](const ConfidenceTally& tally, bool candidate) {
      const auto figures = tally.Figures(candidate);
      if (figures.has_value()) *report.add_calibrations() = *figures;
    };
    append(baseline_confidence_, false);
    append(candidate_confidence_, true);
  }

  void AppendUsage(v1::Report& report) {
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
  TallyOptions tally_options_;
  int64_t last_line_ = 0;
  int64_t example_count_ = 0;
  ClusterBook clusters_;
  MetricSet metrics_;
  ConfusionFigures confusions_;
  ScoreTally scores_;
  ConfidenceTally baseline_confidence_, candidate_confidence_;
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
