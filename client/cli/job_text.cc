// A job at rest: its facts, and lists of them.
#include <algorithm>
#include <cstdint>

#include "client/cli/event_text.h"
#include "client/cli/format.h"
#include "client/cli/job_screen.h"
#include "client/cli/progress_line.h"
#include "client/cli/spent_text.h"

namespace tunegate::cli {
namespace {

using v1::Job;

std::string MethodText(const Job& job) {
  if (job.has_provider_method()) {
    const auto& fields = job.provider_method().fields();
    const auto type = fields.find("type");
    return (type == fields.end() ? "the provider's" : type->second.string_value()) +
           std::string(", passed on verbatim");
  }
  std::string text = "supervised";
  const Job::Supervised& settings = job.supervised();
  text += settings.has_n_epochs() ? ", " + Counted(settings.n_epochs(), "epoch") : ", epochs auto";
  text += settings.has_batch_size() ? ", batch " + Count(settings.batch_size()) : ", batch auto";
  text += settings.has_learning_rate_multiplier()
              ? ", learning rate x" + Figure(settings.learning_rate_multiplier())
              : ", learning rate auto";
  return text;
}

}  // namespace

std::string ModelsText(const Job& job) {
  std::string text = job.base_model().empty() ? "the default model" : job.base_model();
  if (!job.fine_tuned_model().empty()) return text + " -> " + job.fine_tuned_model();
  if (!job.suffix().empty()) text += " -> suffix " + job.suffix();
  return text;
}

std::string NextCommand(const Job& job) {
  switch (job.state()) {
    case Job::STATE_SUCCEEDED:
      return "tunegate eval create --test DATASET --baseline " +
             (job.base_model().empty() ? "MODEL" : job.base_model()) + " --candidate " + job.name();
    case Job::STATE_BLOCKED:
    case Job::STATE_PAUSED:
      return "tunegate job resume " + job.name();
    case Job::STATE_FAILED:
      return "tunegate job events " + job.name();
    case Job::STATE_CANCELLED:
      return "";
    default:
      return job.name().empty() ? "tunegate job adopt " + job.provider_job()
                                : "tunegate job watch " + job.name();
  }
}

Facts JobFacts(const Job& job) {
  const std::string state = StateText(job.state());
  Facts facts(0);
  Line headline(state, StyleOfState(state));
  if (!job.provider_status().empty()) headline.Add("   provider says " + job.provider_status());
  facts.Headline(job.name().empty() ? "job" : job.name(), headline)
      .Add("title", job.display_name());
  facts.Add(job.failure());
  facts.Add("provider", job.provider() + " " + job.provider_job() +
                            (job.adopted() ? ", started elsewhere and adopted" : ""));
  facts.Add("model", ModelsText(job)).Add("method", MethodText(job));
  facts.Add("train", job.training_dataset()).Add("validation", job.validation_dataset());
  facts.Add("progress", TrainingFigures(job));
  for (const Job::Checkpoint& checkpoint : job.checkpoints()) {
    facts.Add("checkpoint", "step " + Count(checkpoint.step()) + "  " + checkpoint.model());
  }
  if (job.quote().micros() > 0) facts.Add("quote", Amount(job.quote()));
  facts.Add("spent", SpentText(job.usage())).Add("owner", job.owner());
  if (job.has_create_time()) facts.Add("created", DateAndTime(ToTime(job.create_time())));
  if (job.has_end_time()) {
    facts.Add("ended", DateAndTime(ToTime(job.end_time())) + ", after " +
                           Elapsed(ToTime(job.end_time()) - ToTime(job.create_time())));
  }
  return facts.Next(NextCommand(job));
}

Table JobTable(const google::protobuf::RepeatedPtrField<Job>& jobs) {
  Table table({{"NAME"}, {"STATE"}, {"PROVIDER JOB"}, {"MODEL"}, {"PROGRESS"}, {"CREATED"}});
  for (const Job& job : jobs) {
    const std::string state = StateText(job.state());
    const std::string& model =
        job.fine_tuned_model().empty() ? job.base_model() : job.fine_tuned_model();
    const double done = static_cast<double>(job.progress().done()) /
                        static_cast<double>(std::max<int64_t>(job.progress().total(), 1));
    table.Row({job.name().empty() ? Line("(not adopted)", Style::kFaint) : Line(job.name()),
               Line(state, StyleOfState(state)), job.provider_job(), model,
               job.progress().total() > 0 ? ShortPercent(done) : "",
               job.has_create_time() ? DateAndTime(ToTime(job.create_time())) : ""});
  }
  return table;
}

}  // namespace tunegate::cli
