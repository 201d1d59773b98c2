// A certificate: a payload (payload.h) with the SHA-256 of its canonical bytes and their Ed25519
// signature, as one line of canonical JSON:
//
//   {"algorithm":"Ed25519","digest":"<sha256>","payload":{...},"signature":"<base64>"}
//
// There is one way to write it: a reader refuses every other, so that no byte can be changed, moved
// or added without being seen. It names no key to check with, for a key that travels with what it
// vouches for proves nothing.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/certificate/signature.h"
#include "common/json.h"

namespace tunegate::certificates {

// A certificate that was read, and is not yet believed.
struct Certificate {
  json::Value payload;
  std::string digest;     // as written: of the payload, not yet compared
  std::string signature;  // 64 bytes, not yet verified
};

// The line, without a line feed. Ed25519 takes no random numbers: the same payload and key give the
// same certificate.
std::string WriteCertificate(const json::Value& payload, const SigningKey& key);

// The certificate of a text, with or without one line feed at its end. INVALID_ARGUMENT
// (BAD_CERTIFICATE) for everything that WriteCertificate does not write, bytes too many included.
absl::StatusOr<Certificate> ReadCertificate(std::string_view text);

// OK, or INVALID_ARGUMENT (DIGEST_WRONG): the payload is not what the digest was made of.
absl::Status CheckDigest(const Certificate& certificate);
// OK, or INVALID_ARGUMENT (SIGNATURE_WRONG): the payload was not signed with the other half of
// `key`.
absl::Status CheckSignature(const Certificate& certificate, const PublicKey& key);

// Lower-case hexadecimal SHA-256 of the certificate's line, without its line feed: what the next
// certificate names.
std::string CertificateDigest(std::string_view text);

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_CERTIFICATE_H_
