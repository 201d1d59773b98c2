#include "server/evaluations/html_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/writer.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kMostExamplesOfASide = 50;
constexpr size_t kMostTextBytes = 4000;
constexpr size_t kMostSlicesShown = 12;

// A result cut to what the page shows, so that a megabyte's answer does not stay in memory.
v1::Result Abbreviated(const v1::Result& result) {
  v1::Result cut;
  cut.set_example_id(result.example_id());
  cut.set_repeat(result.repeat());
  cut.set_query(Abbreviate(result.query(), kMostTextBytes));
  cut.set_expected(Abbreviate(result.expected(), kMostTextBytes));
  for (const auto& [key, value] : result.slices()) {
    if (static_cast<size_t>(cut.slices_size()) >= kMostSlicesShown) break;
    (*cut.mutable_slices())[Abbreviate(key, 60)] = Abbreviate(value, 60);
  }
  const auto answer = [](const v1::Result::Answer& from, v1::Result::Answer& to) {
    to.set_text(Abbreviate(from.text(), kMostTextBytes));
    to.set_overall_right(from.overall_right());
    *to.mutable_right() = from.right();
    to.set_json_valid(from.json_valid());
    to.set_refused(from.refused());
    to.set_finish_reason(Abbreviate(from.finish_reason(), 60));
    to.set_reused_from(Abbreviate(from.reused_from(), 100));
    if (from.has_confidence()) to.set_confidence(from.confidence());
  };
  answer(result.baseline(), *cut.mutable_baseline());
  answer(result.candidate(), *cut.mutable_candidate());
  return cut;
}

absl::Status CollectChanged(const ResultSource& source, html::ChangedExamples& examples) {
  if (!source) return absl::OkStatus();
  return source([&](const v1::Result& result) {
    if (!result.changed()) return absl::OkStatus();
    const bool gained = result.candidate().overall_right();
    auto& side = gained ? examples.gained : examples.lost;
    ++(gained ? examples.gained_count : examples.lost_count);
    if (side.size() < kMostExamplesOfASide) side.push_back(Abbreviated(result));
    return absl::OkStatus();
  });
}

bool HasLoss(const v1::JobMetric& metric) {
  return metric.figures().contains("train_loss") || metric.figures().contains("valid_loss");
}

}  // namespace

absl::Status RenderHtml(const HtmlReportInput& input, const ByteSink& sink) {
  if (!input.evaluation->has_report()) {
    return FailedPrecondition("NO_REPORT", absl::StrCat(input.evaluation->name(),
                                                        " has no report yet; it has one when it "
                                                        "has SUCCEEDED"));
  }
  html::ChangedExamples examples;
  TG_RETURN_IF_ERROR(CollectChanged(input.results, examples));
  const html::Page page{input.task, input.evaluation, input.decision};
  const html::Contents contents{
      .criteria = input.decision != nullptr,
      .training = std::any_of(input.job_metrics.begin(), input.job_metrics.end(), HasLoss),
      .examples = examples.lost_count + examples.gained_count > 0,
      .changes = !page.report().changes().empty(),
      .slices = html::HasSlices(page.report()),
      .confusions = !page.report().confusions().empty(),
      .calibration = !page.report().calibrations().empty()};
  html::Writer w(sink);
  html::WriteHead(page, w);
  html::WriteTop(page, contents, w);
  html::WriteVerdict(page, w);
  html::WriteTiles(page, w);
  html::WriteWarnings(page, w);
  html::WriteCriteria(page, w);
  html::WriteAccuracies(page, w);
  html::WriteSlices(page, w);
  html::WriteChanges(page, w);
  html::WriteConfusions(page, w);
  html::WriteCalibrations(page, w);
  html::WriteTimes(page, w);
  html::WriteTraining(input.job_metrics, w);
  html::WriteExamples(page, examples, w);
  html::WriteProvenance(page, w);
  html::WriteFoot(w);
  return w.Finish();
}

}  // namespace tunegate::evaluations
