// CallPlan: the order in which an evaluation asks. It follows from the seed alone, so that a server
// that takes over goes on in the same order.
//
// Every repeat is a pass over all examples in an order of its own. The two arms of an example stand
// beside each other, in random order, so that whatever drifts at the provider hits both.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PLAN_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

using Arm = store::v1::CallRecord::Arm;
inline constexpr Arm kBaseline = store::v1::CallRecord::ARM_BASELINE;
inline constexpr Arm kCandidate = store::v1::CallRecord::ARM_CANDIDATE;

struct PlannedCall {
  size_t example = 0;  // index into the dataset's examples
  int repeat = 0;      // from 0
  Arm arm = kBaseline;
};

// Immutable, so thread-safe. Takes 8 bytes a pair.
class CallPlan {
 public:
  // At most 2^31 pairs of example and repeat.
  CallPlan(size_t example_count, int repeat_count, bool has_candidate, uint64_t seed);

  // How many calls there are: example_count * repeat_count * arms.
  size_t size() const { return pairs_.size() * arms_; }
  int repeat_count() const { return static_cast<int>(repeat_count_); }
  // The call at `sequence`, from 0.
  PlannedCall At(size_t sequence) const;
  // Where a call stands. It must be of the plan.
  size_t SequenceOf(const PlannedCall& call) const;
  bool Contains(const PlannedCall& call) const;

 private:
  // A pair is repeat * example_count + example; the lowest bit says that the candidate comes first.
  const size_t example_count_;
  const size_t repeat_count_;
  const size_t arms_;
  std::vector<uint32_t> pairs_;   // in order of asking, shifted left by one
  std::vector<uint32_t> places_;  // by pair: its place in the order
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PLAN_H_
