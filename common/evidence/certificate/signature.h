// Ed25519 signatures (RFC 8032), by OpenSSL: what makes a certificate somebody's word.
//
//   TG_ASSIGN_OR_RETURN(const SigningKey key, SigningKey::FromPem(pem));
//   const std::string signature = key.Sign(bytes);
//   key.public_key().Verify(bytes, signature);  // true
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_SIGNATURE_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_SIGNATURE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tunegate::certificates {

// Of a key's raw halves, and of a signature.
inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kSignatureBytes = 64;

// The public half. Immutable, thread-safe, cheap to copy.
class PublicKey {
 public:
  // The key of a PEM text ("-----BEGIN PUBLIC KEY-----"). INVALID_ARGUMENT (BAD_PUBLIC_KEY) for
  // anything else, a private key included: it must not travel to those who verify.
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);
  // From its 32 bytes. INVALID_ARGUMENT (BAD_PUBLIC_KEY) for another size.
  static absl::StatusOr<PublicKey> FromRaw(std::string_view bytes);

  // True when `signature` is this key's for exactly these bytes.
  bool Verify(std::string_view message, std::string_view signature) const;

  std::string ToPem() const;
  // Lower-case hexadecimal SHA-256 of the key's DER form, as
  // `openssl pkey -pubin -outform DER | sha256sum` says it.
  std::string Fingerprint() const;

 private:
  friend class SigningKey;
  struct Handle;
  explicit PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

// Both halves. Immutable, thread-safe, cheap to copy.
class SigningKey {
 public:
  // The key of a PEM text ("-----BEGIN PRIVATE KEY-----"). INVALID_ARGUMENT (BAD_PRIVATE_KEY) that
  // says what stands there instead: another kind of key, one behind a pass phrase, a public key.
  // No message repeats any of the text.
  static absl::StatusOr<SigningKey> FromPem(std::string_view pem);
  // From RFC 8032's 32 secret bytes. INVALID_ARGUMENT (BAD_PRIVATE_KEY) for another size.
  static absl::StatusOr<SigningKey> FromSeed(std::string_view bytes);
  // A new one from the system's random bytes.
  static SigningKey Generate();

  // 64 bytes; the same for the same message, always.
  std::string Sign(std::string_view message) const;

  const PublicKey& public_key() const { return public_; }
  // Secret: for a file of mode 0600.
  std::string ToPem() const;

 private:
  explicit SigningKey(std::shared_ptr<const PublicKey::Handle> handle) : public_(handle) {}
  PublicKey public_;  // its handle holds both halves
};

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_SIGNATURE_H_
