// Random: a portable seeded generator (xoshiro256**, Blackman & Vigna 2018, seeded by splitmix64).
// std's distributions differ between libraries; with this, the same seed gives the same figures and
// the same dataset bytes on any machine.
#ifndef TUNEGATE_COMMON_RANDOM_H_
#define TUNEGATE_COMMON_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tunegate {

// The next number of splitmix64's sequence; advances `state`.
uint64_t SplitMix64(uint64_t& state);

// Not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed);
  // An independent stream of the same seed: streams with different labels do not disturb each
  // other.
  Random(uint64_t seed, std::string_view label);

  // Goes on from a state, of which at least one word is not 0.
  explicit Random(const std::array<uint64_t, 4>& state) : state_(state) {}

  uint64_t Next();
  // Uniform in [0, bound); bound > 0. Unbiased (Lemire 2019).
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1), 53 bits.
  double Uniform();
  bool Chance(double probability) { return Uniform() < probability; }

  // Fisher-Yates.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }
  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_RANDOM_H_
