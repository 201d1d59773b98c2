// The distributions that this room needs, over Boost.Math; the only place that includes it.
// Computed in IEEE doubles throughout (Boost's promotion to long double differs between machines).
// Total functions: a bad argument gives the answer that shows nothing, never NaN or an exception.
// Pure, thread-safe.
#ifndef TUNEGATE_COMMON_STATISTICS_DISTRIBUTIONS_H_
#define TUNEGATE_COMMON_STATISTICS_DISTRIBUTIONS_H_

#include <cstdint>
#include <vector>

namespace tunegate::stats {

// z such that a standard normal variable lies in [-z, z] with probability `confidence`.
// +infinity unless 0 < confidence < 1, so that an interval built with it holds everything.
double TwoSidedNormalQuantile(double confidence);

// The same for Student's t with `degrees_of_freedom`; +infinity when these are below 1.
double TwoSidedStudentQuantile(double confidence, int64_t degrees_of_freedom);

// P(T <= t) of Student's t with `degrees_of_freedom`. Below 1 of them, and for NaN, 1: a p-value
// made of it then shows nothing.
double StudentBelow(double t, int64_t degrees_of_freedom);

// The number of successes in `trials` independent trials. Trials below 0 are taken as 0,
// probabilities outside [0, 1] as the nearest of 0 and 1 (NaN as 0).
class Binomial {
 public:
  Binomial(int64_t trials, double probability);

  double Pmf(int64_t k) const;
  double AtMost(int64_t k) const;   // P(X <= k)
  double AtLeast(int64_t k) const;  // P(X >= k), without cancellation in the upper tail

  int64_t trials() const { return trials_; }
  double mean() const { return static_cast<double>(trials_) * probability_; }
  double standard_deviation() const;

 private:
  int64_t trials_;
  double probability_;
};

// The part of a binomial distribution that matters: the probabilities of first, first + 1, ...
// What lies outside has less than 1e-12 together.
struct BinomialWindow {
  int64_t first = 0;
  std::vector<double> probabilities;
};
BinomialWindow WindowOf(const Binomial& binomial);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_DISTRIBUTIONS_H_
