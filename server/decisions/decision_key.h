// The key that signs decisions: a PEM file with an Ed25519 private key.
#ifndef TUNEGATE_SERVER_DECISIONS_DECISION_KEY_H_
#define TUNEGATE_SERVER_DECISIONS_DECISION_KEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/certificate/signature.h"

namespace tunegate::decisions {

// The key in `path`. Warns in the log when others than the owner may read the file.
// INVALID_ARGUMENT (CONFIG_INVALID) that names decision_key_file, the file and what is wrong with
// it: not there, not readable, not such a key. No message repeats what is in it.
absl::StatusOr<certificates::SigningKey> ReadDecisionKey(const std::string& path);

// Makes a new key in `path`, mode 0600, whole or not at all, and says so in the log; leaves a file
// that is there as it is. UNAVAILABLE (DECISION_KEY_UNWRITABLE).
absl::Status MakeDecisionKey(const std::string& path);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_SERVER_DECISIONS_DECISION_KEY_H_
