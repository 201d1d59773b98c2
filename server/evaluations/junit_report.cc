#include "server/evaluations/junit_report.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/errors.h"
#include "common/version.h"
#include "server/evaluations/html/escape.h"

namespace tunegate::evaluations {
namespace {

using html::EscapeXml;
using v1::Decision;

constexpr size_t kPieceBytes = 32 * 1024;

// What became of a test case: the element that says so, empty for one that passed.
struct Outcome {
  std::string_view element;
  std::string type;
};

std::string WithoutPrefix(std::string name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string VerdictName(Decision::Verdict verdict) {
  return WithoutPrefix(Decision::Verdict_Name(verdict), "VERDICT_");
}

Outcome OutcomeOf(const Decision::CriterionResult& result) {
  const std::string type = WithoutPrefix(Decision::Outcome_Name(result.outcome()), "OUTCOME_");
  switch (result.outcome()) {
    case Decision::OUTCOME_PASS:
      return {};
    case Decision::OUTCOME_FAIL:
    case Decision::OUTCOME_INFEASIBLE:
      return {"failure", type};
    case Decision::OUTCOME_SKIPPED:
      return {"skipped", type};
    default:
      return {"error", type};
  }
}

Outcome OutcomeOf(Decision::Verdict verdict) {
  if (verdict == Decision::VERDICT_GO) return {};
  return {verdict == Decision::VERDICT_NO_GO ? "failure" : "error", VerdictName(verdict)};
}

// The verdict that the criteria alone would give.
Decision::Verdict ByCriteria(const Decision& decision) {
  const auto any = [&](auto... outcomes) {
    return std::any_of(decision.criteria().begin(), decision.criteria().end(),
                       [&](const auto& result) { return ((result.outcome() == outcomes) || ...); });
  };
  if (any(Decision::OUTCOME_FAIL, Decision::OUTCOME_INFEASIBLE)) return Decision::VERDICT_NO_GO;
  if (any(Decision::OUTCOME_INCONCLUSIVE) || !any(Decision::OUTCOME_PASS)) {
    return Decision::VERDICT_INCONCLUSIVE;
  }
  return Decision::VERDICT_GO;
}

struct Case {
  std::string name;
  Outcome outcome;
  std::string message;
};

std::vector<Case> CasesOf(const Decision& decision) {
  std::vector<Case> cases;
  for (const Decision::CriterionResult& result : decision.criteria()) {
    const std::string slice = result.slice().empty() ? "" : absl::StrCat(" (", result.slice(), ")");
    cases.push_back(
        {absl::StrCat(result.criterion_id(), slice), OutcomeOf(result), result.explanation()});
  }
  if (ByCriteria(decision) != decision.effective_verdict()) {
    std::string message = decision.explanation();
    if (!decision.overrides().empty()) {
      const Decision::Override& last = *decision.overrides().rbegin();
      message = absl::StrCat("Overridden to ", VerdictName(last.verdict()), " by ", last.actor(),
                             ": ", last.reason());
    }
    cases.push_back({"verdict", OutcomeOf(decision.effective_verdict()), std::move(message)});
  }
  return cases;
}

// The shortest digits that read as the same number again.
std::string Number(double value) {
  for (int digits = 6; digits < 17; ++digits) {
    const std::string text = absl::StrFormat("%.*g", digits, value);
    if (std::stod(text) == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

// UTC without a zone: the schema knows none.
std::string Timestamp(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

double SecondsFrom(const google::protobuf::Timestamp& begin,
                   const google::protobuf::Timestamp& end) {
  return std::max(0.0, static_cast<double>(end.seconds() - begin.seconds()) +
                           (end.nanos() - begin.nanos()) / 1e9);
}

using Property = std::pair<std::string, std::string>;

// What people filter and plot by, one property a figure.
class Properties {
 public:
  void Add(std::string name, std::string value) {
    if (!value.empty()) all_.emplace_back(std::move(name), std::move(value));
  }
  void Add(std::string name, double value) { Add(std::move(name), Number(value)); }
  void Add(std::string name, int64_t value) { Add(std::move(name), std::to_string(value)); }
  void Add(const std::string& name, const v1::Estimate& estimate) {
    if (estimate.sample_count() == 0) return;
    Add(name, estimate.value());
    Add(name + "_lower", estimate.lower());
    Add(name + "_upper", estimate.upper());
  }
  const std::vector<Property>& all() const { return all_; }

 private:
  std::vector<Property> all_;
};

void AddMetric(const v1::Report::Metric& metric, Properties& properties) {
  if (!metric.slice().empty()) return;
  properties.Add(metric.id() + ".baseline", metric.baseline());
  if (!metric.has_candidate()) return;
  properties.Add(metric.id() + ".candidate", metric.candidate());
  properties.Add(metric.id() + ".difference", metric.paired().points());
  if (metric.id() != "overall_accuracy") return;
  properties.Add("gained", metric.paired().gained());
  properties.Add("lost", metric.paired().lost());
  properties.Add("p_mid", metric.paired().p_mid());
}

Properties PropertiesOf(const v1::Evaluation& evaluation, const Decision& decision) {
  const v1::Report& report = evaluation.report();
  Properties properties;
  properties.Add("verdict", VerdictName(decision.effective_verdict()));
  if (decision.effective_verdict() != decision.verdict()) {
    properties.Add("computed_verdict", VerdictName(decision.verdict()));
  }
  properties.Add("decision",
                 decision.name().empty()
                     ? absl::StrCat("not recorded; tunegate decision create ", evaluation.name())
                     : decision.name());
  properties.Add("evaluation", evaluation.name());
  properties.Add("dataset", evaluation.dataset());
  properties.Add("baseline", evaluation.baseline().model());
  properties.Add("baseline_answered_by",
                 absl::StrJoin(report.baseline_usage().answering_models(), ", "));
  properties.Add("candidate", evaluation.candidate().model());
  properties.Add("candidate_answered_by",
                 absl::StrJoin(report.candidate_usage().answering_models(), ", "));
  properties.Add("policy_digest", decision.policy_digest());
  if (decision.post_hoc()) properties.Add("post_hoc", "true");
  properties.Add("examples", decision.example_count());
  properties.Add("look", int64_t{evaluation.look()});
  properties.Add("assured_gain", decision.assured_gain());
  for (const v1::Report::Metric& metric : report.metrics()) AddMetric(metric, properties);
  if (report.has_latency_ratio()) properties.Add("latency_ratio", report.latency_ratio());
  if (report.cluster_count() > 0) {
    properties.Add("cluster_key", report.cluster_key());
    properties.Add("clusters", report.cluster_count());
  }
  properties.Add("worst_slices", absl::StrJoin(report.worst_slices(), ", "));
  properties.Add("calls", evaluation.usage().calls());
  properties.Add("certificate_digest", decision.certificate_digest());
  properties.Add("tunegate_version", kVersion);
  return properties;
}

// One suite with its cases, as text.
class Document {
 public:
  Document(const v1::Evaluation& evaluation, const Decision& decision)
      : evaluation_(evaluation),
        decision_(decision),
        task_(WithoutPrefix(evaluation.task(), "tasks/")),
        cases_(CasesOf(decision)) {}

  std::string Text() && {
    absl::StrAppend(&text_, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    Suite();
    absl::StrAppend(&text_, "</testsuites>\n");
    return std::move(text_);
  }

 private:
  void Attribute(const char* name, std::string_view value) {
    absl::StrAppend(&text_, " ", name, "=\"", EscapeXml(value), "\"");
  }
  int64_t CountOf(std::string_view element) const {
    return std::count_if(cases_.begin(), cases_.end(),
                         [&](const Case& c) { return c.outcome.element == element; });
  }

  void Suite() {
    const double seconds = evaluation_.has_end_time() && evaluation_.has_create_time()
                               ? SecondsFrom(evaluation_.create_time(), evaluation_.end_time())
                               : 0;
    absl::StrAppend(&text_, "  <testsuite");
    Attribute("id", "0");
    Attribute("package", "tunegate");
    Attribute("name", task_);
    Attribute("hostname", "localhost");
    Attribute("timestamp", Timestamp(decision_.has_create_time() ? decision_.create_time()
                                                                 : evaluation_.end_time()));
    Attribute("tests", std::to_string(cases_.size()));
    Attribute("failures", std::to_string(CountOf("failure")));
    Attribute("errors", std::to_string(CountOf("error")));
    Attribute("skipped", std::to_string(CountOf("skipped")));
    Attribute("time", absl::StrFormat("%.3f", seconds));
    absl::StrAppend(&text_, ">\n    <properties>\n");
    const Properties properties = PropertiesOf(evaluation_, decision_);
    for (const auto& [name, value] : properties.all()) {
      absl::StrAppend(&text_, "      <property");
      Attribute("name", name);
      Attribute("value", value);
      absl::StrAppend(&text_, "/>\n");
    }
    absl::StrAppend(&text_, "    </properties>\n");
    for (const Case& one : cases_) TestCase(one);
    absl::StrAppend(&text_, "    <system-out>", EscapeXml(Words()), "</system-out>\n");
    absl::StrAppend(&text_, "    <system-err>", EscapeXml(Warnings()), "</system-err>\n");
    absl::StrAppend(&text_, "  </testsuite>\n");
  }

  void TestCase(const Case& one) {
    absl::StrAppend(&text_, "    <testcase");
    Attribute("name", one.name);
    Attribute("classname", absl::StrCat("tunegate.", task_));
    // Judging is arithmetic; the time that the answers took is the suite's.
    Attribute("time", "0.000");
    if (one.outcome.element.empty()) {
      absl::StrAppend(&text_, "/>\n");
      return;
    }
    const std::string element(one.outcome.element);
    absl::StrAppend(&text_, ">\n      <", element);
    if (element != "skipped") Attribute("type", one.outcome.type);
    Attribute("message", absl::StrCat(one.outcome.type, ": ", one.message));
    if (element == "skipped") {
      absl::StrAppend(&text_, "/>\n    </testcase>\n");
      return;
    }
    absl::StrAppend(&text_, ">", EscapeXml(one.message), "</", element, ">\n    </testcase>\n");
  }

  // All that was judged, for a reader of the log.
  std::string Words() const {
    std::string words = absl::StrCat("verdict: ", VerdictName(decision_.effective_verdict()), "\n",
                                     decision_.explanation(), "\n");
    for (const Case& one : cases_) {
      absl::StrAppend(&words, one.outcome.element.empty() ? "PASS" : one.outcome.type, "  ",
                      one.name, ": ", one.message, "\n");
    }
    absl::StrAppend(&words, "next: ", decision_.next_step(), "\n");
    return words;
  }

  std::string Warnings() const {
    std::string words;
    for (const std::string& warning : evaluation_.report().warnings()) {
      absl::StrAppend(&words, "warning: ", warning, "\n");
    }
    return words;
  }

  const v1::Evaluation& evaluation_;
  const Decision& decision_;
  const std::string task_;
  const std::vector<Case> cases_;
  std::string text_;
};

}  // namespace

absl::Status RenderJunit(const v1::Evaluation& evaluation, const v1::Decision& decision,
                         const ByteSink& sink) {
  const std::string text = Document(evaluation, decision).Text();
  for (size_t at = 0; at < text.size(); at += kPieceBytes) {
    TG_RETURN_IF_ERROR(sink(std::string_view(text).substr(at, kPieceBytes)));
  }
  return absl::OkStatus();
}

}  // namespace tunegate::evaluations
