// FailureWatch: tells a call that failed from a provider that is gone and from a variant that
// cannot be asked at all. A call that fails after all attempts is held back until an answer shows
// that the trouble was its own; then it is recorded as missing. Otherwise the evaluation stops and
// nothing of the trouble is recorded, so that all of it is asked again later:
//
//  * quota, key, permission: BLOCKED at once
//  * kFailuresInARow failures of one provider without an answer between: BLOCKED
//    (PROVIDER_UNREACHABLE) until it answers again
//  * an unknown model: FAILED at once; kFailuresInARow refusals (HTTP 400) of one variant without
//  an
//    answer between: FAILED
//  * all calls are through and a provider, or a variant, never answered: likewise
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_FAILURE_WATCH_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_FAILURE_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/evaluations/run/call_plan.h"
#include "server/evaluations/run/run_end.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

inline constexpr int kFailuresInARow = 10;

// Not thread-safe.
class FailureWatch {
 public:
  // What a call's end means: calls to record as missing now, or the end of the evaluation.
  struct Verdict {
    std::vector<store::v1::CallRecord> missing;
    std::optional<RunEnd> end;
  };

  // `evaluation` is its name, for remedies.
  explicit FailureWatch(std::string evaluation) : evaluation_(std::move(evaluation)) {}

  // An answer of this arm, by the provider of this lane.
  Verdict OnAnswer(size_t lane, Arm arm);
  // A call that failed after all attempts; `call` is how it would be recorded.
  Verdict OnFailure(size_t lane, store::v1::CallRecord call, const absl::Status& status);
  // The provider of this lane did not answer when it was last asked: until it does, one more
  // failure says that it still does not.
  void ExpectSilence(size_t lane) { by_lane_[lane].failures = kFailuresInARow - 1; }
  // No more calls will come.
  Verdict OnLast();

  // Attempts at calls that were held back and are not recorded.
  int64_t held_attempts() const;

 private:
  struct Held {
    size_t lane;
    bool refused;  // by HTTP 400; otherwise nobody answered
    store::v1::CallRecord call;
    absl::Status status;
  };
  struct Streak {
    int failures = 0;
    bool answered = false;  // ever
  };

  Verdict Release(size_t lane, Arm arm);
  RunEnd Unreachable(size_t lane, const absl::Status& status) const;
  RunEnd Refused(Arm arm, const absl::Status& status) const;

  const std::string evaluation_;
  std::map<size_t, Streak> by_lane_;
  std::map<int, Streak> by_arm_;
  std::vector<Held> held_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_FAILURE_WATCH_H_
