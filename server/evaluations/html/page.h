// The sections of the page, in the order in which they stand. Each writes nothing when it has
// nothing to say.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_

#include <string>
#include <vector>

#include "server/evaluations/html/writer.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations::html {

// What the page is about.
struct Page {
  const v1::Task* task = nullptr;
  const v1::Evaluation* evaluation = nullptr;
  const v1::Decision* decision = nullptr;  // may be null
  const v1::Report& report() const { return evaluation->report(); }
  bool has_candidate() const { return evaluation->has_candidate(); }
};

// Examples that changed sides, already chosen and abbreviated.
struct ChangedExamples {
  std::vector<v1::Result> lost;
  std::vector<v1::Result> gained;
  int64_t lost_count = 0;  // in all
  int64_t gained_count = 0;
};

// What is drawn where, so that the table of contents names no empty section.
struct Contents {
  bool criteria = false;
  bool training = false;
  bool examples = false;
  bool changes = false;
  bool slices = false;
  bool confusions = false;
};

void WriteHead(const Page& page, Writer& w);
void WriteTop(const Page& page, const Contents& contents, Writer& w);
void WriteVerdict(const Page& page, Writer& w);
void WriteWarnings(const Page& page, Writer& w);
void WriteCriteria(const Page& page, Writer& w);
void WriteAccuracies(const Page& page, Writer& w);
void WriteSlices(const Page& page, Writer& w);
void WriteConfusions(const Page& page, Writer& w);
void WriteChanges(const Page& page, Writer& w);
void WriteTimes(const Page& page, Writer& w);
void WriteTraining(const std::vector<v1::JobMetric>& metrics, Writer& w);
void WriteExamples(const ChangedExamples& examples, Writer& w);
void WriteProvenance(const Page& page, Writer& w);

// --- what sections share ---

// "overall_accuracy" is "overall accuracy"; "intent_type.accuracy" is "intent_type"; slices as
// "noise = typo".
std::string MetricLabel(const v1::Report::Metric& metric);
std::string MetricLabel(std::string_view metric_id, std::string_view slice);
// The metric of all examples with this id, or nullptr.
const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id);
// The slices of five examples or more that are worse than all examples, worst first; at most 10.
std::vector<const v1::Report::Metric*> WorstSlices(const Page& page);
// "69.0 % (59.4 to 77.2)"; "not measured" without a sample.
std::string ShareWithInterval(const v1::Estimate& estimate);
// "+22.0 (+13.3 to +31.7)".
std::string DifferenceWithInterval(const v1::Estimate& estimate);

// A table of shares with a drawing of points and whiskers, both arms a row. `name` is for screen
// readers.
void WriteShareTable(const Page& page, const std::vector<const v1::Report::Metric*>& metrics,
                     std::string_view name, bool slices, Writer& w);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_
