#include "server/datasets/quota.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace tunegate::datasets {

std::vector<int> LargestRemainder(int total, const std::vector<int>& weights) {
  const int64_t sum = std::accumulate(weights.begin(), weights.end(), int64_t{0});
  std::vector<int> shares;
  std::vector<int64_t> remainders;
  int left = total;
  for (const int weight : weights) {
    const int64_t scaled = int64_t{total} * weight;
    shares.push_back(static_cast<int>(scaled / sum));
    remainders.push_back(scaled % sum);
    left -= shares.back();
  }
  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (int i = 0; i < left; ++i) ++shares[order[i]];
  return shares;
}

}  // namespace tunegate::datasets
