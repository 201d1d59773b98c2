#include "common/evidence/report/report_warnings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/evidence/answers/pinned_model.h"
#include "common/statistics/clustered.h"
#include "common/statistics/non_inferiority.h"
#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

constexpr int64_t kFewExamples = 50;
constexpr size_t kMaxNamed = 5;

// Collects sentences.
class Warnings {
 public:
  explicit Warnings(const Measured& measured) : measured_(measured) {}

  std::vector<std::string> All() && {
    if (measured_.report->example_count() == 0) return {"No example was judged."};
    Missing("baseline", measured_.report->baseline_usage());
    if (measured_.candidate != nullptr) Missing("candidate", measured_.report->candidate_usage());
    FewExamples();
    Sides();
    Classes();
    Clusters();
    Models("baseline", measured_.baseline_model, *measured_.baseline);
    Unfinished("baseline", *measured_.baseline);
    Reused("baseline", measured_.baseline_model, *measured_.baseline);
    if (measured_.candidate != nullptr) {
      Models("candidate", measured_.candidate_model, *measured_.candidate);
      Unfinished("candidate", *measured_.candidate);
      Reused("candidate", measured_.candidate_model, *measured_.candidate);
      Timing();
    }
    Confidences();
    DroppedSlices();
    return std::move(sentences_);
  }

 private:
  template <typename... Pieces>
  void Say(const Pieces&... pieces) {
    sentences_.push_back(absl::StrCat(pieces...));
  }

  void Missing(const char* arm, const v1::Report::ArmUsage& usage) {
    const v1::Report::Metric& overall = Overall();
    const bool baseline = &usage == &measured_.report->baseline_usage();
    const int64_t missing = baseline ? overall.baseline_missing() : overall.candidate_missing();
    if (missing == 0) return;
    Say(missing, missing == 1 ? " call" : " calls", " of the ", arm,
        " brought no answer after all retries: ", missing == 1 ? "it is" : "they are",
        " neither right nor wrong here, and a verdict must hold either way.");
  }

  void FewExamples() {
    const int64_t count = measured_.report->example_count();
    if (count == 1) {
      Say("Only one example was judged: it shows next to nothing.");
    } else if (count < kFewExamples) {
      Say("Only ", count,
          " examples were judged: intervals are wide, and differences of less than "
          "about ",
          std::min<int64_t>(100, 400 / count), " points cannot be told from chance.");
    }
  }

  void Sides() {
    const v1::Report::Metric& overall = Overall();
    AllOrNothing("baseline", overall.baseline());
    if (!overall.has_paired()) return;
    AllOrNothing("candidate", overall.candidate());
    const v1::Report::Paired& paired = overall.paired();
    if (paired.points().sample_count() > 0 && paired.gained() + paired.lost() == 0) {
      Say("No example changed sides: the two variants were right and wrong on the same ones.");
    }
  }

  void AllOrNothing(const char* arm, const v1::Estimate& share) {
    if (share.sample_count() == 0) {
      Say("The ", arm, " answered no example: nothing is known about it.");
    } else if (share.value() == 0) {
      Say("The ", arm, " is wrong on every example: check its prompt and the form of its answers.");
    } else if (share.value() == 1 && arm == std::string_view("baseline")) {
      Say("The baseline is right on every example: no gain can be shown on this test set.");
    }
  }

  void Classes() {
    for (size_t i = 0; i < measured_.grader->scored_count(); ++i) {
      const GradedField& field = measured_.grader->fields()[i];
      if (field.kind != GradedField::Kind::kCategory) continue;
      const std::vector<int64_t>& support = (*measured_.support)[i];
      std::vector<std::string> absent;
      std::string present;
      for (size_t value = 0; value < support.size(); ++value) {
        if (support[value] == 0) absent.push_back(field.values[value]);
        if (support[value] > 0) present = field.values[value];
      }
      const std::string name = field.id.empty() ? "the answer" : field.id;
      if (absent.size() + 1 == support.size()) {
        Say("Every example's right ", name, " is ", present,
            ": the figures say nothing about other values.");
      } else if (!absent.empty()) {
        Say("No example's right ", name, " is ", Named(absent, "or"),
            ": the figures say nothing about ", absent.size() == 1 ? "it." : "them.");
      }
    }
  }

  void Clusters() {
    const ClusterBook& clusters = *measured_.clusters;
    if (!clusters.in_force()) return Unclustered();
    const int64_t count = clusters.count();
    if (clusters.without_key() == measured_.report->example_count()) {
      return Say(
          "No example has the cluster key ", clusters.key(),
          ": all are taken for alike, and nothing can be shown. Name a key that the examples "
          "have, or \"none\".");
    }
    if (clusters.without_key() > 0) {
      Say(Examples(clusters.without_key()), " without the cluster key ", clusters.key(),
          ": they count as one cluster.");
    }
    if (count == 1) {
      Say("All examples are of one ", clusters.key(),
          ": they say nothing about others, and no interval can be made.");
    } else if (count < stats::kMinClustersForGo) {
      Say("The examples make only ", count, " clusters by ", clusters.key(),
          ": examples of one are alike, so they show less than their number says, and fewer than ",
          stats::kMinClustersForGo, " clusters never give GO.");
    }
  }

  // Each example counts for itself, although there may be families.
  void Unclustered() {
    const size_t families = measured_.slices->ValueCount(kFamilyKey);
    if (families == 0) return;
    Say("Examples are taken each for itself, though they come from ", families,
        families == 1 ? " template family" : " template families",
        ": intervals are too narrow where a family behaves alike.");
  }

  void Models(const char* arm, const std::string& asked, const ArmTally& tally) {
    std::vector<std::string> names;
    for (const auto& [name, count] : tally.answering_models()) names.push_back(name);
    if (names.size() > 1) {
      Say("The ", arm, " was answered by ", names.size(),
          " different models: ", Named(names, "and"), ".");
    } else if (names.size() == 1 && !asked.empty() && names[0] != asked) {
      Say("The ", arm, " asked for ", asked, "; ", names[0], " answered",
          names[0].starts_with(asked + "-")
              ? ". An alias moves: name the snapshot to keep figures comparable."
              : ".");
    }
  }

  void Unfinished(const char* arm, const ArmTally& tally) {
    if (tally.refused() > 0) {
      Say(tally.refused(), tally.refused() == 1 ? " answer" : " answers", " of the ", arm,
          tally.refused() == 1 ? " is a refusal" : " are refusals", ", counted as wrong.");
    }
    if (tally.cut() > 0) {
      Say(tally.cut(), tally.cut() == 1 ? " answer" : " answers", " of the ", arm,
          tally.cut() == 1 ? " was" : " were",
          " cut by the provider, counted as wrong: check "
          "max_output_tokens.");
    }
  }

  void Reused(const char* arm, const std::string& model, const ArmTally& tally) {
    if (tally.reused() == 0) return NotReused(arm, model);
    Say(tally.reused(), tally.reused() == 1 ? " answer" : " answers", " of the ", arm,
        tally.reused() == 1 ? " was" : " were",
        " taken from earlier evaluations: counted for accuracy, not for usage, cost or response "
        "times.");
  }

  // It was asked for, and whoever asked would wonder why everything was paid for.
  void NotReused(const char* arm, const std::string& model) {
    if (!measured_.reuse_answers) return;
    if (IsPinnedModel(model)) {
      Say("Answers of the ", arm,
          " were to be reused, but no earlier evaluation asked the same of ", model,
          " within the policy's time: all were asked afresh.");
    } else {
      Say("Answers of the ", arm, " were to be reused, but ", model,
          " is no dated snapshot and no fine-tuned model and may answer differently by now: all "
          "were asked afresh.");
    }
  }

  void Confidences() {
    if (measured_.ignored_confidences == 0) return;
    Say(measured_.ignored_confidences,
        measured_.ignored_confidences == 1 ? " confidence is" : " confidences are",
        " no probability and left out of the calibration.");
  }

  void Timing() {
    if (measured_.baseline->batched() + measured_.candidate->batched() > 0) {
      return Say("Answers came in batches: response times were not measured.");
    }
    if (measured_.timed_pairs >= stats::kMinTimedPairs) return;
    Say("Response times rest on ", measured_.timed_pairs,
        " pairs asked side by side on open connections; at least ", stats::kMinTimedPairs,
        " are needed to judge them.");
  }

  void DroppedSlices() {
    for (const std::string& key : measured_.slices->dropped_keys()) {
      Say("Figures by ", key, " are left out: it has more than 200 values.");
    }
  }

  static std::string Examples(int64_t count) {
    return absl::StrCat(count, count == 1 ? " example is" : " examples are");
  }

  const v1::Report::Metric& Overall() const {
    for (const v1::Report::Metric& metric : measured_.report->metrics()) {
      if (metric.id() == "overall_accuracy" && metric.slice().empty()) return metric;
    }
    return v1::Report::Metric::default_instance();
  }

  static std::string Named(const std::vector<std::string>& names, const char* last) {
    if (names.size() > kMaxNamed) {
      return absl::StrCat(absl::StrJoin(names.begin(), names.begin() + kMaxNamed, ", "), " ", last,
                          " ", names.size() - kMaxNamed, " more");
    }
    if (names.size() == 1) return names[0];
    return absl::StrCat(absl::StrJoin(names.begin(), names.end() - 1, ", "), " ", last, " ",
                        names.back());
  }

  const Measured& measured_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> WarningsOf(const Measured& measured) { return Warnings(measured).All(); }

}  // namespace tunegate::evaluations
