// Exact shares: how many of a total each weight gets.
#ifndef TUNEGATE_SERVER_DATASETS_QUOTA_H_
#define TUNEGATE_SERVER_DATASETS_QUOTA_H_

#include <vector>

namespace tunegate::datasets {

// Whole numbers in proportion to `weights` (not negative, at least one positive) that add up to
// `total`, by largest remainder; equal remainders go to the earlier weight.
std::vector<int> LargestRemainder(int total, const std::vector<int>& weights);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_QUOTA_H_
