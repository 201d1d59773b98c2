// Writes a page of made-up answers to standard output, to be looked at in a browser. Argument: GO
// (the default), NO_GO, INCONCLUSIVE or BASELINE.
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/answers/results.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/verdict/decide.h"
#include "common/evidence/verdict/policy.h"
#include "common/random.h"
#include "server/evaluations/html_report.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr const char* kIntents[] = {"GIFT", "PERSONAL_USE", "BUSINESS", "COMPARISON", "URGENT"};
constexpr const char* kBudgets[] = {"mid_range", "economic", "premium", "unspecified"};
constexpr const char* kQueries[] = {
    "Busco un regalo para mi mamá que le guste la cocina, sin gastar mucho",
    "necesito un portatil para trabajar desde casa",
    "¿Qué es mejor, una tablet o un lector de libros electrónicos para leer de noche?",
    "Quiero 30 mochilas con logo para los empleados nuevos, con factura",
    "me urge un cargador para mañana, el mío se rompió",
    "un detallito para la seño de mi hijo por fin de curso"};

// How often each arm is right in each field, and how long it takes.
struct Arms {
  double baseline = 0.82;
  double candidate = 0.97;
  double slower = 1.0;
};

std::string AnswerOf(const std::string& intent, const std::string& budget) {
  return absl::StrCat("{\"intent_type\":\"", intent,
                      "\",\"category\":\"kitchen\",\"budget_tier\":\"", budget,
                      "\",\"recipient\":\"mother\",\"context_tags\":[\"gift\"],",
                      "\"priority_features\":[\"practical\",\"low_price\"]}");
}

std::string Said(Random& random, double right, const std::string& intent,
                 const std::string& budget) {
  const std::string said_intent = random.Chance(right) ? intent : kIntents[random.Below(5)];
  const std::string said_budget = random.Chance(right) ? budget : kBudgets[random.Below(4)];
  if (random.Chance(0.01)) return "Claro, con gusto: es un regalo.";
  return AnswerOf(said_intent, said_budget);
}

int64_t Latency(Random& random, double scale) {
  const double noise = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
  return static_cast<int64_t>(scale * 620'000 * std::exp(0.55 * noise));
}

fixture::Asked Ask(const Arms& arms, int count) {
  Random random(7);
  fixture::Asked asked;
  for (int64_t line = 1; line <= count; ++line) {
    const std::string intent = kIntents[line % 5];
    const std::string budget = kBudgets[random.Below(4)];
    datasets::Example example = fixture::MakeExample(line, AnswerOf(intent, budget));
    example.query = kQueries[line % 6];
    example.slices = {{"family", absl::StrCat("f", line % 40)},
                      {"noise", line % 4 == 0   ? "typo"
                                : line % 4 == 1 ? "accent"
                                                : "none"},
                      {"case", line % 10 == 0 ? "ambiguous" : "plain"}};
    asked.examples.push_back(example);
    for (const auto arm : {CallRecord::ARM_BASELINE, CallRecord::ARM_CANDIDATE}) {
      const bool baseline = arm == CallRecord::ARM_BASELINE;
      CallRecord call = fixture::MakeCall(
          line, arm, Said(random, baseline ? arms.baseline : arms.candidate, intent, budget));
      call.set_answering_model(baseline ? "gpt-4o-mini-2024-07-18"
                                        : "ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x");
      call.set_response_time_us(Latency(random, baseline ? 1 : arms.slower));
      call.set_user_time_us(call.response_time_us() + 40'000);
      call.set_input_tokens(182);
      call.set_output_tokens(61);
      asked.calls.push_back(std::move(call));
    }
  }
  return asked;
}

std::vector<v1::JobMetric> Losses() {
  Random random(3);
  std::vector<v1::JobMetric> metrics;
  for (int step = 1; step <= 1200; step += 4) {
    v1::JobMetric metric;
    metric.set_step(step);
    (*metric.mutable_figures())["train_loss"] =
        1.6 * std::exp(-step / 260.0) + 0.05 + 0.06 * random.Uniform();
    if (step % 100 == 1) {
      (*metric.mutable_figures())["valid_loss"] = 1.5 * std::exp(-step / 300.0) + 0.16;
    }
    metrics.push_back(metric);
  }
  return metrics;
}

v1::Evaluation EvaluationOf(const v1::Task& task, const v1::Report& report, bool has_candidate) {
  v1::Evaluation evaluation;
  evaluation.set_name("evaluations/nov");
  evaluation.set_task(task.name());
  evaluation.set_dataset("datasets/nov-test");
  evaluation.set_state(v1::Evaluation::STATE_SUCCEEDED);
  evaluation.set_seed(20261122);
  evaluation.set_look(1);
  evaluation.set_system_prompt(task.system_prompt());
  evaluation.set_policy_digest(decisions::PolicyDigest(decisions::DefaultPolicy()));
  evaluation.mutable_create_time()->set_seconds(1'795'342'800);
  evaluation.mutable_end_time()->set_seconds(1'795'343'220);
  evaluation.mutable_baseline()->set_provider("openai");
  evaluation.mutable_baseline()->set_model("gpt-4o-mini");
  if (has_candidate) {
    evaluation.mutable_candidate()->set_provider("openai");
    evaluation.mutable_candidate()->set_model("ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x");
  }
  *evaluation.mutable_report() = report;
  return evaluation;
}

absl::Status WriteSample(std::string_view kind) {
  const v1::Task& task = tasks::BuiltInTasks()[0];
  const bool has_candidate = kind != "BASELINE";
  Arms arms;
  if (kind == "NO_GO") arms = {0.9, 0.86, 1.6};
  if (kind == "INCONCLUSIVE") arms = {0.90, 0.95, 1.02};
  fixture::Asked asked = Ask(arms, 100);
  if (!has_candidate) {
    std::erase_if(asked.calls, [](const auto& c) { return c.arm() == CallRecord::ARM_CANDIDATE; });
  }
  ReportOptions options;
  options.has_candidate = has_candidate;
  options.baseline_model = "gpt-4o-mini";
  options.candidate_model = "ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x";
  options.price_table = "openai-2026-11-01";
  options.price = [](const std::string&, const v1::Usage& usage) {
    v1::Money money;
    money.set_currency_code("USD");
    money.set_micros((usage.input_tokens() * 30 + usage.output_tokens() * 120) / 100);
    return money;
  };
  TG_ASSIGN_OR_RETURN(const v1::Report report,
                      BuildReport(task, asked.examples, asked.calls, options));
  TG_ASSIGN_OR_RETURN(const auto results, BuildResults(task, asked.examples, asked.calls));
  const v1::Evaluation evaluation = EvaluationOf(task, report, has_candidate);
  v1::Decision decision;
  if (has_candidate) {
    TG_ASSIGN_OR_RETURN(decision, decisions::Decide({&evaluation, decisions::DefaultPolicy()}));
    decision.set_name("decisions/nov");
  }
  const HtmlReportInput input{
      .task = &task,
      .evaluation = &evaluation,
      .decision = has_candidate ? &decision : nullptr,
      .results =
          [&](const ResultVisitor& visit) {
            for (const v1::Result& result : results) {
              TG_RETURN_IF_ERROR(visit(result));
            }
            return absl::OkStatus();
          },
      .job_metrics = has_candidate ? Losses() : std::vector<v1::JobMetric>()};
  return RenderHtml(input, [](std::string_view piece) {
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace tunegate::evaluations

int main(int argc, char** argv) {
  const absl::Status status = tunegate::evaluations::WriteSample(argc > 1 ? argv[1] : "GO");
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
