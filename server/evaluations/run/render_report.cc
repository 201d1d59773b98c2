#include "server/evaluations/run/render_report.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/verdict/decide.h"
#include "server/decisions/decision_kind.h"
#include "server/evaluations/csv_report.h"
#include "server/evaluations/html_report.h"
#include "server/evaluations/json_report.h"
#include "server/evaluations/junit_report.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evidence_export.h"
#include "server/evaluations/run/result_reader.h"
#include "server/evaluations/run/stored_report.h"
#include "server/jobs/job_kind.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::evaluations {
namespace {

using resources::Repository;
using store::v1::DecisionRecord;
using store::v1::EvaluationRecord;

constexpr int kPage = 200;
// More points than this a curve does not show.
constexpr int kMaxMetrics = 10'000;

// What a report is made from.
struct Subject {
  EvaluationRecord record;
  v1::Evaluation evaluation;  // with its report
  std::optional<v1::Decision> decision;
};

// Decisions are few for one task; the newest one of the evaluation is near the front.
absl::StatusOr<std::optional<v1::Decision>> NewestDecision(Repository& repository,
                                                           const v1::Evaluation& evaluation) {
  store::ListQuery query;
  query.kind = "decisions";
  query.task = evaluation.task();
  query.limit = kPage;
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::vector<store::Record> rows, repository.store().List(query));
    for (const store::Record& row : rows) {
      DecisionRecord record;
      if (!record.ParseFromString(row.payload)) continue;
      if (record.resource().evaluation() == evaluation.name()) {
        return std::optional<v1::Decision>(std::move(*record.mutable_resource()));
      }
    }
    if (rows.size() < static_cast<size_t>(query.limit)) return std::optional<v1::Decision>();
    query.after_create_time = rows.back().create_time;
    query.after_name = rows.back().name;
  }
}

absl::StatusOr<Subject> FindSubject(Repository& repository, const std::string& name) {
  Subject subject;
  std::string evaluation = name;
  if (name.starts_with("decisions/")) {
    TG_ASSIGN_OR_RETURN(auto decision, repository.Get<DecisionRecord>(name));
    subject.decision = std::move(decision.resource());
    evaluation = subject.decision->evaluation();
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository.Get<EvaluationRecord>(evaluation));
  subject.record = std::move(stored.record);
  TG_ASSIGN_OR_RETURN(subject.evaluation, WithReport(repository.store(), subject.record));
  if (!subject.evaluation.has_report()) {
    return FailedPrecondition("NO_REPORT", absl::StrCat(evaluation,
                                                        " has no report before it has SUCCEEDED; "
                                                        "see `tunegate eval show ",
                                                        evaluation, "`"));
  }
  if (!subject.decision.has_value()) {
    TG_ASSIGN_OR_RETURN(subject.decision, NewestDecision(repository, subject.evaluation));
  }
  return subject;
}

absl::StatusOr<std::vector<v1::JobMetric>> MetricsOf(Repository& repository,
                                                     const v1::Variant& candidate) {
  std::vector<v1::JobMetric> metrics;
  if (!candidate.model().starts_with("jobs/")) return metrics;
  TG_ASSIGN_OR_RETURN(
      const std::vector<store::Row> rows,
      repository.store().ReadRows(candidate.model(), jobs::kMetricsStream, "", kMaxMetrics));
  for (const store::Row& row : rows) {
    v1::JobMetric metric;
    if (metric.ParseFromString(row.payload)) metrics.push_back(std::move(metric));
  }
  return metrics;
}

// The recorded decision, otherwise what the frozen policy says: deciding is arithmetic, so creating
// one would say the same.
absl::Status RenderDecision(const Subject& subject, const ByteSink& sink) {
  if (subject.decision.has_value()) {
    return RenderJunit(subject.evaluation, *subject.decision, sink);
  }
  TG_ASSIGN_OR_RETURN(const v1::Decision unrecorded,
                      decisions::Decide({&subject.evaluation, subject.evaluation.policy()}));
  return RenderJunit(subject.evaluation, unrecorded, sink);
}

absl::Status RenderPage(Repository& repository, const Subject& subject, const ResultReader& results,
                        const ByteSink& sink) {
  HtmlReportInput input;
  input.task = &results.task();
  input.evaluation = &subject.evaluation;
  if (subject.decision.has_value()) input.decision = &*subject.decision;
  input.results = results.Source();
  TG_ASSIGN_OR_RETURN(input.job_metrics, MetricsOf(repository, subject.evaluation.candidate()));
  return RenderHtml(input, sink);
}

absl::Status CheckFormat(v1::RenderReportRequest::Format format) {
  switch (format) {
    case v1::RenderReportRequest::FORMAT_UNSPECIFIED:
    case v1::RenderReportRequest::FORMAT_HTML:
    case v1::RenderReportRequest::FORMAT_JSON:
    case v1::RenderReportRequest::FORMAT_CSV:
    case v1::RenderReportRequest::FORMAT_JUNIT:
    case v1::RenderReportRequest::FORMAT_EVIDENCE:
      return absl::OkStatus();
    default:
      return InvalidField("format",
                          "expected FORMAT_HTML, FORMAT_JSON, FORMAT_CSV, FORMAT_JUNIT or "
                          "FORMAT_EVIDENCE");
  }
}

absl::Status RenderAs(v1::RenderReportRequest::Format format, Repository& repository,
                      const Subject& subject, const ByteSink& sink) {
  if (format == v1::RenderReportRequest::FORMAT_JSON) {
    return RenderJson(subject.evaluation,
                      subject.decision.has_value() ? &*subject.decision : nullptr, sink);
  }
  if (format == v1::RenderReportRequest::FORMAT_JUNIT) return RenderDecision(subject, sink);
  if (format == v1::RenderReportRequest::FORMAT_EVIDENCE) {
    return ExportEvidence(repository, subject.record, sink);
  }
  // The others show single answers.
  TG_ASSIGN_OR_RETURN(const auto results, ResultReader::Open(repository, subject.record));
  if (format == v1::RenderReportRequest::FORMAT_CSV) {
    return RenderCsv(results->task(), results->Source(), sink);
  }
  return RenderPage(repository, subject, *results, sink);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReportSpool>> RenderToSpool(Repository& repository,
                                                           const std::string& name,
                                                           v1::RenderReportRequest::Format format) {
  TG_RETURN_IF_ERROR(CheckFormat(format));
  TG_ASSIGN_OR_RETURN(const Subject subject, FindSubject(repository, name));
  TG_ASSIGN_OR_RETURN(std::unique_ptr<ReportSpool> spool, ReportSpool::Create());
  const ByteSink sink = [&spool](std::string_view bytes) { return spool->Write(bytes); };
  TG_RETURN_IF_ERROR(RenderAs(format, repository, subject, sink));
  TG_RETURN_IF_ERROR(spool->Rewind());
  return spool;
}

}  // namespace tunegate::evaluations
