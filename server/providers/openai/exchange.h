// Exchanges: calls to the provider with their attempts. An exchange sends its request, and again
// where retry_policy.h says so, until it has an answer, a final failure or no time. Back-off is an
// alarm of the loop.
//
// Call is thread-safe; results come on the loop's thread.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_EXCHANGE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_EXCHANGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/random.h"
#include "server/providers/openai/event_loop.h"
#include "server/providers/openai/failure_reporter.h"
#include "server/providers/openai/http_transport.h"
#include "server/providers/openai/retry_policy.h"
#include "server/providers/provider.h"

namespace tunegate::providers::openai {

struct ExchangePlan {
  std::shared_ptr<const HttpRequest> request;
  int max_attempts = 1;
  absl::Duration attempt_timeout;
  // From the call to the result, waits included. No attempt begins that could not end in time.
  absl::Duration deadline = absl::InfiniteDuration();
  std::shared_ptr<RetryGate> gate;  // null: attempts begin when they are due
};

struct ExchangeResult {
  absl::Status status;    // OK: `response` is a whole answer of 2xx
  HttpResponse response;  // of the last attempt
  int attempts = 0;       // requests sent, or tried to be
};

class Exchanges {
 public:
  using Done = std::function<void(ExchangeResult)>;

  // The pointers must outlive it. `clock` is for dates in answers and for deadlines.
  Exchanges(EventLoop* loop, HttpTransport* transport, const FailureReporter* reporter,
            const Clock* clock, RetryRules rules, uint64_t jitter_seed);

  void Call(ExchangePlan plan, Done done);

  // Ends the exchanges that wait for their next attempt, as those under way are ended by the
  // transport's. On the loop's thread, before the transport's. Gates must speak before the loop
  // has ended.
  void ShutDown();

 private:
  struct Exchange;
  using Shared = std::shared_ptr<Exchange>;

  void Attempt(const Shared& exchange);
  void OnResponse(const Shared& exchange, HttpResponse response);
  std::optional<absl::Duration> DelayOf(const Exchange& exchange, const HttpResponse& response);
  void Wait(const Shared& exchange, absl::Duration delay, HttpResponse last);
  // The next attempt is due.
  void AskGate(const Shared& exchange, HttpResponse last);
  // What the gate said of the exchange that waits there.
  void PassGate(int64_t number, bool may);
  void Finish(const Shared& exchange, HttpResponse response);

  EventLoop* const loop_;
  HttpTransport* const transport_;
  const FailureReporter* const reporter_;
  const Clock* const clock_;
  const RetryRules rules_;
  Random random_;  // of the loop's thread, as all below
  struct Waiting {
    Shared exchange;
    HttpResponse last;
  };
  std::map<EventLoop::AlarmId, Waiting> waiting_;
  std::map<int64_t, Waiting> gated_;  // by number
  int64_t next_gated_ = 0;
  bool shut_down_ = false;
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_EXCHANGE_H_
