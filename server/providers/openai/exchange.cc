#include "server/providers/openai/exchange.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tunegate::providers::openai {

struct Exchanges::Exchange {
  ExchangePlan plan;
  Done done;
  absl::Duration end;  // on the clock's monotonic scale
  int attempts = 0;
  Sent earlier = Sent::kNo;  // of the attempts before the one under way
};

Exchanges::Exchanges(EventLoop* loop, HttpTransport* transport, const FailureReporter* reporter,
                     const Clock* clock, RetryRules rules, uint64_t jitter_seed)
    : loop_(loop),
      transport_(transport),
      reporter_(reporter),
      clock_(clock),
      rules_(rules),
      random_(jitter_seed) {}

void Exchanges::Call(ExchangePlan plan, Done done) {
  auto exchange = std::make_shared<Exchange>();
  exchange->plan = std::move(plan);
  exchange->done = std::move(done);
  exchange->end = clock_->Monotonic() + exchange->plan.deadline;
  Attempt(exchange);
}

void Exchanges::Attempt(const Shared& exchange) {
  ++exchange->attempts;
  const absl::Duration left = exchange->end - clock_->Monotonic();
  transport_->Start(
      exchange->plan.request, std::min(exchange->plan.attempt_timeout, left),
      [this, exchange](HttpResponse response) { OnResponse(exchange, std::move(response)); });
}

void Exchanges::OnResponse(const Shared& exchange, HttpResponse response) {
  const bool whole = response.failure == HttpFailure::kNone;
  if (!whole || response.status < 200 || response.status > 299) {
    if (const auto delay = DelayOf(*exchange, response)) {
      exchange->earlier = std::max(exchange->earlier, SentBy(response));
      if (exchange->plan.gate != nullptr) exchange->plan.gate->OnBackOff();
      return Wait(exchange, *delay, std::move(response));
    }
  }
  Finish(exchange, std::move(response));
}

std::optional<absl::Duration> Exchanges::DelayOf(const Exchange& exchange,
                                                 const HttpResponse& response) {
  if (shut_down_) return std::nullopt;
  FailedAttempt attempt;
  attempt.number = exchange.attempts;
  attempt.max_attempts = exchange.plan.max_attempts;
  attempt.http_status = response.status;
  attempt.connection_failed = response.failure == HttpFailure::kNoConnection ||
                              response.failure == HttpFailure::kTimedOut ||
                              response.failure == HttpFailure::kBroken;
  attempt.quota = SaysQuota(response);
  attempt.should_retry = response.headers.Get("x-should-retry");
  attempt.retry_after_ms = response.headers.Get("retry-after-ms");
  attempt.retry_after = response.headers.Get("retry-after");
  const auto delay = DelayBeforeRetry(rules_, attempt, clock_->Now(), random_.Uniform());
  if (!delay.has_value()) return std::nullopt;
  if (clock_->Monotonic() + *delay >= exchange.end) return std::nullopt;
  return delay;
}

void Exchanges::Wait(const Shared& exchange, absl::Duration delay, HttpResponse last) {
  // The alarm's id is known only after it is set; it cannot ring before this task ends.
  auto id = std::make_shared<EventLoop::AlarmId>();
  *id = loop_->SetAlarm(delay, [this, id] {
    Waiting due = std::move(waiting_.extract(*id).mapped());
    AskGate(due.exchange, std::move(due.last));
  });
  waiting_.emplace(*id, Waiting{exchange, std::move(last)});
}

void Exchanges::AskGate(const Shared& exchange, HttpResponse last) {
  if (exchange->plan.gate == nullptr) return Attempt(exchange);
  const int64_t number = next_gated_++;
  gated_.emplace(number, Waiting{exchange, std::move(last)});
  exchange->plan.gate->WhenFree([this, number](bool may) {
    if (loop_->OnThread()) return PassGate(number, may);
    loop_->Post([this, number, may] { PassGate(number, may); });
  });
}

void Exchanges::PassGate(int64_t number, bool may) {
  auto gated = gated_.extract(number);
  if (gated.empty()) return;  // ended by ShutDown
  const bool in_time = clock_->Monotonic() < gated.mapped().exchange->end;
  if (may && in_time) return Attempt(gated.mapped().exchange);
  Finish(gated.mapped().exchange, std::move(gated.mapped().last));
}

void Exchanges::Finish(const Shared& exchange, HttpResponse response) {
  ExchangeResult result;
  result.status = reporter_->StatusOf(response, exchange->earlier, clock_->Now());
  result.response = std::move(response);
  result.attempts = exchange->attempts;
  exchange->done(std::move(result));
}

void Exchanges::ShutDown() {
  shut_down_ = true;
  while (!waiting_.empty()) {
    auto waiting = waiting_.extract(waiting_.begin());
    loop_->CancelAlarm(waiting.key());
    Finish(waiting.mapped().exchange, std::move(waiting.mapped().last));
  }
  while (!gated_.empty()) {
    auto gated = gated_.extract(gated_.begin());
    Finish(gated.mapped().exchange, std::move(gated.mapped().last));
  }
}

}  // namespace tunegate::providers::openai
