#include "client/cli/app.h"

#include "client/cli/error_text.h"
#include "client/cli/nouns.h"
#include "client/cli/usage.h"
#include "client/interrupt.h"
#include "client/rpc_status.h"
#include "common/errors.h"
#include "common/version.h"

namespace tunegate::cli {
namespace {

constexpr int kUsageCode = 2;
constexpr int kInterruptedCode = 130;
constexpr int kRpcCodeBase = 64;

void TellError(const absl::Status& status, const std::string& server, bool as_json, World& world) {
  if (as_json) {
    world.err << ErrorJson(status) << "\n" << std::flush;
    return;
  }
  for (const Line& line : ErrorLines(status, server)) {
    world.err << line.Render(kMaxColumns, world.terminal.colour) << "\n";
  }
  world.err << std::flush;
}

}  // namespace

Parser MakeParser() {
  Parser parser(kVersion);
  AddTask(parser);
  AddDataset(parser);
  AddJob(parser);
  AddEvaluation(parser);
  AddDecision(parser);
  AddWorkflow(parser);
  AddEvent(parser);
  AddAdmin(parser);
  AddDoctor(parser);
  return parser;
}

int ExitCode(const absl::StatusOr<Ending>& ending, bool interrupted) {
  if (!ending.ok()) {
    if (interrupted) return kInterruptedCode;
    if (IsUsageError(ending.status())) return kUsageCode;
    if (!client::IsFromRpc(ending.status())) return 1;
    return kRpcCodeBase + static_cast<int>(ending.status().code());
  }
  switch (*ending) {
    case Ending::kDone:
      return 0;
    case Ending::kFailed:
      return 1;
    case Ending::kNoGo:
      return 3;
    case Ending::kInconclusive:
      return 4;
    case Ending::kCancelled:
      return 5;
    case Ending::kInterrupted:
      return kInterruptedCode;
  }
  return 1;
}

int RunTunegate(const std::vector<std::string>& arguments, World& world) {
  Parser parser = MakeParser();
  absl::StatusOr<Invocation> invocation = parser.Parse(arguments);
  if (!invocation.ok()) {
    TellError(invocation.status(), "", /*as_json=*/false, world);
    return ExitCode(invocation.status(), /*interrupted=*/false);
  }
  if (invocation->command == nullptr) {
    world.out << invocation->text << std::flush;
    return 0;
  }
  Session session(world, invocation->options);
  absl::StatusOr<Ending> ending = invocation->command->Run(session);
  world.out << std::flush;
  if (ending.ok() && !world.out) {
    ending = Internal("OUTPUT_BROKEN", "the output could not be written to its end");
  }
  const bool interrupted = world.interrupt.Triggered();
  if (!ending.ok() && !interrupted) {
    TellError(ending.status(), session.server(), session.json(), world);
  }
  return ExitCode(ending, interrupted);
}

}  // namespace tunegate::cli
