// Verify: what anybody can check of a certificate without its server, check by check. What the
// certificate says counts only when all of them pass.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_VERIFY_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_VERIFY_H_

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/evidence/certificate/signature.h"
#include "common/json.h"

namespace tunegate::certificates {

struct VerifyInput {
  std::string_view certificate;  // its file's text
  // Whose word it must be: from somewhere else than the certificate.
  const PublicKey* key = nullptr;
  // Evidence to make the findings again from; null: not asked for.
  std::istream* evidence = nullptr;
  // The text of the certificate that should be the one before; unset: not asked for.
  std::optional<std::string_view> previous = std::nullopt;
};

struct Check {
  std::string name;  // "signature"
  bool passed = false;
  std::string text;  // what was found, or what is wrong
};

struct Verification {
  // In order. After one of form, digest or signature has failed nothing more is checked: what the
  // payload says may be anybody's words.
  std::vector<Check> checks;
  json::Value payload;  // what it says; to be believed when valid

  bool valid() const;
};

// Checks, in this order: form, digest, signature, policy; with evidence: evidence, figures,
// verdict; with previous: previous. Pure but for reading the stream.
Verification Verify(const VerifyInput& input);

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_VERIFY_H_
