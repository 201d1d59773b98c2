// What an evaluation looks like: a live bar while it asks, its report once it is done.
#ifndef TUNEGATE_CLIENT_CLI_EVALUATION_SCREEN_H_
#define TUNEGATE_CLIENT_CLI_EVALUATION_SCREEN_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/facts.h"
#include "client/cli/follow.h"
#include "client/cli/table.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::cli {

// Draws one evaluation's events. Off a terminal a row an event. Not thread-safe.
class EvaluationScreen : public Screen {
 public:
  // `session` must live longer.
  EvaluationScreen(Session& session, v1::Evaluation evaluation)
      : session_(session), evaluation_(std::move(evaluation)) {}

  void OnEvent(const v1::Event& event, LiveBlock& block) override;
  void OnCommit(int64_t position, LiveBlock& block) override;
  bool Ended() const override { return ended_; }

  const v1::Evaluation& evaluation() const { return evaluation_; }

 private:
  void PrintHeader(LiveBlock& block);

  Session& session_;
  v1::Evaluation evaluation_;
  std::string told_state_;
  bool header_ = false;
  bool ended_ = false;
};

Facts EvaluationFacts(const v1::Evaluation& evaluation);
Table EvaluationTable(const google::protobuf::RepeatedPtrField<v1::Evaluation>& evaluations);
// Accuracies with intervals and differences, response times, tokens, warnings.
void PrintReport(std::ostream& out, const Terminal& terminal, const v1::Evaluation& evaluation);
// One example: the query, what was right, what both said.
std::vector<Line> ResultLines(const v1::Result& result, int columns);
// "baseline" against "candidate", by the models that answered.
std::string OpponentsText(const v1::Evaluation& evaluation);
// What to type next.
std::string NextCommand(const v1::Evaluation& evaluation);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_EVALUATION_SCREEN_H_
