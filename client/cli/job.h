// tunegate job: fine-tuning jobs.
#ifndef TUNEGATE_CLIENT_CLI_JOB_H_
#define TUNEGATE_CLIENT_CLI_JOB_H_

#include <string>

#include "client/cli/command.h"
#include "client/cli/options.h"
#include "client/cli/training_options.h"

namespace tunegate::cli {

struct JobCreate : Command {
  std::string train;
  std::string validation;
  TrainingOptions training;
  BudgetOptions budget;
  NamingOptions naming;
  bool dry_run = false;
  bool watch = false;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobAdopt : Command {
  std::string provider_job;
  std::string provider;
  std::string id;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobList : Command {
  ListOptions list;
  bool all = false;  // also what only the provider knows
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobShow : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobWatch : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobMetrics : Command {
  std::string name;
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobEvents : Command {
  std::string name;
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobCancel : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobPause : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct JobResume : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_JOB_H_
