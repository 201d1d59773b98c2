#include "client/cli/decision.h"

#include "client/cli/decision_certificate.h"
#include "client/cli/decision_reader.h"
#include "client/cli/decision_screen.h"
#include "client/cli/files.h"
#include "client/cli/nouns.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/decision.pb.h"

namespace tunegate::cli {

using v1::Decision;

absl::StatusOr<Ending> DecisionCreate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CreateDecisionRequest request;
  request.set_decision_id(naming.id);
  request.set_validate_only(dry_run);
  FillNaming(naming, request.mutable_decision());
  request.mutable_decision()->set_evaluation(evaluation);
  if (!policy_file.empty()) {
    TG_RETURN_IF_ERROR(ReadTextproto(policy_file, request.mutable_decision()->mutable_policy()));
  }
  TG_ASSIGN_OR_RETURN(const v1::CreateDecisionResponse response, client->Call(request));
  ShowDecision(session, response, ReadAround(*client, response.decision()));
  return exit_status ? EndingOf(response.decision().effective_verdict()) : Ending::kDone;
}

absl::StatusOr<Ending> DecisionList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListDecisionsRequest request;
  FillList(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListDecisionsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  DecisionTable(response.decisions()).Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate decision list");
  return Ending::kDone;
}

absl::StatusOr<Ending> DecisionShow::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetDecisionRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetDecisionResponse response, client->Call(request));
  ShowDecision(session, response, ReadAround(*client, response.decision()));
  return exit_status ? EndingOf(response.decision().effective_verdict()) : Ending::kDone;
}

absl::StatusOr<Ending> DecisionOverride::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::OverrideDecisionRequest request;
  request.set_name(name);
  request.set_verdict(verdict == "GO" ? Decision::VERDICT_GO : Decision::VERDICT_NO_GO);
  request.set_reason(reason);
  request.set_actor(actor);
  TG_ASSIGN_OR_RETURN(const v1::OverrideDecisionResponse response, client->Call(request));
  ShowDecision(session, response, ReadAround(*client, response.decision()));
  return Ending::kDone;
}

absl::StatusOr<Ending> DecisionForecast::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ForecastDecisionRequest request;
  request.set_baseline_accuracy(*baseline);
  request.set_example_count(*examples);
  if (gain) request.set_expected_gain(*gain);
  if (discordance) request.set_discordance(*discordance);
  if (!policy_file.empty()) {
    TG_RETURN_IF_ERROR(ReadTextproto(policy_file, request.mutable_policy()));
  }
  TG_ASSIGN_OR_RETURN(const v1::ForecastDecisionResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
  } else {
    PrintForecast(session.out(), session.terminal(), response.forecast());
  }
  return Ending::kDone;
}

namespace {

void AddDeciding(NounSpec& noun) {
  auto [create, c] = noun.Verb<DecisionCreate>("create", "Applies a policy to an evaluation");
  create.Argument("EVALUATION", "a finished one with a candidate",
                  Name(&c.evaluation, "evaluations"));
  create.Option("--policy", "FILE",
                "textproto of tunegate.v1.Policy; another one than the evaluation's is recorded as "
                "post hoc",
                Text(&c.policy_file));
  DeclareNaming(create, c.naming);
  create.Flag("--dry-run", "decide and store nothing", &c.dry_run);
  create.Flag("--exit-status", "exit 0 GO, 3 NO_GO, 4 INCONCLUSIVE", &c.exit_status);

  auto [over, o] = noun.Verb<DecisionOverride>(
      "override", "Puts your verdict over the computed one; kept for ever with its reason");
  over.Argument("NAME", "the decision", Name(&o.name, "decisions"));
  over.Option("--verdict", "GO|NO_GO", "what counts from now on",
              Choice(&o.verdict, {"GO", "NO_GO"}))
      .Required();
  over.Option("--reason", "TEXT", "why", Text(&o.reason)).Required();
  over.Option("--actor", "NAME", "who you are, where the server does not know", Text(&o.actor));

  auto [forecast, f] =
      noun.Verb<DecisionForecast>("forecast", "The chance of each verdict, before money is spent");
  forecast
      .Option("--baseline", "SHARE", "share the baseline gets right, e.g. 0.86",
              Number(&f.baseline, 0, 1))
      .Required();
  forecast.Option("--n", "N", "test examples", Whole(&f.examples, 1, 1'000'000)).Required();
  forecast.Option("--gain", "SHARE", "true gain, e.g. 0.1; the policy's target otherwise",
                  Number(&f.gain, -1, 1));
  forecast.Option("--discordance", "SHARE", "share that changes sides; the gain plus 0.1 otherwise",
                  Number(&f.discordance, 0, 1));
  forecast.Option("--policy", "FILE", "textproto of tunegate.v1.Policy", Text(&f.policy_file));
  forecast.Example("tunegate decision forecast --baseline 0.86 --n 100");
}

}  // namespace

void AddDecision(Parser& parser) {
  NounSpec& noun = parser.Noun("decision", "GO, NO_GO or INCONCLUSIVE, with the evidence");
  AddDeciding(noun);
  auto [list, l] = noun.Verb<DecisionList>("list", "Lists decisions, newest first");
  DeclareList(list, l.list);

  auto [show, s] = noun.Verb<DecisionShow>("show", "Shows a decision with its evidence");
  show.Argument("NAME", "the decision", Name(&s.name, "decisions"));
  show.Flag("--exit-status", "exit 0 GO, 3 NO_GO, 4 INCONCLUSIVE", &s.exit_status);
  AddCertificateVerbs(noun);
}

}  // namespace tunegate::cli
