// tunegate workflow: the whole way from datasets to a verdict.
#ifndef TUNEGATE_CLIENT_CLI_WORKFLOW_H_
#define TUNEGATE_CLIENT_CLI_WORKFLOW_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/command.h"
#include "client/cli/dataset.h"
#include "client/cli/options.h"
#include "client/cli/training_options.h"

namespace tunegate::cli {

struct WorkflowRun : Command {
  std::string task;
  std::string train, validation, test;  // datasets; what is not given is generated
  GenerateOptions generate;
  VariantOptions baseline;
  VariantOptions candidate;  // given: nothing is trained
  TrainingOptions training;
  std::string policy_file;
  BudgetOptions budget;
  std::optional<int64_t> concurrency;
  bool train_if_infeasible = false;
  bool dry_run = false;
  bool baseline_only = false;
  bool detach = false;
  NamingOptions naming;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct WorkflowList : Command {
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct WorkflowShow : Command {
  std::string name;
  bool exit_status = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct WorkflowWatch : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct WorkflowCancel : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct WorkflowResume : Command {
  std::string name;
  BudgetOptions budget;
  bool watch = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_WORKFLOW_H_
