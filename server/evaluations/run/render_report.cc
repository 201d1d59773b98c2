#include "server/evaluations/run/render_report.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "google/protobuf/util/json_util.h"
#include "server/decisions/decision_kind.h"
#include "server/evaluations/csv_report.h"
#include "server/evaluations/html_report.h"
#include "server/evaluations/run/evaluation_kind.h"
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

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  if (!status.ok()) {
    return Internal("STORE_CORRUPT", absl::StrCat("the report cannot be written as JSON: ",
                                                  std::string(status.message())));
  }
  return text;
}

absl::Status RenderJson(const Subject& subject, const ByteSink& sink) {
  TG_ASSIGN_OR_RETURN(const std::string evaluation, ToJson(subject.evaluation));
  TG_RETURN_IF_ERROR(sink("{\"evaluation\":"));
  TG_RETURN_IF_ERROR(sink(evaluation));
  if (subject.decision.has_value()) {
    TG_ASSIGN_OR_RETURN(const std::string decision, ToJson(*subject.decision));
    TG_RETURN_IF_ERROR(sink(",\"decision\":"));
    TG_RETURN_IF_ERROR(sink(decision));
  }
  return sink("}\n");
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

}  // namespace

absl::StatusOr<std::unique_ptr<ReportSpool>> RenderToSpool(Repository& repository,
                                                           const std::string& name,
                                                           v1::RenderReportRequest::Format format) {
  if (!v1::RenderReportRequest::Format_IsValid(format)) {
    return InvalidField("format", "expected FORMAT_HTML, FORMAT_JSON or FORMAT_CSV");
  }
  TG_ASSIGN_OR_RETURN(const Subject subject, FindSubject(repository, name));
  TG_ASSIGN_OR_RETURN(std::unique_ptr<ReportSpool> spool, ReportSpool::Create());
  const ByteSink sink = [&spool](std::string_view bytes) { return spool->Write(bytes); };
  if (format == v1::RenderReportRequest::FORMAT_JSON) {
    TG_RETURN_IF_ERROR(RenderJson(subject, sink));
  } else {
    TG_ASSIGN_OR_RETURN(const auto results, ResultReader::Open(repository, subject.record));
    if (format == v1::RenderReportRequest::FORMAT_CSV) {
      TG_RETURN_IF_ERROR(RenderCsv(results->task(), results->Source(), sink));
    } else {
      TG_RETURN_IF_ERROR(RenderPage(repository, subject, *results, sink));
    }
  }
  TG_RETURN_IF_ERROR(spool->Rewind());
  return spool;
}

}  // namespace tunegate::evaluations
