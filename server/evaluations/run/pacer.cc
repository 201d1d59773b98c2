#include "server/evaluations/run/pacer.h"

#include <algorithm>

namespace tunegate::evaluations {
namespace {

constexpr int kMinRound = 20;
constexpr double kShrink = 0.7;
constexpr double kTroubledShare = 0.5;
constexpr double kCalmShare = 0.25;
// Nobody is waited for longer on their word alone.
constexpr absl::Duration kMaxHold = absl::Minutes(1);
constexpr double kSmoothing = 0.1;

}  // namespace

Pacer::Pacer(int max_in_flight, PaceLimits limits)
    : max_in_flight_(std::max(1, max_in_flight)),
      window_(max_in_flight_),
      requests_in_minute_(limits.requests_per_minute),
      tokens_in_minute_(limits.tokens_per_minute) {}

void Pacer::Remember(int64_t attempts, int64_t tokens, absl::Duration time) {
  ++sent_;
  requests_in_minute_.Take(sent_, attempts, time);
  tokens_in_minute_.Take(sent_, tokens, time);
  largest_call_ = std::max(largest_call_, tokens);
}

bool Pacer::MaySend(int in_flight, absl::Duration now) {
  if (in_flight >= window() || now < hold_until_) return false;
  if (!requests_in_minute_.Bears(1, now)) return false;
  if (tokens_in_minute_.limited()) {
    if (largest_call_ == 0 && in_flight > 0) return false;
    if (!tokens_in_minute_.Bears(largest_call_, now)) return false;
  }
  return Bears(requests_, 1, now) && Bears(tokens_, tokens_per_call_, now);
}

int64_t Pacer::OnSend(absl::Duration now) {
  ++sent_;
  requests_in_minute_.Take(sent_, 1, now);
  tokens_in_minute_.Take(sent_, largest_call_, now);
  return sent_;
}

void Pacer::OnBackOff(int64_t ticket) {
  tokens_in_minute_.Correct(ticket, 0);
  CountAttempt(/*troubled=*/true);
}

void Pacer::OnAnswer(const PaceOutcome& outcome, absl::Duration now) {
  tokens_in_minute_.Correct(outcome.ticket, outcome.tokens);
  largest_call_ = std::max(largest_call_, outcome.tokens);
  if (outcome.response_time.has_value()) latency_.Add(*outcome.response_time);
  CountAttempt(outcome.troubled);
  if (outcome.retry_after.has_value()) {
    hold_until_ = std::max(hold_until_, now + std::min(*outcome.retry_after, kMaxHold));
  }
  if (outcome.tokens > 0) {
    const auto tokens = static_cast<double>(outcome.tokens);
    tokens_per_call_ = tokens_per_call_ == 0
                           ? tokens
                           : tokens_per_call_ + kSmoothing * (tokens - tokens_per_call_);
  }
  Learn(outcome, now);
}

void Pacer::CountAttempt(bool troubled) {
  ++round_attempts_;
  if (troubled) ++round_troubles_;
  if (round_attempts_ >= std::max(kMinRound, window())) Judge();
}

void Pacer::Judge() {
  const double share = static_cast<double>(round_troubles_) / round_attempts_;
  const LatencyWatch::Advice advice = latency_.EndRound(window_);
  if (share >= kTroubledShare) {
    window_ = std::max(1.0, window_ * kShrink);
  } else if (advice.kind == LatencyWatch::Advice::Kind::kShrink) {
    window_ = advice.window;
  } else if (share <= kCalmShare && advice.kind == LatencyWatch::Advice::Kind::kCalm) {
    window_ = std::min<double>(max_in_flight_, window_ + std::max(1, max_in_flight_ / 8));
  }
  round_attempts_ = 0;
  round_troubles_ = 0;
}

void Pacer::Learn(const PaceOutcome& outcome, absl::Duration now) {
  const auto learn = [&](std::optional<Allowance>& allowance, std::optional<int64_t> remaining,
                         std::optional<int64_t> limit, std::optional<absl::Duration> reset) {
    // Without a reset nobody could say until when it holds; older news than what is known is none.
    if (!remaining.has_value() || !reset.has_value() || *reset <= absl::ZeroDuration()) return;
    if (allowance.has_value() && outcome.ticket < allowance->ticket) return;
    allowance = Allowance{.remaining = static_cast<double>(std::max<int64_t>(0, *remaining)),
                          .limit = static_cast<double>(limit.value_or(0)),
                          .reset = std::min(*reset, kMaxHold),
                          .seen = now,
                          .ticket = outcome.ticket};
  };
  const providers::RateLimits& limits = outcome.limits;
  learn(requests_, limits.remaining_requests, limits.limit_requests, limits.reset_requests);
  learn(tokens_, limits.remaining_tokens, limits.limit_tokens, limits.reset_tokens);
}

bool Pacer::Bears(const std::optional<Allowance>& allowance, double cost,
                  absl::Duration now) const {
  if (!allowance.has_value()) return true;
  const double part = absl::FDivDuration(now - allowance->seen, allowance->reset);
  if (part >= 1) return true;
  const double refilled = std::max(0.0, allowance->limit - allowance->remaining) * part;
  const double spent = static_cast<double>(sent_ - allowance->ticket) * cost;
  return allowance->remaining + refilled - spent >= cost;
}

}  // namespace tunegate::evaluations
