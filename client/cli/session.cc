#include "client/cli/session.h"

#include <utility>

#include "client/channel.h"
#include "client/cli/json_output.h"
#include "client/client.h"
#include "common/errors.h"

namespace tunegate::cli {
namespace {

std::string ChooseServer(const World& world, const GlobalOptions& options) {
  if (!options.server.empty()) return options.server;
  const std::string named = world.environment("TUNEGATE_SERVER").value_or("");
  return named.empty() ? client::kDefaultServer : named;
}

}  // namespace

Session::Session(World& world, GlobalOptions options)
    : world_(world), options_(std::move(options)), server_(ChooseServer(world, options_)) {}

Session::~Session() = default;

absl::StatusOr<client::Client*> Session::Connect() {
  if (client_ != nullptr) return client_.get();
  const std::string token = world_.environment("TUNEGATE_TOKEN").value_or("");
  TG_ASSIGN_OR_RETURN(
      auto channel,
      client::MakeChannel(
          {.server = server_, .tls = options_.tls, .ca_file = options_.ca_file, .token = token}));
  client::ClientOptions options{.token = token, .deadline = std::nullopt};
  if (options_.timeout_seconds) options.deadline = absl::Seconds(*options_.timeout_seconds);
  client_ = std::make_unique<client::Client>(std::move(channel), options, &world_.interrupt);
  return client_.get();
}

void Session::PrintJson(const google::protobuf::Message& message) {
  out() << ToJsonLine(message) << "\n" << std::flush;
}

}  // namespace tunegate::cli
