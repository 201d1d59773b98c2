// The declarations of `tunegate job`; what the verbs do is in job.cc.
#include "client/cli/job.h"
#include "client/cli/nouns.h"

namespace tunegate::cli {
namespace {

void AddStarting(NounSpec& noun) {
  auto [create, c] = noun.Verb<JobCreate>(
      "create", "Uploads the datasets, creates the job at the provider, follows it to its end");
  create.Option("--train", "DATASET", "of split train", Name(&c.train, "datasets")).Required();
  create.Option("--validation", "DATASET", "of split validation", Name(&c.validation, "datasets"));
  DeclareTraining(create, "--seed", c.training);
  DeclareBudget(create, c.budget);
  DeclareNaming(create, c.naming);
  create.Flag("--dry-run", "check it and quote it, start nothing", &c.dry_run);
  create.Flag("--watch", "follow it to its end; exit 0 SUCCEEDED, 1 FAILED, 5 CANCELLED", &c.watch);
  create.Example(
      "tunegate job create --train nov-train --validation nov-validation --epochs 3 "
      "--watch");

  auto [adopt, a] = noun.Verb<JobAdopt>("adopt", "Follows a job that was started elsewhere");
  adopt.Argument("PROVIDER_JOB", "the provider's id, such as ftjob-abc", Text(&a.provider_job));
  adopt.Option("--provider", "NAME", "the server's default otherwise", Text(&a.provider));
  adopt.Option("--id", "ID", "its id here; the server makes one otherwise", Text(&a.id));
}

void AddLooking(NounSpec& noun) {
  auto [list, l] = noun.Verb<JobList>("list", "Lists jobs, newest first");
  DeclareList(list, l.list);
  list.Flag("--all", "also the provider's newest jobs that are not adopted", &l.all);

  auto [show, s] = noun.Verb<JobShow>("show", "Shows a job as it is now");
  show.Argument("NAME", "the job", Name(&s.name, "jobs"));

  auto [watch, w] = noun.Verb<JobWatch>("watch", "Follows a job to its end");
  watch.Argument("NAME", "the job", Name(&w.name, "jobs"));

  auto [metrics, m] = noun.Verb<JobMetrics>("metrics", "Lists the loss curve, by step");
  metrics.Argument("NAME", "the job", Name(&m.name, "jobs"));
  DeclarePaging(metrics, m.list);

  auto [events, e] =
      noun.Verb<JobEvents>("events", "Lists the provider's own events, oldest first");
  events.Argument("NAME", "the job", Name(&e.name, "jobs"));
  DeclarePaging(events, e.list);
}

void AddSteering(NounSpec& noun) {
  auto [cancel, c] = noun.Verb<JobCancel>("cancel", "Asks for the job to be cancelled");
  cancel.Argument("NAME", "the job", Name(&c.name, "jobs"));

  auto [pause, p] = noun.Verb<JobPause>("pause", "Asks the provider to pause it");
  pause.Argument("NAME", "the job", Name(&p.name, "jobs"));

  auto [resume, r] = noun.Verb<JobResume>("resume", "Goes on with a PAUSED or BLOCKED job");
  resume.Argument("NAME", "the job", Name(&r.name, "jobs"));
}

}  // namespace

void AddJob(Parser& parser) {
  NounSpec& noun = parser.Noun("job", "Fine-tuning jobs");
  AddStarting(noun);
  AddLooking(noun);
  AddSteering(noun);
}

}  // namespace tunegate::cli
