// Transitions: a domain's table of what may follow what, as constexpr data that a test can walk.
//
//   inline constexpr Transition<v1::Job::State, JobFact> kTransitions[] = {
//       {v1::Job::STATE_PENDING, JobFact::kStarted, v1::Job::STATE_UPLOADING}, ...};
//   std::optional<v1::Job::State> next = Next(kTransitions, job.state(), JobFact::kStarted);
#ifndef TUNEGATE_SERVER_RESOURCES_STATE_MACHINE_H_
#define TUNEGATE_SERVER_RESOURCES_STATE_MACHINE_H_

#include <cstddef>
#include <optional>

namespace tunegate::resources {

template <typename State, typename Fact>
struct Transition {
  State from;
  Fact fact;
  State to;
};

// The state after `fact`, or nullopt when it means nothing in `from` (it is too late, or too
// early).
template <typename State, typename Fact, size_t kCount>
constexpr std::optional<State> Next(const Transition<State, Fact> (&table)[kCount], State from,
                                    Fact fact) {
  for (const auto& transition : table) {
    if (transition.from == from && transition.fact == fact) return transition.to;
  }
  return std::nullopt;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_STATE_MACHINE_H_
