#include "common/statistics/wilson.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tunegate::stats {
namespace {

// From the textbook form, p + z^2/2n -+ z sqrt(p (1 - p) / n + z^2/4n^2) over 1 + z^2/n, in
// python3: the four shares that Newcombe 1998 works through, then the two of the README's example.
TEST(Wilson, ReproducesIndependentComputation) {
  struct Reference {
    int64_t successes, n;
    double lower, upper;
  };
  const Reference references[] = {
      {81, 263, 0.2552885199, 0.3662095770},
      {15, 148, 0.0623863995, 0.1604872417},
      {0, 20, 0, 0.1611251581},
      {1, 29, 0.0061132143, 0.1717552188},
      {69, 100, 0.5937394428, 0.7722030279},
      {91, 100, 0.8377378715, 0.9519274600},
  };
  for (const Reference& r : references) {
    const Interval interval = WilsonInterval(r.successes, r.n, 0.95);
    EXPECT_NEAR(interval.lower, r.lower, 1e-10);
    EXPECT_NEAR(interval.upper, r.upper, 1e-10);
  }
}

TEST(Wilson, EndsAreExact) {
  EXPECT_EQ(WilsonInterval(0, 7, 0.95).lower, 0.0);
  EXPECT_EQ(WilsonInterval(7, 7, 0.95).upper, 1.0);
  EXPECT_EQ(WilsonInterval(1, 1, 0.95).upper, 1.0);
}

TEST(Wilson, NothingIsKnownWithoutExamplesOrConfidence) {
  EXPECT_EQ(WilsonInterval(0, 0, 0.95), kAnyShare);
  EXPECT_EQ(WilsonInterval(5, 4, 0.95), kAnyShare);
  EXPECT_EQ(WilsonInterval(-1, 4, 0.95), kAnyShare);
  EXPECT_EQ(WilsonInterval(2, 4, 1.0), kAnyShare);
  EXPECT_EQ(WilsonInterval(2, 4, std::nan("")), kAnyShare);
}

TEST(Wilson, IsSymmetricAndContainsThePoint) {
  for (int64_t n = 1; n <= 60; ++n) {
    for (int64_t s = 0; s <= n; ++s) {
      const Interval a = WilsonInterval(s, n, 0.95), b = WilsonInterval(n - s, n, 0.95);
      const double point = static_cast<double>(s) / static_cast<double>(n);
      EXPECT_NEAR(a.lower, 1 - b.upper, 1e-14);
      EXPECT_LE(a.lower, point);
      EXPECT_GE(a.upper, point);
    }
  }
}

}  // namespace
}  // namespace tunegate::stats
