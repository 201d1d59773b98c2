#include "common/statistics/distributions.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace tunegate::stats {
namespace {

namespace policies = boost::math::policies;
// No exceptions: arguments are checked before Boost sees them. No long double: see the header.
using Policy = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::underflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;
using Normal = boost::math::normal_distribution<double, Policy>;
using StudentsT = boost::math::students_t_distribution<double, Policy>;
using BoostBinomial = boost::math::binomial_distribution<double, Policy>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool IsConfidence(double confidence) { return confidence > 0 && confidence < 1; }

}  // namespace

double TwoSidedNormalQuantile(double confidence) {
  if (!IsConfidence(confidence)) return kInfinity;
  return boost::math::quantile(boost::math::complement(Normal(0, 1), (1 - confidence) / 2));
}

double TwoSidedStudentQuantile(double confidence, int64_t degrees_of_freedom) {
  if (!IsConfidence(confidence) || degrees_of_freedom < 1) return kInfinity;
  return boost::math::quantile(boost::math::complement(
      StudentsT(static_cast<double>(degrees_of_freedom)), (1 - confidence) / 2));
}

double StudentBelow(double t, int64_t degrees_of_freedom) {
  if (degrees_of_freedom < 1 || std::isnan(t)) return 1;
  if (std::isinf(t)) return t < 0 ? 0 : 1;
  return boost::math::cdf(StudentsT(static_cast<double>(degrees_of_freedom)), t);
}

Binomial::Binomial(int64_t trials, double probability)
    : trials_(std::max<int64_t>(trials, 0)),
      probability_(probability > 0 ? std::min(probability, 1.0) : 0.0) {}

double Binomial::standard_deviation() const { return std::sqrt(mean() * (1 - probability_)); }

double Binomial::Pmf(int64_t k) const {
  if (k < 0 || k > trials_) return 0;
  if (probability_ == 0) return k == 0 ? 1 : 0;
  if (probability_ == 1) return k == trials_ ? 1 : 0;
  return boost::math::pdf(BoostBinomial(static_cast<double>(trials_), probability_),
                          static_cast<double>(k));
}

double Binomial::AtMost(int64_t k) const {
  if (k < 0) return 0;
  if (k >= trials_) return 1;
  if (probability_ == 0) return 1;
  if (probability_ == 1) return 0;
  return boost::math::cdf(BoostBinomial(static_cast<double>(trials_), probability_),
                          static_cast<double>(k));
}

double Binomial::AtLeast(int64_t k) const {
  if (k <= 0) return 1;
  if (k > trials_) return 0;
  if (probability_ == 0) return 0;
  if (probability_ == 1) return 1;
  return boost::math::cdf(boost::math::complement(
      BoostBinomial(static_cast<double>(trials_), probability_), static_cast<double>(k - 1)));
}

BinomialWindow WindowOf(const Binomial& binomial) {
  // Bernstein: P(|X - mean| > t) <= 2 exp(-t^2 / (2 (sd^2 + t / 3))), which is below 1e-12 here.
  const double reach = 8 * binomial.standard_deviation() + 20;
  const double mean = binomial.mean();
  BinomialWindow window;
  window.first = std::max<int64_t>(0, static_cast<int64_t>(std::floor(mean - reach)));
  const int64_t last =
      std::min<int64_t>(binomial.trials(), static_cast<int64_t>(std::ceil(mean + reach)));
  // Recurrences outwards from the mode, where the probability is known best.
  const int64_t mode = std::clamp(static_cast<int64_t>(std::floor(mean)), window.first, last);
  window.probabilities.assign(static_cast<size_t>(last - window.first + 1), 0.0);
  const double n = static_cast<double>(binomial.trials());
  const double p = n > 0 ? mean / n : 0;
  auto at = [&](int64_t k) -> double& {
    return window.probabilities[static_cast<size_t>(k - window.first)];
  };
  at(mode) = binomial.Pmf(mode);
  if (p <= 0 || p >= 1) return window;
  for (int64_t k = mode; k < last; ++k) {
    const double x = static_cast<double>(k);
    at(k + 1) = at(k) * ((n - x) * p) / ((x + 1) * (1 - p));
  }
  for (int64_t k = mode; k > window.first; --k) {
    const double x = static_cast<double>(k);
    at(k - 1) = at(k) * (x * (1 - p)) / ((n - x + 1) * p);
  }
  return window;
}

}  // namespace tunegate::stats
