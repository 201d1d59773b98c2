#include "client/cli/evaluation.h"

#include <filesystem>

#include "client/cli/decision_reader.h"
#include "client/cli/evaluation_screen.h"
#include "client/cli/files.h"
#include "client/cli/follow.h"
#include "client/cli/format.h"
#include "client/cli/nouns.h"
#include "client/cli/session.h"
#include "client/cli/usage.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

using v1::Evaluation;
using v1::RenderReportRequest;

absl::StatusOr<v1::CreateEvaluationRequest> MakeRequest(const EvalCreate& create) {
  v1::CreateEvaluationRequest request;
  request.set_evaluation_id(create.naming.id);
  Evaluation* evaluation = request.mutable_evaluation();
  FillNaming(create.naming, evaluation);
  evaluation->set_task(create.task);
  evaluation->set_dataset(create.test);
  TG_RETURN_IF_ERROR(FillVariant(create.baseline, evaluation->mutable_baseline()));
  evaluation->mutable_baseline()->set_provider(create.provider);
  evaluation->mutable_baseline()->set_strict_schema(create.strict_schema);
  evaluation->mutable_baseline()->set_logprobs(create.logprobs);
  if (!create.candidate.empty()) {
    v1::Variant* candidate = evaluation->mutable_candidate();
    TG_RETURN_IF_ERROR(FillVariant(create.candidate, candidate));
    // Another prompt alone: the same model answers.
    if (candidate->model().empty()) candidate->set_model(create.baseline.model);
    candidate->set_provider(create.provider);
    candidate->set_strict_schema(create.strict_schema);
    candidate->set_logprobs(create.logprobs);
  }
  if (!create.policy_file.empty()) {
    TG_RETURN_IF_ERROR(ReadTextproto(create.policy_file, evaluation->mutable_policy()));
  }
  if (create.mode == "batch") evaluation->set_mode(Evaluation::MODE_BATCH);
  evaluation->set_max_concurrency(static_cast<int32_t>(create.concurrency.value_or(0)));
  evaluation->set_repeat_count(static_cast<int32_t>(create.repeat.value_or(0)));
  evaluation->set_seed(create.seed.value_or(0));
  if (create.requests_per_minute || create.tokens_per_minute) {
    v1::Evaluation::RateLimit* limit = evaluation->mutable_rate_limit();
    limit->set_requests_per_minute(create.requests_per_minute.value_or(0));
    limit->set_tokens_per_minute(create.tokens_per_minute.value_or(0));
  }
  evaluation->set_reuse_answers(create.reuse);
  if (!create.budget.empty()) FillBudget(create.budget, evaluation->mutable_budget());
  return request;
}

void PrintEvaluation(Session& session, const Evaluation& evaluation) {
  EvaluationFacts(evaluation).Print(session.out(), session.terminal());
  PrintReport(session.out(), session.terminal(), evaluation);
  PrintNext(session.out(), session.terminal(), NextCommand(evaluation));
}

// For verbs that answer with one evaluation.
absl::StatusOr<Ending> ShowEvaluation(Session& session, const google::protobuf::Message& response,
                                      const Evaluation& evaluation) {
  if (session.json()) {
    session.PrintJson(response);
  } else {
    PrintEvaluation(session, evaluation);
  }
  return Ending::kDone;
}

absl::StatusOr<v1::GetEvaluationResponse> GetEvaluation(Session& session, const std::string& name) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetEvaluationRequest request;
  request.set_name(name);
  return client->Call(request);
}

// Follows it to its end and prints its report there.
absl::StatusOr<Ending> WatchEvaluation(Session& session, const Evaluation& evaluation) {
  EvaluationScreen screen(session, evaluation);
  TG_ASSIGN_OR_RETURN(
      const FollowEnd end,
      Follow(session, WatchToTheEnd(evaluation.name(), /*owned=*/false),
             {.what = "the evaluation", .again = "tunegate eval watch " + evaluation.name()},
             screen));
  if (end == FollowEnd::kInterrupted) return Ending::kInterrupted;
  if (session.terminal().interactive && !session.json()) {
    TG_ASSIGN_OR_RETURN(const v1::GetEvaluationResponse response,
                        GetEvaluation(session, evaluation.name()));
    PrintEvaluation(session, response.evaluation());
  }
  const Evaluation::State state = screen.evaluation().state();
  if (state == Evaluation::STATE_CANCELLED) return Ending::kCancelled;
  return state == Evaluation::STATE_SUCCEEDED ? Ending::kDone : Ending::kFailed;
}

absl::StatusOr<Ending> Decide(Session& session, const std::string& evaluation) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CreateDecisionRequest request;
  request.mutable_decision()->set_evaluation(evaluation);
  TG_ASSIGN_OR_RETURN(const v1::CreateDecisionResponse response, client->Call(request));
  ShowDecision(session, response, ReadAround(*client, response.decision()));
  return EndingOf(response.decision().effective_verdict());
}

RenderReportRequest::Format ChooseFormat(const EvalReport& report) {
  std::string format = report.format;
  if (format.empty()) format = std::filesystem::path(report.file).extension().string();
  if (format == "json" || format == ".json") return RenderReportRequest::FORMAT_JSON;
  if (format == "csv" || format == ".csv") return RenderReportRequest::FORMAT_CSV;
  if (format == "junit" || format == ".xml") return RenderReportRequest::FORMAT_JUNIT;
  if (format == "evidence" || format == ".jsonl") return RenderReportRequest::FORMAT_EVIDENCE;
  return RenderReportRequest::FORMAT_HTML;
}

}  // namespace

absl::Status EvalCreate::Check() const {
  if (decide && candidate.empty()) {
    return UsageError("--decide", "needs somebody to decide about: give --candidate");
  }
  if (baseline.empty()) {
    return UsageError("--baseline", "missing; expected the model that serves now");
  }
  return absl::OkStatus();
}

absl::StatusOr<Ending> EvalCreate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::CreateEvaluationRequest request, MakeRequest(*this));
  TG_ASSIGN_OR_RETURN(const v1::CreateEvaluationResponse response, client->Call(request));
  if (!watch && !decide) return ShowEvaluation(session, response, response.evaluation());
  if (session.json()) session.PrintJson(response);
  TG_ASSIGN_OR_RETURN(const Ending ending, WatchEvaluation(session, response.evaluation()));
  if (!decide || ending != Ending::kDone) return ending;
  return Decide(session, response.evaluation().name());
}

absl::StatusOr<Ending> EvalList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListEvaluationsRequest request;
  FillList(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListEvaluationsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  EvaluationTable(response.evaluations()).Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate eval list");
  return Ending::kDone;
}

absl::StatusOr<Ending> EvalShow::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const v1::GetEvaluationResponse response, GetEvaluation(session, name));
  return ShowEvaluation(session, response, response.evaluation());
}

absl::StatusOr<Ending> EvalWatch::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const v1::GetEvaluationResponse response, GetEvaluation(session, name));
  return WatchEvaluation(session, response.evaluation());
}

absl::Status EvalResults::Check() const {
  if (changed + gained + lost <= 1) return absl::OkStatus();
  return UsageError("--changed", "give one of --changed, --gained and --lost");
}

absl::StatusOr<Ending> EvalResults::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListResultsRequest request;
  request.set_parent(name);
  FillPaging(list, &request);
  request.set_filter(list.filter);
  if (changed) request.set_filter("changed = true");
  if (gained) request.set_filter("gained = true");
  if (lost) request.set_filter("lost = true");
  TG_ASSIGN_OR_RETURN(const v1::ListResultsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  for (const v1::Result& result : response.results()) {
    for (const Line& line : ResultLines(result, session.terminal().columns)) {
      session.out() << line.Render(session.terminal()) << "\n";
    }
  }
  if (response.results().empty()) session.err() << "no such examples\n";
  PrintMore(session, response.next_page_token(), "tunegate eval results " + name);
  return Ending::kDone;
}

absl::Status EvalReport::Check() const {
  if (name.starts_with("evaluations/") || name.starts_with("decisions/")) return absl::OkStatus();
  return UsageError("NAME", "expected evaluations/ID or decisions/ID, got '" + name + "'");
}

absl::StatusOr<Ending> EvalReport::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  RenderReportRequest request;
  request.set_name(name);
  request.set_format(ChooseFormat(*this));
  if (file.empty()) {
    TG_RETURN_IF_ERROR(client->RenderReport(request, [&](std::string_view chunk) {
      session.out() << chunk;
      return absl::OkStatus();
    }));
    return Ending::kDone;
  }
  TG_ASSIGN_OR_RETURN(const auto output, OutputFile::Create(file));
  TG_RETURN_IF_ERROR(
      client->RenderReport(request, [&](std::string_view chunk) { return output->Write(chunk); }));
  TG_RETURN_IF_ERROR(output->Commit());
  session.err() << "wrote " << file << ", " << Bytes(output->size()) << "\n";
  return Ending::kDone;
}

absl::StatusOr<Ending> EvalCancel::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CancelEvaluationRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::CancelEvaluationResponse response, client->Call(request));
  return ShowEvaluation(session, response, response.evaluation());
}

absl::StatusOr<Ending> EvalResume::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ResumeEvaluationRequest request;
  request.set_name(name);
  if (!budget.empty()) FillBudget(budget, request.mutable_budget());
  TG_ASSIGN_OR_RETURN(const v1::ResumeEvaluationResponse response, client->Call(request));
  return ShowEvaluation(session, response, response.evaluation());
}

}  // namespace tunegate::cli
