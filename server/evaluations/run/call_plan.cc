#include "server/evaluations/run/call_plan.h"

#include <numeric>

#include "common/random.h"

namespace tunegate::evaluations {

CallPlan::CallPlan(size_t example_count, int repeat_count, bool has_candidate, uint64_t seed)
    : example_count_(example_count),
      repeat_count_(static_cast<size_t>(repeat_count)),
      arms_(has_candidate ? 2 : 1),
      places_(example_count * repeat_count_) {
  Random order(seed, "order of examples");
  Random first(seed, "order of arms");
  std::vector<uint32_t> pass(example_count);
  pairs_.reserve(places_.size());
  for (size_t repeat = 0; repeat < repeat_count_; ++repeat) {
    std::iota(pass.begin(), pass.end(), static_cast<uint32_t>(repeat * example_count));
    order.Shuffle(pass);
    for (const uint32_t pair : pass) {
      const uint32_t candidate_first = has_candidate && first.Below(2) == 1 ? 1 : 0;
      places_[pair] = static_cast<uint32_t>(pairs_.size());
      pairs_.push_back(pair << 1 | candidate_first);
    }
  }
}

PlannedCall CallPlan::At(size_t sequence) const {
  const uint32_t entry = pairs_[sequence / arms_];
  const bool candidate_first = (entry & 1) == 1;
  const bool second = sequence % arms_ == 1;
  const uint32_t pair = entry >> 1;
  return {pair % example_count_, static_cast<int>(pair / example_count_),
          candidate_first != second ? kCandidate : kBaseline};
}

size_t CallPlan::SequenceOf(const PlannedCall& call) const {
  const size_t pair = static_cast<size_t>(call.repeat) * example_count_ + call.example;
  const size_t place = places_[pair];
  const bool candidate_first = (pairs_[place] & 1) == 1;
  const bool second = (call.arm == kCandidate) != candidate_first;
  return place * arms_ + (arms_ == 2 && second ? 1 : 0);
}

bool CallPlan::Contains(const PlannedCall& call) const {
  const bool asked = call.arm == kBaseline || (call.arm == kCandidate && arms_ == 2);
  return asked && call.example < example_count_ && call.repeat >= 0 &&
         static_cast<size_t>(call.repeat) < repeat_count_;
}

}  // namespace tunegate::evaluations
