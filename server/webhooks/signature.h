// Whether a webhook comes from who shares our secret: the Standard Webhooks scheme that OpenAI
// uses. The signature is HMAC-SHA256 over `ID.TIMESTAMP.BODY`; a sender that changes its secret
// sends several signatures, of which one must be right.
#ifndef TUNEGATE_SERVER_WEBHOOKS_SIGNATURE_H_
#define TUNEGATE_SERVER_WEBHOOKS_SIGNATURE_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate::webhooks {

// How far a webhook's time may be from ours.
inline constexpr absl::Duration kTolerance = absl::Seconds(300);

// The key that signs. Has no text: it cannot slip into a log.
class Secret {
 public:
  // "whsec_" and base64 of at least 16 bytes; white space around it is ignored. INVALID_ARGUMENT
  // (WEBHOOK_SECRET_INVALID), which says what was expected and not what was there.
  static absl::StatusOr<Secret> Parse(std::string_view text);

  const std::string& key() const { return key_; }

 private:
  explicit Secret(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

// What the three headers and the body said, as they came.
struct Signed {
  std::string_view id;          // webhook-id
  std::string_view timestamp;   // webhook-timestamp: seconds since 1970
  std::string_view signatures;  // webhook-signature: "v1,BASE64 v1,BASE64"
  std::string_view body;
};

// The signature's base64, without its "v1,". Empty when OpenSSL cannot make one.
std::string Sign(const Secret& secret, const Signed& what);

// OK, or INVALID_ARGUMENT (WEBHOOK_MALFORMED: a header is missing or is not of its form;
// WEBHOOK_TOO_OLD: rightly signed at a time too far from `now`), UNAUTHENTICATED
// (WEBHOOK_SIGNATURE_INVALID), INTERNAL (WEBHOOK_NOT_VERIFIED). Takes the same time wherever a
// signature differs.
absl::Status Verify(const Secret& secret, const Signed& what, absl::Time now);

}  // namespace tunegate::webhooks

#endif  // TUNEGATE_SERVER_WEBHOOKS_SIGNATURE_H_
