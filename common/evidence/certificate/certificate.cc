#include "common/evidence/certificate/certificate.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/certificate/payload.h"

namespace tunegate::certificates {
namespace {

constexpr char kAlgorithm[] = "Ed25519";
// Ours have a few KiB.
constexpr size_t kMostBytes = 1 << 20;

Error BadCertificate(std::string_view why) { return InvalidArgument("BAD_CERTIFICATE", why); }

std::string_view WithoutLineFeed(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

bool IsDigest(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string WriteCertificate(const json::Value& payload, const SigningKey& key) {
  const std::string bytes = json::WriteCanonical(payload);
  return json::WriteCanonical(json::Object({{"algorithm", kAlgorithm},
                                            {"digest", Sha256Hex(bytes)},
                                            {"payload", payload},
                                            {"signature", absl::Base64Escape(key.Sign(bytes))}}));
}

absl::StatusOr<Certificate> ReadCertificate(std::string_view text) {
  const std::string_view line = WithoutLineFeed(text);
  if (line.size() > kMostBytes) return BadCertificate("it has more than 1 MiB: no certificate");
  const absl::StatusOr<json::Value> parsed = json::Parse(line);
  if (!parsed.ok()) return BadCertificate(std::string(parsed.status().message()));
  // What Parse overlooks (white space, order, a member twice, another way to write a number) is
  // another text when it is written again.
  if (json::WriteCanonical(*parsed) != line) {
    return BadCertificate("it is not in canonical form (RFC 8785): it was edited or reformatted");
  }
  const json::Value& fields = *parsed;
  if (fields.Members().size() != 4 || !fields["payload"].IsObject() ||
      !fields["signature"].IsString() || !fields["digest"].IsString()) {
    return BadCertificate("expected algorithm, digest, payload and signature, and nothing else");
  }
  if (fields["algorithm"].String() != kAlgorithm) {
    return BadCertificate("its algorithm is not Ed25519");
  }
  if (fields["payload"]["format"].String() != kCertificateFormat) {
    return BadCertificate(
        absl::StrCat("its format is not ", kCertificateFormat, ", which this version reads"));
  }
  Certificate certificate{fields["payload"], fields["digest"].String(), ""};
  const std::string& encoded = fields["signature"].String();
  if (!IsDigest(certificate.digest)) return BadCertificate("its digest is no SHA-256");
  // Base64 has spare bits at its end: only one writing of them is a signature's.
  if (!absl::Base64Unescape(encoded, &certificate.signature) ||
      certificate.signature.size() != kSignatureBytes ||
      absl::Base64Escape(certificate.signature) != encoded) {
    return BadCertificate("its signature is not the base64 of 64 bytes");
  }
  return certificate;
}

absl::Status CheckDigest(const Certificate& certificate) {
  const std::string found = Sha256Hex(json::WriteCanonical(certificate.payload));
  if (found == certificate.digest) return absl::OkStatus();
  return InvalidArgument("DIGEST_WRONG", absl::StrCat("the payload's SHA-256 is ", found, ", not ",
                                                      certificate.digest));
}

absl::Status CheckSignature(const Certificate& certificate, const PublicKey& key) {
  if (key.Verify(json::WriteCanonical(certificate.payload), certificate.signature)) {
    return absl::OkStatus();
  }
  const std::string& named = certificate.payload["key"].String();
  const std::string given = key.Fingerprint();
  return InvalidArgument(
      "SIGNATURE_WRONG",
      named == given ? "the payload was changed after it was signed, or signed by somebody else"
                     : absl::StrCat("the key that you gave (", given,
                                    ") did not sign it; it names the key ", named));
}

std::string CertificateDigest(std::string_view text) { return Sha256Hex(WithoutLineFeed(text)); }

}  // namespace tunegate::certificates
