#include "client/cli/evaluation_screen.h"

#include "client/cli/event_text.h"
#include "client/cli/evidence_text.h"
#include "client/cli/format.h"
#include "client/cli/progress_line.h"
#include "client/cli/session.h"
#include "client/cli/spent_text.h"
#include "client/cli/variant_text.h"
#include "common/clock.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {

using v1::Evaluation;

void EvaluationScreen::OnEvent(const v1::Event& event, LiveBlock& block) {
  if (event.has_evaluation()) evaluation_ = event.evaluation();
  ended_ = ended_ || event.terminal();
  if (!session_.terminal().interactive) {
    block.PrintRaw(EventRow(event));
    return;
  }
  PrintHeader(block);
  const std::string state = StateText(evaluation_.state());
  if (state == told_state_) return;
  told_state_ = state;
  Line line("  ");
  line.Add(TimeOfDay(ToTime(event.time())), Style::kFaint).PadTo(12);
  line.Add(state, StyleOfState(state)).PadTo(25);
  if (event.type() != v1::Event::TYPE_SNAPSHOT) line.Add(event.message());
  block.Print(line);
  Facts facts(25);
  facts.Add(evaluation_.failure());
  for (const Line& detail : facts.Lines(session_.terminal().columns)) block.Print(detail);
}

void EvaluationScreen::PrintHeader(LiveBlock& block) {
  if (std::exchange(header_, true)) return;
  block.Print(Line(evaluation_.name(), Style::kStrong)
                  .Add("   " + OpponentsText(evaluation_) + "   on " + evaluation_.dataset())
                  .Add(evaluation_.mode() == Evaluation::MODE_BATCH ? "   in batches" : ""));
}

void EvaluationScreen::OnCommit(int64_t position, LiveBlock& block) {
  if (!session_.terminal().interactive) return;
  if (ended_) {
    block.Clear();
    return;
  }
  const std::string state = StateText(evaluation_.state());
  Line line(" ");
  line.Add(state, StyleOfState(state)).Add("  ");
  line.Append(EvaluationLine(evaluation_, session_.terminal(), session_.clock().Now()));
  block.Draw({line, Line(" position " + std::to_string(position) +
                             ". Ctrl-C leaves; it goes on. Again: tunegate eval watch " +
                             evaluation_.name(),
                         Style::kFaint)});
}

std::string OpponentsText(const Evaluation& evaluation) {
  const v1::Report& report = evaluation.report();
  std::string text = WhoAnswers(evaluation.baseline(), report.baseline_usage().answering_models());
  if (!evaluation.has_candidate()) return text + " alone";
  return text + " against " +
         WhoAnswers(evaluation.candidate(), report.candidate_usage().answering_models());
}

std::string NextCommand(const Evaluation& evaluation) {
  switch (evaluation.state()) {
    case Evaluation::STATE_SUCCEEDED:
      if (evaluation.has_candidate()) return "tunegate decision create " + evaluation.name();
      return "tunegate eval report " + evaluation.name() + " -o report.html";
    case Evaluation::STATE_BLOCKED:
      return "tunegate eval resume " + evaluation.name();
    case Evaluation::STATE_FAILED:
    case Evaluation::STATE_CANCELLED:
      return "tunegate eval results " + evaluation.name();
    default:
      return "tunegate eval watch " + evaluation.name();
  }
}

Facts EvaluationFacts(const Evaluation& evaluation) {
  const std::string state = StateText(evaluation.state());
  const v1::Report& report = evaluation.report();
  Facts facts(0);
  facts.Headline(evaluation.name().empty() ? "evaluation" : evaluation.name(),
                 Line(state, StyleOfState(state)));
  facts.Add("title", evaluation.display_name()).Add(evaluation.failure());
  facts.Add("task", evaluation.task()).Add("test set", evaluation.dataset());
  if (evaluation.look() > 0) {
    const std::string look = LookText(evaluation.look(), evaluation.policy().confidence());
    const std::string others = RelatedText(evaluation);
    facts.Add("look", evaluation.look() > 1
                          ? look +
                                ": each look at the same questions spends some of their evidence" +
                                (others.empty() ? "" : "; " + others)
                          : look + ": the first at these questions");
  }
  facts.Add("baseline",
            DescribeVariant(evaluation.baseline(), report.baseline_usage().answering_models()));
  if (evaluation.has_candidate()) {
    facts.Add("candidate",
              DescribeVariant(evaluation.candidate(), report.candidate_usage().answering_models()));
  }
  if (evaluation.mode() == Evaluation::MODE_BATCH) {
    facts.Add("mode", "in batches of the provider: within a day, response times not measured");
  }
  if (evaluation.state() != Evaluation::STATE_SUCCEEDED) {
    facts.Add("progress", FiguresOf(evaluation.progress(), "calls"));
  }
  facts.Add("policy", evaluation.policy_digest().empty()
                          ? ""
                          : "sha256 " + evaluation.policy_digest().substr(0, 12) +
                                ", frozen before the first call");
  facts.Add("spent", SpentText(evaluation.usage())).Add("owner", evaluation.owner());
  if (evaluation.has_create_time()) {
    facts.Add("created", DateAndTime(ToTime(evaluation.create_time())));
  }
  return facts;
}

Table EvaluationTable(const google::protobuf::RepeatedPtrField<Evaluation>& evaluations) {
  Table table(
      {{"NAME"}, {"STATE"}, {"BASELINE"}, {"CANDIDATE"}, {"TEST SET"}, {"PROGRESS"}, {"CREATED"}});
  for (const Evaluation& evaluation : evaluations) {
    const std::string state = StateText(evaluation.state());
    table.Row({evaluation.name(), Line(state, StyleOfState(state)), evaluation.baseline().model(),
               evaluation.has_candidate() ? evaluation.candidate().model() : "-",
               evaluation.dataset(),
               std::to_string(evaluation.progress().done()) + "/" +
                   std::to_string(evaluation.progress().total()),
               DateAndTime(ToTime(evaluation.create_time()))});
  }
  return table;
}

}  // namespace tunegate::cli
