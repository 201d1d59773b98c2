// tunegate event: the log of changes, as a stream that comes back by itself, or as a list.
#ifndef TUNEGATE_CLIENT_CLI_EVENT_H_
#define TUNEGATE_CLIENT_CLI_EVENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/command.h"
#include "client/cli/options.h"

namespace tunegate::cli {

// Which events; what `watch` and `list` share.
struct EventSelection {
  std::vector<std::string> resources;
  bool owned = false;
  std::vector<std::string> types;  // "progress", "state-changed"
  std::map<std::string, std::string> labels;
  std::optional<int64_t> after;
  absl::Status Check() const;
};

struct EventWatch : Command {
  EventSelection selection;
  bool snapshot = false;
  bool until_terminal = false;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct EventList : Command {
  EventSelection selection;
  ListOptions list;
  absl::Status Check() const override { return selection.Check(); }
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_EVENT_H_
