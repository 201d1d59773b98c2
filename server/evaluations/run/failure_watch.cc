#include "server/evaluations/run/failure_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

using providers::Consequence;
using store::v1::CallRecord;

}  // namespace

FailureWatch::Verdict FailureWatch::OnAnswer(size_t lane, Arm arm) {
  by_lane_[lane] = {.failures = 0, .answered = true};
  by_arm_[arm] = {.failures = 0, .answered = true};
  if (held_.empty()) return {};
  return Release(lane, arm);
}

FailureWatch::Verdict FailureWatch::Release(size_t lane, Arm arm) {
  Verdict verdict;
  std::vector<Held> still;
  for (Held& held : held_) {
    const bool free = held.refused ? held.call.arm() == arm : held.lane == lane;
    if (free) {
      verdict.missing.push_back(std::move(held.call));
    } else {
      still.push_back(std::move(held));
    }
  }
  held_ = std::move(still);
  return verdict;
}

FailureWatch::Verdict FailureWatch::OnFailure(size_t lane, CallRecord call,
                                              const absl::Status& status) {
  const Consequence consequence = providers::ConsequenceOf(status);
  const Arm arm = call.arm();
  const bool refused = consequence == Consequence::kGiveUp;
  held_.push_back({lane, refused, std::move(call), status});
  if (consequence == Consequence::kNeedsPerson) {
    return {
        {},
        RunEnd{RunEnd::Kind::kBlocked, providers::FailureOf(status, ResumeCommand(evaluation_))}};
  }
  if (refused && !absl::IsInvalidArgument(status)) return {{}, Refused(arm, status)};
  Streak& streak = refused ? by_arm_[arm] : by_lane_[lane];
  if (++streak.failures < kFailuresInARow) return {};
  return {{}, refused ? Refused(arm, status) : Unreachable(lane, status)};
}

FailureWatch::Verdict FailureWatch::OnLast() {
  Verdict verdict;
  for (Held& held : held_) {
    if (held.refused && !by_arm_[held.call.arm()].answered) {
      return {{}, Refused(held.call.arm(), held.status)};
    }
    if (!held.refused && !by_lane_[held.lane].answered)
      return {{}, Unreachable(held.lane, held.status)};
  }
  for (Held& held : held_) verdict.missing.push_back(std::move(held.call));
  held_.clear();
  return verdict;
}

int64_t FailureWatch::held_attempts() const {
  int64_t attempts = 0;
  for (const Held& held : held_) attempts += held.call.attempts();
  return attempts;
}

RunEnd FailureWatch::Unreachable(size_t lane, const absl::Status& status) const {
  v1::Failure failure = providers::FailureOf(status, "");
  failure.set_reason(std::string(providers::kProviderUnreachable));
  failure.set_message(absl::StrCat("no answer came to any of the last calls: ", failure.message()));
  failure.set_remedy(
      absl::StrCat("it goes on by itself when the provider answers; to try at once  ",
                   ResumeCommand(evaluation_)));
  return {RunEnd::Kind::kUnreachable, std::move(failure), lane, status};
}

RunEnd FailureWatch::Refused(Arm arm, const absl::Status& status) const {
  v1::Failure failure = providers::FailureOf(status, "");
  failure.set_message(absl::StrCat("the ", arm == kCandidate ? "candidate" : "baseline",
                                   " cannot be asked: ", failure.message()));
  return {RunEnd::Kind::kFailed, std::move(failure)};
}

}  // namespace tunegate::evaluations
