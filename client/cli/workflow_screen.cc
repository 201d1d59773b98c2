#include "client/cli/workflow_screen.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/cli/dataset_screen.h"
#include "client/cli/decision_screen.h"
#include "client/cli/event_text.h"
#include "client/cli/evidence_text.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/progress_line.h"
#include "client/cli/session.h"
#include "client/cli/variant_text.h"
#include "client/client.h"
#include "common/clock.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

using v1::Dataset;
using v1::Evaluation;
using v1::Workflow;

constexpr int kTextColumn = 14;
constexpr int kElapsedColumn = 91;

std::string StageName(Workflow::Stage stage) {
  if (stage == Workflow::STAGE_UNSPECIFIED) return "start";
  return absl::AsciiStrToLower(EnumText(*Workflow::Stage_descriptor(), stage, "STAGE_"));
}

// "  training    ftjob-1  epoch 3/3 ...                                        2.9s"
std::vector<Line> StageText(std::string_view name, std::string_view text,
                            std::string_view elapsed) {
  std::vector<Line> lines;
  for (const std::string& piece : Wrap(Printable(text), kElapsedColumn - kTextColumn - 2)) {
    Line line;
    if (lines.empty()) line.Add("  ").Add(name, Style::kStrong);
    lines.push_back(line.PadTo(kTextColumn).Add(piece));
  }
  if (!elapsed.empty()) lines.front().PadTo(kElapsedColumn).Add(elapsed, Style::kFaint);
  return lines;
}

// How long a resource took, once it has ended.
template <typename Resource>
std::string Took(const Resource& resource) {
  if (!resource.has_create_time() || !resource.has_end_time()) return "";
  return Elapsed(ToTime(resource.end_time()) - ToTime(resource.create_time()));
}

}  // namespace

WorkflowScreen::WorkflowScreen(Session& session, client::Client& client, Workflow workflow)
    : session_(session), client_(client), workflow_(std::move(workflow)) {}

bool WorkflowScreen::HasEnded() const {
  const Workflow::State state = workflow_.state();
  return state == Workflow::STATE_SUCCEEDED || state == Workflow::STATE_FAILED ||
         state == Workflow::STATE_CANCELLED;
}

void WorkflowScreen::OnEvent(const v1::Event& event, LiveBlock&) {
  in_snapshot_ = event.type() == v1::Event::TYPE_SNAPSHOT;
  switch (event.payload_case()) {
    case v1::Event::kWorkflow:
      if (event.resource() == workflow_.name()) workflow_ = event.workflow();
      break;
    case v1::Event::kDataset:
      datasets_[event.resource()] = event.dataset();
      break;
    case v1::Event::kJob:
      jobs_[event.resource()] = event.job();
      break;
    case v1::Event::kEvaluation:
      evaluations_[event.resource()] = event.evaluation();
      break;
    default:
      break;
  }
}

void WorkflowScreen::OnCommit(int64_t, LiveBlock& block) {
  // A snapshot's resources come in any order: a stage's line waits until all are known.
  if (std::exchange(in_snapshot_, false)) return;
  PrintFinishedStages(block);
  PrintTrouble(block);
  if (HasEnded()) {
    block.Clear();
    ended_ = true;
  } else {
    DrawStageAtWork(block);
  }
}

void WorkflowScreen::PrintFinishedStages(LiveBlock& block) {
  const bool succeeded = workflow_.state() == Workflow::STATE_SUCCEEDED;
  const int finished = succeeded ? Workflow::STAGE_DECISION : workflow_.stage() - 1;
  // The live line is about a stage that is over.
  if (printed_stages_ < finished) block.Clear();
  for (; printed_stages_ < finished; ++printed_stages_) {
    const auto stage = static_cast<Workflow::Stage>(printed_stages_ + 1);
    for (const Line& line : StageLines(stage)) block.Print(line);
  }
}

void WorkflowScreen::PrintTrouble(LiveBlock& block) {
  const bool troubled = workflow_.state() == Workflow::STATE_BLOCKED ||
                        workflow_.state() == Workflow::STATE_FAILED ||
                        workflow_.state() == Workflow::STATE_CANCELLED;
  if (!troubled) {
    told_trouble_.clear();
    return;
  }
  const std::string state = StateText(workflow_.state());
  const std::string trouble = state + workflow_.failure().message();
  if (trouble == told_trouble_) return;
  told_trouble_ = trouble;
  Line line("  ");
  line.Add(StageName(workflow_.stage()), Style::kStrong).PadTo(kTextColumn);
  block.Print(line.Add(state, StyleOfState(state)));
  Facts facts(kTextColumn);
  facts.Add(workflow_.failure());
  for (const Line& detail : facts.Lines(session_.terminal().columns)) block.Print(detail);
}

void WorkflowScreen::DrawStageAtWork(LiveBlock& block) {
  Line line("  ");
  line.Add(StageName(workflow_.stage()), Style::kStrong).PadTo(kTextColumn);
  const absl::Time now = session_.clock().Now();
  if (workflow_.state() == Workflow::STATE_BLOCKED) {
    const bool by_itself = workflow_.failure().reason() == "PROVIDER_UNREACHABLE";
    line.Add(by_itself ? "waits for its provider" : "waits for a person", Style::kWarning);
  } else if (workflow_.stage() == Workflow::STAGE_TRAINING) {
    const v1::Job& job = FindJob(workflow_.job());
    if (job.state() == v1::Job::STATE_UNSPECIFIED) {
      line.Add("begins");
    } else if (job.state() != v1::Job::STATE_RUNNING) {
      line.Add(StateText(job.state()) + "  ");
    }
    line.Append(TrainingLine(job, session_.terminal(), now));
  } else {
    std::string name;
    if (workflow_.stage() == Workflow::STAGE_BASELINE) name = workflow_.baseline_evaluation();
    if (workflow_.stage() == Workflow::STAGE_EVALUATION) name = workflow_.evaluation();
    const auto found = evaluations_.find(name);
    if (found == evaluations_.end()) {
      line.Add("at work");
    } else {
      line.Append(EvaluationLine(found->second, session_.terminal(), now));
    }
  }
  Line again("  Ctrl-C leaves; the workflow goes on. Again: tunegate workflow watch ",
             Style::kFaint);
  block.Draw({line, again.Add(workflow_.name(), Style::kFaint)});
}

std::vector<Line> WorkflowScreen::StageLines(Workflow::Stage stage) {
  switch (stage) {
    case Workflow::STAGE_DATASETS:
      return DatasetsLines();
    case Workflow::STAGE_BASELINE:
      return BaselineLines();
    case Workflow::STAGE_TRAINING:
      return TrainingLines();
    case Workflow::STAGE_EVALUATION:
      return EvaluationLines();
    case Workflow::STAGE_DECISION:
      return DecisionLines();
    default:
      return {};
  }
}

std::vector<Line> WorkflowScreen::DatasetsLines() {
  std::string text;
  int64_t errors = 0;
  int64_t warnings = 0;
  for (const auto& [name, split] :
       {std::pair(workflow_.training_dataset(), Dataset::SPLIT_TRAIN),
        std::pair(workflow_.validation_dataset(), Dataset::SPLIT_VALIDATION),
        std::pair(workflow_.test_dataset(), Dataset::SPLIT_TEST)}) {
    const Dataset& dataset = FindDataset(name, split);
    if (dataset.name().empty()) continue;
    text += (text.empty() ? "" : ", ") + Count(dataset.example_count()) + " " + SplitText(dataset);
    errors += dataset.error_count();
    warnings += dataset.warning_count();
  }
  if (text.empty()) return {};
  if (workflow_.generate().has_seed()) {
    text += "; seed " + std::to_string(workflow_.generate().seed());
  }
  text += "; " + Counted(errors, "error") + ", " + Counted(warnings, "warning");
  return StageText("datasets", text, "");
}

std::vector<Line> WorkflowScreen::BaselineLines() {
  std::vector<Line> lines;
  if (!workflow_.baseline_evaluation().empty()) {
    const Evaluation evaluation = ReadEvaluation(workflow_.baseline_evaluation());
    const auto* metric = FindMetric(evaluation.report(), "overall_accuracy");
    std::string text =
        WhoAnswers(evaluation.baseline(), evaluation.report().baseline_usage().answering_models());
    if (metric != nullptr) {
      text += " on " + Counted(evaluation.report().example_count(), "test") + ": " +
              Percent(metric->baseline().value()) + " right " + PercentInterval(metric->baseline());
    }
    lines = StageText("baseline", text, Took(evaluation));
  }
  if (workflow_.plan().has_forecast()) {
    const std::string_view name = lines.empty() ? "baseline" : "";
    for (Line& line :
         StageText(name, "forecast: " + ForecastText(workflow_.plan().forecast()), "")) {
      lines.push_back(std::move(line));
    }
  }
  for (const std::string& warning : workflow_.plan().warnings()) {
    if (lines.empty()) break;
    for (Line& line : StageText("", "warning: " + warning, "")) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Line> WorkflowScreen::TrainingLines() {
  const v1::Job& job = FindJob(workflow_.job());
  if (job.name().empty()) return {};
  std::string text = job.provider_job();
  const std::string figures = TrainingFigures(job);
  text += (text.empty() || figures.empty() ? "" : "  ") + figures;
  std::vector<Line> lines = StageText("training", text, Took(job));
  if (!job.fine_tuned_model().empty()) {
    for (Line& line : StageText("", "made " + job.fine_tuned_model(), "")) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<Line> WorkflowScreen::EvaluationLines() {
  if (workflow_.evaluation().empty()) return {};
  const Evaluation evaluation = ReadEvaluation(workflow_.evaluation());
  const v1::Progress& progress = evaluation.progress();
  std::string text = Count(progress.done()) + " of " + Count(progress.total()) + " calls";
  if (evaluation.has_report()) {
    const auto& baseline = evaluation.report().baseline_usage();
    const auto& candidate = evaluation.report().candidate_usage();
    text += ", " + Count(baseline.retries() + candidate.retries()) + " retried, " +
            Count(baseline.failed() + candidate.failed()) + " failed";
  }
  if (evaluation.usage().has_cost()) text += ", " + Amount(evaluation.usage().cost());
  std::vector<Line> lines = StageText("evaluation", text, Took(evaluation));
  const auto* metric = FindMetric(evaluation.report(), "overall_accuracy");
  if (metric != nullptr && metric->has_paired()) {
    const std::string gain =
        "gain " + AssuredGainText(evaluation.report(), metric->paired().points().lower()) + "; " +
        Count(metric->paired().gained()) + " gained, " + Count(metric->paired().lost()) + " lost";
    for (Line& line : StageText("", gain, "")) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Line> WorkflowScreen::DecisionLines() {
  if (workflow_.decision().empty()) return {};
  return StageText("decision", workflow_.decision(), "");
}

const Dataset& WorkflowScreen::FindDataset(const std::string& name, Dataset::Split split) {
  static const Dataset kNone;
  if (name.empty()) {
    const auto made = std::find_if(datasets_.begin(), datasets_.end(), [&](const auto& entry) {
      return entry.second.split() == split;
    });
    return made == datasets_.end() ? kNone : made->second;
  }
  if (!datasets_.contains(name)) {
    v1::GetDatasetRequest request;
    request.set_name(name);
    if (auto response = client_.Call(request); response.ok()) datasets_[name] = response->dataset();
  }
  const auto found = datasets_.find(name);
  return found == datasets_.end() ? kNone : found->second;
}

const v1::Job& WorkflowScreen::FindJob(const std::string& name) {
  static const v1::Job kNone;
  if (!name.empty() && !jobs_.contains(name)) {
    v1::GetJobRequest request;
    request.set_name(name);
    if (auto response = client_.Call(request); response.ok()) jobs_[name] = response->job();
  }
  const auto found = jobs_.find(name);
  return found == jobs_.end() ? kNone : found->second;
}

Evaluation WorkflowScreen::ReadEvaluation(const std::string& name) {
  v1::GetEvaluationRequest request;
  request.set_name(name);
  if (auto response = client_.Call(request); response.ok()) return response->evaluation();
  return evaluations_[name];
}

}  // namespace tunegate::cli
