// The sections of the page, in the order in which they stand. Each writes nothing when it has
// nothing to say.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_

#include <cstdint>
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
  bool in_batch() const { return evaluation->mode() == v1::Evaluation::MODE_BATCH; }
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
  bool calibration = false;
};

void WriteHead(const Page& page, Writer& w);
void WriteTop(const Page& page, const Contents& contents, Writer& w);
void WriteVerdict(const Page& page, Writer& w);
void WriteTiles(const Page& page, Writer& w);
void WriteWarnings(const Page& page, Writer& w);
void WriteCriteria(const Page& page, Writer& w);
void WriteAccuracies(const Page& page, Writer& w);
void WriteSlices(const Page& page, Writer& w);
void WriteChanges(const Page& page, Writer& w);
void WriteConfusions(const Page& page, Writer& w);
void WriteCalibrations(const Page& page, Writer& w);
void WriteTimes(const Page& page, Writer& w);
void WriteTraining(const std::vector<v1::JobMetric>& metrics, Writer& w);
void WriteExamples(const Page& page, const ChangedExamples& examples, Writer& w);
void WriteProvenance(const Page& page, Writer& w);
void WriteFoot(Writer& w);

// True when there are slices to show.
bool HasSlices(const v1::Report& report);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_PAGE_H_
