// tunegate decision: GO, NO_GO or INCONCLUSIVE, with the evidence.
#ifndef TUNEGATE_CLIENT_CLI_DECISION_H_
#define TUNEGATE_CLIENT_CLI_DECISION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/command.h"
#include "client/cli/options.h"

namespace tunegate::cli {

struct DecisionCreate : Command {
  std::string evaluation;
  std::string policy_file;
  NamingOptions naming;
  bool dry_run = false;
  bool exit_status = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DecisionList : Command {
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DecisionShow : Command {
  std::string name;
  bool exit_status = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DecisionOverride : Command {
  std::string name;
  std::string verdict;
  std::string reason;
  std::string actor;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DecisionForecast : Command {
  std::optional<double> baseline;
  std::optional<int64_t> examples;
  std::optional<double> gain;
  std::optional<double> discordance;
  std::string policy_file;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DECISION_H_
