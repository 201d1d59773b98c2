// Reads a decision with what it rests on, for its screen.
#ifndef TUNEGATE_CLIENT_CLI_DECISION_READER_H_
#define TUNEGATE_CLIENT_CLI_DECISION_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/decision_screen.h"

namespace tunegate::client {
class Client;
}  // namespace tunegate::client

namespace tunegate::cli {

class Session;

// The evaluation and test set of `decision`; left unset where they cannot be read.
DecisionView ReadAround(client::Client& client, v1::Decision decision);

// The decision of this name with what is around it.
absl::StatusOr<DecisionView> ReadDecision(client::Client& client, const std::string& name);

// Prints the screen and the verdict, or the response as JSON.
void ShowDecision(Session& session, const google::protobuf::Message& response,
                  const DecisionView& view);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DECISION_READER_H_
