#include "server/webhooks/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"

namespace tunegate::webhooks {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::string_view kVersion = "v1,";
constexpr size_t kShortestKey = 16;
constexpr size_t kLongestId = 256;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

Error Malformed(std::string_view what) { return InvalidArgument("WEBHOOK_MALFORMED", what); }

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool Equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

absl::StatusOr<Secret> Secret::Parse(std::string_view text) {
  absl::string_view trimmed = absl::StripAsciiWhitespace(View(text));
  std::string key;
  const bool good = absl::StartsWith(trimmed, View(kSecretPrefix)) &&
                    absl::Base64Unescape(trimmed.substr(kSecretPrefix.size()), &key) &&
                    key.size() >= kShortestKey;
  if (!good) {
    return InvalidArgument("WEBHOOK_SECRET_INVALID",
                           "expected a webhook secret: whsec_ and base64 of at least 16 bytes, as "
                           "the provider showed it when the webhook was made");
  }
  return Secret(std::move(key));
}

std::string Sign(const Secret& secret, const Signed& what) {
  const std::string text =
      absl::StrCat(View(what.id), ".", View(what.timestamp), ".", View(what.body));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), secret.key().data(), static_cast<int>(secret.key().size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  if (made == nullptr) return "";
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::Status Verify(const Secret& secret, const Signed& what, absl::Time now) {
  if (!IsId(what.id)) {
    return Malformed("expected a webhook-id of 1 to 256 printable characters without blanks");
  }
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(View(what.timestamp), &seconds) || seconds < 0) {
    return Malformed("expected webhook-timestamp to be seconds since 1970");
  }
  if (what.signatures.empty()) return Malformed("expected a webhook-signature");
  const std::string expected = Sign(secret, what);
  // An empty one would fit a forger's "v1,".
  if (expected.empty()) return Internal("WEBHOOK_NOT_VERIFIED", "OpenSSL cannot make an HMAC");
  bool found = false;
  for (const absl::string_view one : absl::StrSplit(View(what.signatures), ' ')) {
    const std::string_view signature(one.data(), one.size());
    // Later versions may stand beside ours.
    if (!signature.starts_with(kVersion)) continue;
    found |= Equal(signature.substr(kVersion.size()), expected);
  }
  if (!found) {
    return Unauthenticated("WEBHOOK_SIGNATURE_INVALID",
                           "no v1 signature fits; is the secret this webhook's?");
  }
  if (absl::AbsDuration(now - absl::FromUnixSeconds(seconds)) > kTolerance) {
    return InvalidArgument("WEBHOOK_TOO_OLD",
                           "signed more than 300 seconds from this server's time; check the clock");
  }
  return absl::OkStatus();
}

}  // namespace tunegate::webhooks
