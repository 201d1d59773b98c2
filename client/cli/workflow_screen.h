// What a workflow looks like: while it runs, a line a finished stage and a live one for the stage
// at work; afterwards its decision and the verdict.
#ifndef TUNEGATE_CLIENT_CLI_WORKFLOW_SCREEN_H_
#define TUNEGATE_CLIENT_CLI_WORKFLOW_SCREEN_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <map>
#include <string>

#include "client/cli/facts.h"
#include "client/cli/follow.h"
#include "client/cli/table.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::client {
class Client;
}  // namespace tunegate::client

namespace tunegate::cli {

// Draws a workflow's events. Reads what events do not carry (reports, datasets made by others) from
// the server; what cannot be read is left out. Not thread-safe.
class WorkflowScreen : public Screen {
 public:
  // Both must live longer.
  WorkflowScreen(Session& session, client::Client& client, v1::Workflow workflow);

  void OnEvent(const v1::Event& event, LiveBlock& block) override;
  void OnCommit(int64_t position, LiveBlock& block) override;
  bool Ended() const override { return ended_; }

  const v1::Workflow& workflow() const { return workflow_; }

 private:
  bool HasEnded() const;
  void PrintFinishedStages(LiveBlock& block);
  void PrintTrouble(LiveBlock& block);
  void DrawStageAtWork(LiveBlock& block);
  // A stage's line, or nothing when it was not needed.
  std::vector<Line> StageLines(v1::Workflow::Stage stage);
  std::vector<Line> DatasetsLines();
  std::vector<Line> BaselineLines();
  std::vector<Line> TrainingLines();
  std::vector<Line> EvaluationLines();
  std::vector<Line> DecisionLines();

  // From events, otherwise read once; an empty name or one that cannot be read gives an empty one.
  const v1::Dataset& FindDataset(const std::string& name, v1::Dataset::Split split);
  const v1::Job& FindJob(const std::string& name);
  v1::Evaluation ReadEvaluation(const std::string& name);

  Session& session_;
  client::Client& client_;
  v1::Workflow workflow_;
  std::map<std::string, v1::Dataset> datasets_;
  std::map<std::string, v1::Job> jobs_;
  std::map<std::string, v1::Evaluation> evaluations_;  // without reports
  int printed_stages_ = 0;                             // the last stage whose line is out
  std::string told_trouble_;                           // the failure that was told last
  bool in_snapshot_ = false;
  bool ended_ = false;
};

Facts WorkflowFacts(const v1::Workflow& workflow);
Table WorkflowTable(const google::protobuf::RepeatedPtrField<v1::Workflow>& workflows);
// Quote, forecast and warnings.
void PrintPlan(std::ostream& out, const Terminal& terminal, const v1::Workflow& workflow);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_WORKFLOW_SCREEN_H_
