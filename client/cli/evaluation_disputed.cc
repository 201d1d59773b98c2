// tunegate eval disputed: what the answers and the labels do not agree on, for a person to judge.
#include "client/cli/dispute.h"
#include "client/cli/dispute_file.h"
#include "client/cli/evaluation.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

constexpr int kPage = 1000;

absl::Status AddResults(client::Client& client, const std::string& evaluation,
                        DisputeFinder& finder) {
  v1::ListResultsRequest request;
  request.set_parent(evaluation);
  request.set_page_size(kPage);
  do {
    TG_ASSIGN_OR_RETURN(const v1::ListResultsResponse response, client.Call(request));
    for (const v1::Result& result : response.results()) finder.Add(result);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

absl::Status EvalDisputed::Check() const { return DisputeFormatOf("-o", file).status(); }

absl::StatusOr<Ending> EvalDisputed::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetEvaluationRequest get;
  get.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetEvaluationResponse got, client->Call(get));
  const v1::Evaluation& evaluation = got.evaluation();
  v1::GetTaskRequest get_task;
  get_task.set_name(evaluation.task());
  TG_ASSIGN_OR_RETURN(const v1::GetTaskResponse task, client->Call(get_task));
  TG_ASSIGN_OR_RETURN(DisputeFinder finder, DisputeFinder::Create(task.task(), evaluation.seed()));
  TG_RETURN_IF_ERROR(AddResults(*client, name, finder));
  const int64_t examples = finder.example_count();
  const std::vector<Dispute> disputes = std::move(finder).Take();
  TG_ASSIGN_OR_RETURN(const DisputeFormat format, DisputeFormatOf("-o", file));
  TG_ASSIGN_OR_RETURN(const auto output, OutputFile::Create(file));
  TG_RETURN_IF_ERROR(
      output->Write(WriteDisputes(disputes, format, tasks::IsBareText(task.task()))));
  TG_RETURN_IF_ERROR(output->Commit());
  session.err() << "wrote " << file << ": " << disputes.size() << " of "
                << Counted(examples, "example") << " disputed\n";
  if (disputes.empty()) return Ending::kDone;
  session.err() << "say in `right` what is right: #1, #2 ... or an answer in full; then\n"
                << "tunegate dataset relabel " << evaluation.dataset() << " --answers " << file
                << "\n";
  return Ending::kDone;
}

}  // namespace tunegate::cli
