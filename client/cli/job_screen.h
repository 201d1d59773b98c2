// What a fine-tuning job looks like, at rest and while it trains.
#ifndef TUNEGATE_CLIENT_CLI_JOB_SCREEN_H_
#define TUNEGATE_CLIENT_CLI_JOB_SCREEN_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <vector>

#include "client/cli/facts.h"
#include "client/cli/follow.h"
#include "client/cli/table.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::cli {

// Draws one job's events: a line a state, the provider's warnings, and a live bar with step, loss
// and ETA. Off a terminal a row an event. Not thread-safe.
class JobScreen : public Screen {
 public:
  // `session` must live longer.
  JobScreen(Session& session, v1::Job job) : session_(session), job_(std::move(job)) {}

  void OnEvent(const v1::Event& event, LiveBlock& block) override;
  void OnCommit(int64_t position, LiveBlock& block) override;
  bool Ended() const override { return ended_; }

  const v1::Job& job() const { return job_; }

 private:
  void PrintHeader(LiveBlock& block);
  void PrintState(const v1::Event& event, LiveBlock& block);
  void RememberLoss();

  Session& session_;
  v1::Job job_;
  std::string told_state_;
  std::vector<double> losses_;
  bool header_ = false;
  bool ended_ = false;
};

Facts JobFacts(const v1::Job& job);
Table JobTable(const google::protobuf::RepeatedPtrField<v1::Job>& jobs);
// "gpt-4o-mini -> ft:gpt-4o-mini:acme", as far as it is known.
std::string ModelsText(const v1::Job& job);
// What to type next.
std::string NextCommand(const v1::Job& job);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_JOB_SCREEN_H_
