// The declarations of `tunegate eval`; what the verbs do is in evaluation.cc.
#include "client/cli/evaluation.h"
#include "client/cli/nouns.h"

namespace tunegate::cli {
namespace {

void DeclareCreate(VerbSpec& verb, EvalCreate& create) {
  verb.Option("--task", "TASK", "the dataset's otherwise", Name(&create.task, "tasks"));
  verb.Option("--test", "DATASET", "of split test", Name(&create.test, "datasets")).Required();
  DeclareVariant(verb, "baseline", "who serves now (required)", create.baseline);
  DeclareVariant(verb, "candidate", "who is judged: a model, or jobs/ID for what that job made",
                 create.candidate);
  verb.Option("--provider", "NAME", "who is asked; the server's default otherwise",
              Text(&create.provider));
  verb.Option("--mode", "interactive|batch",
              "call by call, with response times (the default), or by the provider's Batch API: "
              "cheaper, within a day, without response times",
              Choice(&create.mode, {"interactive", "batch"}));
  verb.Flag("--strict-schema", "send the task's JSON Schema and let the provider enforce it",
            &create.strict_schema);
  verb.Flag("--logprobs", "ask for log-probabilities; the report tells how calibrated they are",
            &create.logprobs);
  verb.Option("--policy", "FILE", "textproto of tunegate.v1.Policy, frozen before the first call",
              Text(&create.policy_file));
  verb.Option("--concurrency", "N", "calls at the same time; the server's choice otherwise",
              Whole(&create.concurrency, 1, 1024));
  verb.Option("--rpm", "N", "at most so many requests in any minute, retries included",
              Whole(&create.requests_per_minute, 1, INT64_MAX));
  verb.Option("--tpm", "N", "at most so many tokens in any minute, in and out",
              Whole(&create.tokens_per_minute, 1, INT64_MAX));
  verb.Flag("--reuse",
            "take answers of earlier evaluations where dated snapshots and fine-tuned models were "
            "asked the same; for accuracy alone",
            &create.reuse);
  verb.Option("--repeat", "N", "times each example is asked; 1 by default",
              Whole(&create.repeat, 1, 20));
  verb.Option("--seed", "N", "for the order of calls", Whole(&create.seed, 1, INT64_MAX));
  DeclareBudget(verb, create.budget);
  DeclareNaming(verb, create.naming);
  verb.Flag("--decide", "watch, decide, and exit by the verdict: 0 GO, 3 NO_GO, 4 INCONCLUSIVE",
            &create.decide);
  verb.Flag("--watch", "follow it to its end", &create.watch);
  verb.Example(
      "tunegate eval create --test nov-test --baseline gpt-x --candidate jobs/nov --decide");
}

void AddLooking(NounSpec& noun) {
  auto [list, l] = noun.Verb<EvalList>("list", "Lists evaluations, newest first");
  DeclareList(list, l.list);

  auto [show, s] = noun.Verb<EvalShow>("show", "Shows an evaluation with its report");
  show.Argument("NAME", "the evaluation", Name(&s.name, "evaluations"));

  auto [watch, w] = noun.Verb<EvalWatch>("watch", "Follows an evaluation to its end");
  watch.Argument("NAME", "the evaluation", Name(&w.name, "evaluations"));

  auto [results, r] = noun.Verb<EvalResults>("results", "Lists the single answers, by example");
  results.Argument("NAME", "the evaluation", Name(&r.name, "evaluations"));
  results.Flag("--changed", "only where exactly one of both is right", &r.changed);
  results.Flag("--gained", "only where the candidate alone is right", &r.gained);
  results.Flag("--lost", "only where the baseline alone is right", &r.lost);
  results.Option("--filter", "FILTER", "e.g. 'candidate_right = false'", Text(&r.list.filter));
  DeclarePaging(results, r.list);

  auto [disputed, d] = noun.Verb<EvalDisputed>(
      "disputed",
      "Writes the examples that somebody answered otherwise than the label, for a person to say "
      "what is right: label and answers in random order, without saying whose they are");
  disputed.Argument("NAME", "the evaluation", Name(&d.name, "evaluations"));
  disputed.Option("-o", "FILE", "ending in .jsonl, or in .tsv for a spreadsheet", Text(&d.file))
      .Required();
  disputed.Example("tunegate eval disputed evaluations/nov -o disputed.tsv");

  auto [report, p] = noun.Verb<EvalReport>("report", "Renders the report, with its decision");
  report.Argument("NAME", "evaluations/ID or decisions/ID", Text(&p.name));
  report.Option("--out", "FILE", "write to it, whole or not at all; standard output otherwise",
                Text(&p.file));
  report.Option("-o", "FILE", "the same as --out", Text(&p.file));
  report.Option(
      "--format", "FORMAT",
      "html, json, csv (every answer), junit (for CI systems) or evidence (what `tunegate "
      "decision verify` makes every figure from again); by the file's ending otherwise "
      "(.html, .json, .csv, .xml, .jsonl), then html",
      Choice(&p.format, {"html", "json", "csv", "junit", "evidence"}));
  report.Example("tunegate eval report evaluations/nov --out report.html");
  report.Example("tunegate eval report decisions/nov --format junit --out tunegate.xml");
}

}  // namespace

void AddEvaluation(Parser& parser) {
  NounSpec& noun = parser.Noun("eval", "Measurements of a baseline and a candidate");
  auto [create, c] =
      noun.Verb<EvalCreate>("create", "Asks baseline and candidate the same examples, afresh");
  DeclareCreate(create, c);
  AddLooking(noun);

  auto [cancel, x] =
      noun.Verb<EvalCancel>("cancel", "Asks for it to stop; answers so far are kept");
  cancel.Argument("NAME", "the evaluation", Name(&x.name, "evaluations"));

  auto [resume, e] = noun.Verb<EvalResume>("resume", "Goes on with a BLOCKED one");
  resume.Argument("NAME", "the evaluation", Name(&e.name, "evaluations"));
  DeclareBudget(resume, e.budget);
}

}  // namespace tunegate::cli
