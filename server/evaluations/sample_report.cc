// Writes a page of made-up answers to standard output, to be looked at in a browser. Argument: GO
// (the default), NO_GO, INCONCLUSIVE, BASELINE, BATCH or SECOND_LOOK.
#include <cstdio>

#include "server/evaluations/html_report.h"
#include "server/evaluations/report_sample.h"

int main(int argc, char** argv) {
  using namespace tunegate::evaluations;  // NOLINT: a program of one function
  const auto kind = SampleKindOf(argc > 1 ? argv[1] : "GO");
  if (!kind) {
    std::fprintf(stderr,
                 "expected GO, NO_GO, INCONCLUSIVE, BASELINE, BATCH or SECOND_LOOK, got %s\n",
                 argv[1]);
    return 2;
  }
  const ReportSample sample = MakeReportSample(*kind);
  const absl::Status status = RenderHtml({.task = &sample.task,
                                          .evaluation = &sample.evaluation,
                                          .decision = sample.decision_or_null(),
                                          .results = sample.Source(),
                                          .job_metrics = sample.job_metrics},
                                         [](std::string_view piece) {
                                           std::fwrite(piece.data(), 1, piece.size(), stdout);
                                           return absl::OkStatus();
                                         });
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
