#include "server/evaluations/report_sample.h"

#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/answers/results.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/verdict/decide.h"
#include "common/evidence/verdict/policy.h"
#include "common/random.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr const char* kIntents[] = {"GIFT", "PERSONAL_USE", "BUSINESS", "COMPARISON", "URGENT"};
constexpr const char* kBudgets[] = {"mid_range", "economic", "premium", "unspecified"};
constexpr const char* kNoises[] = {"clean", "typo", "clean", "missing_accents"};
constexpr const char* kQueries[] = {
    "Busco un regalo para mi mamá que le guste la cocina, sin gastar mucho",
    "necesito un portatil para trabajar desde casa",
    "¿Qué es mejor, una tablet o un lector de libros electrónicos para leer de noche?",
    "Quiero 30 mochilas con logo para los empleados nuevos, con factura",
    "me urge un cargador para mañana, el mío se rompió",
    "un detallito para la seño de mi hijo por fin de curso"};
constexpr const char* kBaselineModel = "gpt-4o-mini-2024-07-18";
constexpr const char* kCandidateModel = "ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x";

// How often each arm is right in each field, and how long it takes.
struct Arms {
  double baseline = 0.82;
  double candidate = 0.97;
  double slower = 1.0;
};

Arms ArmsOf(SampleKind kind) {
  switch (kind) {
    case SampleKind::kNoGo:
      return {0.9, 0.87, 1.6};
    case SampleKind::kInconclusive:
    case SampleKind::kSecondLook:
      return {0.89, 0.955, 1.02};
    default:
      return {};
  }
}

std::string AnswerOf(const std::string& intent, const std::string& budget,
                     const std::string& tags = "\"gift\"") {
  return absl::StrCat("{\"intent_type\":\"", intent,
                      "\",\"category\":\"kitchen\",\"budget_tier\":\"", budget,
                      "\",\"recipient\":\"mother\",\"context_tags\":[", tags, "],",
                      "\"priority_features\":[\"practical\",\"low_price\"]}");
}

// Answers and calls, one after another from one seed.
class Asking {
 public:
  explicit Asking(SampleKind kind) : kind_(kind), arms_(ArmsOf(kind)) {}

  fixture::Asked Ask(int count) {
    fixture::Asked asked;
    for (int64_t line = 1; line <= count; ++line) AskOne(line, asked);
    return asked;
  }

 private:
  void AskOne(int64_t line, fixture::Asked& asked) {
    const std::string intent = kIntents[line % 5];
    const std::string budget = kBudgets[random_.Below(4)];
    datasets::Example example = fixture::MakeExample(line, AnswerOf(intent, budget));
    example.query = kQueries[line % 6];
    example.slices = {{"family", absl::StrCat("t", line % 40 + 1)},
                      {"noise", kNoises[line % 4]},
                      {"region", line % 3 == 0 ? "rioplatense" : "peninsular"},
                      {"case", line % 8 == 0 ? "ambiguous" : "plain"}};
    // What is ambiguous is hard for both.
    const double hard = line % 8 == 0 ? 0.85 : 1;
    Call(line, CallRecord::ARM_BASELINE, arms_.baseline * hard, intent, budget, asked);
    if (kind_ != SampleKind::kBaseline) {
      Call(line, CallRecord::ARM_CANDIDATE, arms_.candidate * hard, intent, budget, asked);
    }
    asked.examples.push_back(std::move(example));
  }

  void Call(int64_t line, CallRecord::Arm arm, double right, const std::string& intent,
            const std::string& budget, fixture::Asked& asked) {
    const bool baseline = arm == CallRecord::ARM_BASELINE;
    const std::string said_intent = random_.Chance(right) ? intent : kIntents[random_.Below(5)];
    const std::string said_budget = random_.Chance(right) ? budget : kBudgets[random_.Below(4)];
    const bool good = said_intent == intent && said_budget == budget;
    std::string said = AnswerOf(said_intent, said_budget,
                                line % 7 == 0 && baseline ? "\"gift\",\"special\"" : "\"gift\"");
    if (random_.Chance(0.01)) said = "Claro, con gusto: es un regalo.";
    CallRecord call = fixture::MakeCall(line, arm, said);
    call.set_answering_model(baseline ? kBaselineModel : kCandidateModel);
    const double doubt = random_.Uniform();
    call.set_confidence(good ? 1 - 0.5 * doubt * doubt : 0.95 - 0.6 * doubt);
    const int64_t time = Latency(baseline ? 1 : arms_.slower);
    call.set_response_time_us(time);
    call.set_user_time_us(time + 40'000);
    call.set_input_tokens(182);
    call.set_output_tokens(61);
    if (kind_ == SampleKind::kBatch) {
      call.set_batch(true);
      call.clear_response_time_us();
      call.clear_user_time_us();
    }
    if (kind_ == SampleKind::kSecondLook && baseline) call.set_reused_from("evaluations/october");
    asked.calls.push_back(std::move(call));
  }

  int64_t Latency(double scale) {
    const double noise = random_.Uniform() + random_.Uniform() + random_.Uniform() - 1.5;
    return static_cast<int64_t>(scale * 620'000 * std::exp(0.55 * noise));
  }

  const SampleKind kind_;
  const Arms arms_;
  Random random_{7};
};

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

v1::Evaluation EvaluationOf(SampleKind kind, const v1::Task& task) {
  v1::Evaluation evaluation;
  evaluation.set_name("evaluations/nov");
  evaluation.set_task(task.name());
  evaluation.set_dataset("datasets/nov-test");
  evaluation.set_state(v1::Evaluation::STATE_SUCCEEDED);
  evaluation.set_seed(20261122);
  evaluation.set_repeat_count(1);
  evaluation.set_system_prompt(task.system_prompt());
  *evaluation.mutable_policy() = decisions::DefaultPolicy();
  evaluation.set_policy_digest(decisions::PolicyDigest(decisions::DefaultPolicy()));
  evaluation.mutable_create_time()->set_seconds(1'795'342'800);
  evaluation.mutable_end_time()->set_seconds(1'795'343'220);
  evaluation.mutable_baseline()->set_provider("openai");
  evaluation.mutable_baseline()->set_model(kBaselineModel);
  evaluation.set_mode(kind == SampleKind::kBatch ? v1::Evaluation::MODE_BATCH
                                                 : v1::Evaluation::MODE_INTERACTIVE);
  if (kind == SampleKind::kBaseline) return evaluation;
  evaluation.set_look(kind == SampleKind::kSecondLook ? 2 : 1);
  evaluation.set_reuse_answers(kind == SampleKind::kSecondLook);
  evaluation.mutable_candidate()->set_provider("openai");
  evaluation.mutable_candidate()->set_model(kCandidateModel);
  return evaluation;
}

ReportOptions OptionsOf(SampleKind kind) {
  ReportOptions options;
  options.has_candidate = kind != SampleKind::kBaseline;
  options.baseline_model = kBaselineModel;
  options.candidate_model = kCandidateModel;
  options.price_table = "openai-2026-11-01";
  options.price = [](const std::string&, const v1::Usage& usage) {
    v1::Money money;
    money.set_currency_code("USD");
    money.set_micros((usage.input_tokens() * 30 + usage.output_tokens() * 120) / 100);
    return money;
  };
  if (kind == SampleKind::kSecondLook) options.confidence = 0.975;
  return options;
}

// For made-up answers nothing goes wrong; a test that fails here fails loudly.
template <typename T>
T ValueOf(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

// The built-in task, with a field scored that can be partly right: one tag too many passes.
v1::Task TaskWithScores() {
  v1::Task task = tasks::BuiltInTasks()[0];
  for (v1::Task::Field& field : *task.mutable_fields()) {
    if (field.id() != "context_tags") continue;
    field.set_scored(true);
    field.mutable_grader()->mutable_set_f1();
    field.mutable_grader()->set_pass_threshold(0.5);
  }
  return task;
}

}  // namespace

std::optional<SampleKind> SampleKindOf(std::string_view name) {
  if (name == "GO") return SampleKind::kGo;
  if (name == "NO_GO") return SampleKind::kNoGo;
  if (name == "INCONCLUSIVE") return SampleKind::kInconclusive;
  if (name == "BASELINE") return SampleKind::kBaseline;
  if (name == "BATCH") return SampleKind::kBatch;
  if (name == "SECOND_LOOK") return SampleKind::kSecondLook;
  return std::nullopt;
}

ResultSource ReportSample::Source() const {
  return [this](const ResultVisitor& visit) {
    for (const v1::Result& result : results) TG_RETURN_IF_ERROR(visit(result));
    return absl::OkStatus();
  };
}

ReportSample MakeReportSample(SampleKind kind, int examples) {
  ReportSample sample;
  sample.task = TaskWithScores();
  const fixture::Asked asked = Asking(kind).Ask(examples);
  sample.evaluation = EvaluationOf(kind, sample.task);
  *sample.evaluation.mutable_report() =
      ValueOf(BuildReport(sample.task, asked.examples, asked.calls, OptionsOf(kind)));
  sample.results = ValueOf(BuildResults(sample.task, asked.examples, asked.calls));
  if (kind == SampleKind::kBaseline) return sample;
  sample.decision = ValueOf(decisions::Decide({&sample.evaluation, sample.evaluation.policy()}));
  sample.decision->set_name("decisions/nov");
  sample.decision->set_look(sample.evaluation.look());
  sample.decision->mutable_create_time()->set_seconds(1'795'343'221);
  sample.decision->set_certificate_digest(
      "9f2c64a1b7e05d38c1f4a2906e7bd853f01c9a4e6d2278b35a90e1c47fb86d02");
  sample.decision->set_previous_certificate_digest(
      "03b1d6e84f7a92c05e6d1b38a4f2c97086ed5a1b39c7f4e02d81b6a5934fc07e");
  sample.job_metrics = Losses();
  return sample;
}

}  // namespace tunegate::evaluations
