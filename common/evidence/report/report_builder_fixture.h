// What the tests of reports share: reports of a few answers, and what to find in them.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_FIXTURE_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations::fixture {

inline ReportOptions Compared() {
  ReportOptions options;
  options.has_candidate = true;
  options.baseline_model = "old";
  options.candidate_model = "new";
  return options;
}

inline v1::Report Build(const Asked& asked, const ReportOptions& options = Compared()) {
  auto report = BuildReport(TicketTask(), asked.examples, asked.calls, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

inline const v1::Report::Metric& MetricOf(const v1::Report& report, std::string_view id,
                                          std::string_view slice = "") {
  for (const auto& metric : report.metrics()) {
    if (metric.id() == id && metric.slice() == slice) return metric;
  }
  ADD_FAILURE() << "no metric " << id << " " << slice;
  return v1::Report::Metric::default_instance();
}

}  // namespace tunegate::evaluations::fixture

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_BUILDER_FIXTURE_H_
