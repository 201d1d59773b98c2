// LatencyWatch: notices that a provider is asked for more than it can do from its response times
// alone, before it says so with errors.
//
// The rule is of the family of TCP Vegas (Brakmo and Peterson, IEEE Journal on Selected Areas in
// Communications 13, 1995), in the form of a gradient as Netflix's concurrency-limits has it
// (Gradient2Limit, 2018): the window is multiplied by tolerance * calm / present, at least 1/2, and
// gets its square root back as room for a queue. Ours differs where an evaluation does:
//
//  * A round's figure is the lower quartile of its response times. Two models of different speed
//    are asked in turns, and the median would jump from one to the other.
//  * Calm is the lowest figure seen. Present is *clearly* above it at twice and 200 ms more, in two
//    rounds in a row: what is quick enough anyhow, and a single pause, are not reacted to. From
//    half above on the window does not grow.
//  * A queue of our own making becomes shorter with the window; the others' load does not. So where
//    response times have not fallen, since the window began to shrink, by half of what they should
//    have, they are the new calm, and the window grows again.
//
// Pure. Not thread-safe.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_LATENCY_WATCH_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_LATENCY_WATCH_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace tunegate::evaluations {

class LatencyWatch {
 public:
  // What a round says about the window.
  struct Advice {
    enum class Kind { kCalm, kHold, kShrink };
    Kind kind = Kind::kCalm;
    double window = 0;  // for kShrink: the new one
  };

  // An answer's response time.
  void Add(absl::Duration response_time) { round_.push_back(response_time); }
  // Ends a round that was asked with `window`.
  Advice EndRound(double window);

 private:
  // How it was when the window began to shrink.
  struct Shrunk {
    absl::Duration present;
    double window;
  };

  Advice OnSlowRound(absl::Duration present, double window);

  std::vector<absl::Duration> round_;
  std::optional<absl::Duration> calm_;
  int slow_rounds_ = 0;           // in a row, since the window last changed
  std::optional<Shrunk> shrunk_;  // while response times are above calm
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_LATENCY_WATCH_H_
