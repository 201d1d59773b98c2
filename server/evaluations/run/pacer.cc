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

Pacer::Pacer(int max_in_flight)
    : max_in_flight_(std::max(1, max_in_flight)), window_(max_in_flight_) {}

bool Pacer::MaySend(int in_flight, absl::Duration now) const {
  if (in_flight >= window() || now < hold_until_) return false;
  return Bears(requests_, 1, now) && Bears(tokens_, tokens_per_call_, now);
}

void Pacer::OnAnswer(const PaceOutcome& outcome, absl::Duration now) {
  ++round_calls_;
  if (outcome.troubled) ++round_troubles_;
  if (round_calls_ >= std::max(kMinRound, window())) Judge();
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

void Pacer::Judge() {
  const double share = static_cast<double>(round_troubles_) / round_calls_;
  if (share >= kTroubledShare) {
    window_ = std::max(1.0, window_ * kShrink);
  } else if (share <= kCalmShare) {
    window_ = std::min<double>(max_in_flight_, window_ + std::max(1, max_in_flight_ / 8));
  }
  round_calls_ = 0;
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
