// tunegate eval: baseline and candidate asked the same examples.
#ifndef TUNEGATE_CLIENT_CLI_EVALUATION_H_
#define TUNEGATE_CLIENT_CLI_EVALUATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/command.h"
#include "client/cli/options.h"

namespace tunegate::cli {

struct EvalCreate : Command {
  std::string task;
  std::string test;
  VariantOptions baseline;
  VariantOptions candidate;
  std::string provider;
  std::string mode;  // "interactive" or "batch"; empty: the server's
  bool strict_schema = false;
  bool logprobs = false;
  std::string policy_file;
  std::optional<int64_t> concurrency;
  std::optional<int64_t> repeat;
  std::optional<int64_t> seed;
  std::optional<int64_t> requests_per_minute;
  std::optional<int64_t> tokens_per_minute;
  bool reuse = false;
  BudgetOptions budget;
  NamingOptions naming;
  bool decide = false;
  bool watch = false;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalList : Command {
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalShow : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalWatch : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalResults : Command {
  std::string name;
  bool changed = false;
  bool gained = false;
  bool lost = false;
  ListOptions list;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalReport : Command {
  std::string name;    // an evaluation's or a decision's
  std::string file;    // empty: standard output
  std::string format;  // "html", "json", ...; empty: by the file's ending, then html
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalDisputed : Command {
  std::string name;
  std::string file;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalCancel : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EvalResume : Command {
  std::string name;
  BudgetOptions budget;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_EVALUATION_H_
