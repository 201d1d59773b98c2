// Receiver: what a provider's webhook does here: it wakes the work that it speaks of, and nothing
// else. What happened is asked of the provider by that work's next step, so a webhook that lies,
// repeats itself or overtakes another does no harm, and whichever comes first, webhook or poll,
// counts once.
#ifndef TUNEGATE_SERVER_WEBHOOKS_RECEIVER_H_
#define TUNEGATE_SERVER_WEBHOOKS_RECEIVER_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "server/store/store.h"
#include "server/webhooks/signature.h"

namespace tunegate::webhooks {

// What came of a webhook.
enum class Outcome {
  kWoken,      // the work is due now
  kUnknown,    // rightly signed, about nothing of ours: work that has ended, or another's
  kIgnored,    // rightly signed, of a type that means nothing here
  kRepeated,   // the sender sends again what was taken before: a new signature of an old id
  kReplayed,   // exactly what was taken before: refused
  kForged,     // no signature fits
  kTooOld,     // rightly signed, too far from our time
  kMalformed,  // a header is missing, or the body is no event
  kNoSecret,   // no secret is configured for this provider, or there is no such provider
  kFailed,     // could not be recorded; the sender may try again
};

// For metrics and logs: "woken".
std::string_view OutcomeName(Outcome outcome);

// A webhook as it came.
struct Delivery {
  std::string_view provider;  // as in the path
  Signed content;
};

struct Receipt {
  Outcome outcome;
  std::string message;  // for the sender: one line, no secrets
};

// Thread-safe; Take blocks on the store.
class Receiver {
 public:
  // Secrets by provider. `store` and `clock` outlive it.
  Receiver(store::Store* store, const Clock* clock,
           std::map<std::string, Secret, std::less<>> secrets)
      : store_(store), clock_(clock), secrets_(std::move(secrets)) {}

  // An id that was taken is remembered by the store, in the commit that wakes the work: after a
  // restart, and on every server that shares the store, it is refused as well.
  Receipt Take(const Delivery& delivery);

 private:
  Receipt Judge(const Delivery& delivery, std::string* resource);
  // Commits the id, and the wake-up of `resource` unless it is empty.
  Receipt Remember(const Delivery& delivery, const std::string& resource, Receipt receipt);

  store::Store* store_;
  const Clock* clock_;
  const std::map<std::string, Secret, std::less<>> secrets_;
};

}  // namespace tunegate::webhooks

#endif  // TUNEGATE_SERVER_WEBHOOKS_RECEIVER_H_
