// The declarations of `tunegate workflow`; what the verbs do is in workflow.cc.
#include "client/cli/nouns.h"
#include "client/cli/workflow.h"

namespace tunegate::cli {
namespace {

void DeclareRun(VerbSpec& verb, WorkflowRun& run) {
  verb.Option("--task", "TASK", "tasks/product_intent by default", Name(&run.task, "tasks"));
  verb.Option("--train", "DATASET", "generated when it is not given", Name(&run.train, "datasets"));
  verb.Option("--validation", "DATASET", "generated with the others when it is not given",
              Name(&run.validation, "datasets"));
  verb.Option("--test", "DATASET", "generated when it is not given", Name(&run.test, "datasets"));
  DeclareGenerate(verb, "-count", run.generate);
  DeclareVariant(verb, "baseline", "who serves now; the base model by default", run.baseline);
  DeclareVariant(verb, "candidate", "judge this model, or jobs/ID's; nothing is trained",
                 run.candidate);
  DeclareTraining(verb, "--training-seed", run.training);
  verb.Option("--policy", "FILE", "textproto of tunegate.v1.Policy; the task's otherwise",
              Text(&run.policy_file));
  DeclareBudget(verb, run.budget);
  verb.Option("--concurrency", "N", "calls at the same time; the server's choice otherwise",
              Whole(&run.concurrency, 1, 1024));
  verb.Flag("--train-if-infeasible", "train although the baseline leaves no room for the target",
            &run.train_if_infeasible);
  verb.Flag("--dry-run", "start nothing: quote and forecast", &run.dry_run);
  verb.Flag("--baseline-only", "end after measuring the baseline and the forecast",
            &run.baseline_only);
  verb.Flag("--detach", "do not watch", &run.detach);
  DeclareNaming(verb, run.naming);
  verb.Example("tunegate workflow run --seed 1 --id nov --budget-usd 2.50")
      .Example("tunegate workflow run --baseline-only --test datasets/mine")
      .Example("tunegate workflow run --baseline gpt-x --candidate ft:gpt-x:acme --test mine");
}

}  // namespace

void AddWorkflow(Parser& parser) {
  NounSpec& noun = parser.Noun("workflow", "The whole way from datasets to a verdict");
  auto [run, r] = noun.Verb<WorkflowRun>(
      "run", "Runs the whole way and exits by its verdict: 0 GO, 3 NO_GO, 4 INCONCLUSIVE");
  DeclareRun(run, r);

  auto [list, l] = noun.Verb<WorkflowList>("list", "Lists workflows, newest first");
  DeclareList(list, l.list);

  auto [show, s] = noun.Verb<WorkflowShow>("show", "Shows a workflow as it is now");
  show.Argument("NAME", "the workflow", Name(&s.name, "workflows"));
  show.Flag("--exit-status", "exit by the verdict", &s.exit_status);

  auto [watch, w] =
      noun.Verb<WorkflowWatch>("watch", "Follows a workflow to its end and exits by its verdict");
  watch.Argument("NAME", "the workflow", Name(&w.name, "workflows"));

  auto [cancel, c] = noun.Verb<WorkflowCancel>("cancel", "Asks it and what it runs to stop");
  cancel.Argument("NAME", "the workflow", Name(&c.name, "workflows"));

  auto [resume, e] = noun.Verb<WorkflowResume>(
      "resume", "Goes on with a BLOCKED or FAILED one at the stage that stopped");
  resume.Argument("NAME", "the workflow", Name(&e.name, "workflows"));
  DeclareBudget(resume, e.budget);
  resume.Flag("--watch", "follow it to its end", &e.watch);
}

}  // namespace tunegate::cli
