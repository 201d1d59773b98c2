// tunegate decision certificate, verify and public-key: what was decided, signed, and checked by
// anybody, without a server.
#ifndef TUNEGATE_CLIENT_CLI_DECISION_CERTIFICATE_H_
#define TUNEGATE_CLIENT_CLI_DECISION_CERTIFICATE_H_

#include <string>

#include "client/cli/command.h"

namespace tunegate::cli {

class NounSpec;

struct DecisionCertificate : Command {
  std::string name;
  std::string file;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

// Asks no server. Ends as kDone when the certificate is valid and as kFailed when it is not; a file
// that cannot be read, and a key that is none, are usage errors: nothing was found out then.
struct DecisionVerify : Command {
  std::string file;
  std::string public_key;
  std::string results;
  std::string previous;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DecisionPublicKey : Command {
  std::string file;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

// Declares the three.
void AddCertificateVerbs(NounSpec& noun);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DECISION_CERTIFICATE_H_
