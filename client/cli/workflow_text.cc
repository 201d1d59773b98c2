// A workflow at rest: its facts, lists of them, and the plan before any of it.
#include "absl/strings/ascii.h"
#include "client/cli/decision_screen.h"
#include "client/cli/event_text.h"
#include "client/cli/format.h"
#include "client/cli/spent_text.h"
#include "client/cli/variant_text.h"
#include "client/cli/workflow_screen.h"

namespace tunegate::cli {
namespace {

using v1::Workflow;

std::string NextCommand(const Workflow& workflow) {
  switch (workflow.state()) {
    case Workflow::STATE_BLOCKED:
    case Workflow::STATE_FAILED:
      return "tunegate workflow resume " + workflow.name();
    case Workflow::STATE_SUCCEEDED:
      if (!workflow.decision().empty()) return "tunegate decision show " + workflow.decision();
      return "tunegate workflow run --test " + workflow.test_dataset();
    case Workflow::STATE_CANCELLED:
      return "";
    default:
      return "tunegate workflow watch " + workflow.name();
  }
}

}  // namespace

Facts WorkflowFacts(const Workflow& workflow) {
  const std::string state = StateText(workflow.state());
  Facts facts(0);
  Line headline(state, StyleOfState(state));
  if (workflow.stage() != Workflow::STAGE_UNSPECIFIED) {
    headline.Add("   stage " + absl::AsciiStrToLower(EnumText(*Workflow::Stage_descriptor(),
                                                              workflow.stage(), "STAGE_")));
  }
  facts.Headline(workflow.name(), headline).Add("title", workflow.display_name());
  facts.Add(workflow.failure()).Add("task", workflow.task());
  facts.Add("train", workflow.training_dataset()).Add("validation", workflow.validation_dataset());
  facts.Add("test", workflow.test_dataset());
  if (workflow.has_baseline()) facts.Add("baseline", DescribeVariant(workflow.baseline(), {}));
  if (workflow.has_candidate()) facts.Add("candidate", DescribeVariant(workflow.candidate(), {}));
  facts.Add("measured", workflow.baseline_evaluation()).Add("job", workflow.job());
  facts.Add("evaluation", workflow.evaluation()).Add("decision", workflow.decision());
  if (workflow.plan().has_forecast()) {
    facts.Add("forecast", ForecastText(workflow.plan().forecast()));
  }
  if (workflow.plan().has_quote()) facts.Add("quote", Amount(workflow.plan().quote()));
  for (const std::string& warning : workflow.plan().warnings()) {
    facts.Add("warning", warning, Style::kWarning);
  }
  facts.Add("spent", SpentText(workflow.usage()));
  if (workflow.has_create_time()) facts.Add("created", DateAndTime(ToTime(workflow.create_time())));
  if (workflow.has_end_time()) facts.Add("ended", DateAndTime(ToTime(workflow.end_time())));
  return facts.Next(NextCommand(workflow));
}

Table WorkflowTable(const google::protobuf::RepeatedPtrField<Workflow>& workflows) {
  Table table({{"NAME"}, {"STATE"}, {"STAGE"}, {"VERDICT"}, {"TASK"}, {"CREATED"}});
  for (const Workflow& workflow : workflows) {
    const std::string state = StateText(workflow.state());
    const bool decided = workflow.verdict() != v1::Decision::VERDICT_UNSPECIFIED;
    const std::string verdict = decided ? VerdictText(workflow.verdict()) : "-";
    table.Row({workflow.name(), Line(state, StyleOfState(state)),
               EnumText(*Workflow::Stage_descriptor(), workflow.stage(), "STAGE_"),
               Line(verdict, StyleOfState(verdict)), workflow.task(),
               DateAndTime(ToTime(workflow.create_time()))});
  }
  return table;
}

void PrintPlan(std::ostream& out, const Terminal& terminal, const Workflow& workflow) {
  const Workflow::Plan& plan = workflow.plan();
  Facts facts(0);
  facts.Add("plan", "nothing was started and nothing spent");
  facts.Add("quote", plan.has_quote()
                         ? Amount(plan.quote()) + " by price table " + plan.price_table()
                         : "no price is known for these models");
  facts.Print(out, terminal);
  if (plan.has_forecast()) PrintForecast(out, terminal, plan.forecast());
  Facts rest(0);
  for (const std::string& warning : plan.warnings()) rest.Add("warning", warning, Style::kWarning);
  rest.Add("next", "the same command without --dry-run");
  rest.Print(out, terminal);
}

}  // namespace tunegate::cli
