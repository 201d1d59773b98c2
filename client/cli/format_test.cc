#include "client/cli/format.h"

#include <google/protobuf/duration.pb.h>
#include <gtest/gtest.h>

#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {
namespace {

v1::Estimate Between(double value, double lower, double upper) {
  v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_lower(lower);
  estimate.set_upper(upper);
  estimate.set_confidence(0.95);
  return estimate;
}

v1::Money Dollars(int64_t micros) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_micros(micros);
  return money;
}

TEST(FormatTest, SharesHaveOneDecimal) {
  EXPECT_EQ(Percent(0.69), "69.0 %");
  EXPECT_EQ(Percent(1), "100.0 %");
  EXPECT_EQ(ShortPercent(0.85), "85 %");
  EXPECT_EQ(ShortPercent(0.825), "82.5 %");
  EXPECT_EQ(PercentInterval(Between(0.69, 0.594, 0.772)), "(59.4 to 77.2)");
}

TEST(FormatTest, IntervalThatWasNotComputedIsNotShown) {
  v1::Estimate bare;
  bare.set_value(0.5);
  EXPECT_EQ(PercentInterval(bare), "");
  EXPECT_EQ(PointsInterval(bare), "");
  EXPECT_EQ(FactorInterval(bare), "");
}

TEST(FormatTest, DifferencesCarryTheirSign) {
  EXPECT_EQ(Points(0.22), "+22.0 points");
  EXPECT_EQ(Points(-0.015), "-1.5 points");
  EXPECT_EQ(Points(0), "0.0 points");
  EXPECT_EQ(Points(-0.0001), "0.0 points");
  EXPECT_EQ(PointsInterval(Between(0.22, 0.13, 0.31)), "(+13 to +31)");
  EXPECT_EQ(PointsInterval(Between(0, -0.037, 0.037)), "(-4 to +4)");
  EXPECT_EQ(PointsInterval(Between(0.101, 0.0992, 0.1034)), "(+9.9 to +10.3)");
}

TEST(FormatTest, RatiosAndPValues) {
  EXPECT_EQ(Factor(1.0149), "x1.01");
  EXPECT_EQ(FactorInterval(Between(1, 0.92, 1.03)), "(0.92 to 1.03)");
  EXPECT_EQ(PValue(0.0352), "= .035");
  EXPECT_EQ(PValue(0.00001), "< .001");
  EXPECT_EQ(PValue(1), "= 1");
}

TEST(FormatTest, MoneyHasTwoToFourDecimals) {
  EXPECT_EQ(Amount(Dollars(590'000)), "$0.59");
  EXPECT_EQ(Amount(Dollars(4'200)), "$0.0042");
  EXPECT_EQ(Amount(Dollars(12'345'678)), "$12.35");
  v1::Money euros = Dollars(12'500'000);
  euros.set_currency_code("EUR");
  EXPECT_EQ(Amount(euros), "12.50 EUR");
}

TEST(FormatTest, CountsAndSizes) {
  EXPECT_EQ(Count(400), "400");
  EXPECT_EQ(Count(198300), "198,300");
  EXPECT_EQ(Count(-1234567), "-1,234,567");
  EXPECT_EQ(Counted(1, "error"), "1 error");
  EXPECT_EQ(Counted(0, "error"), "0 errors");
  EXPECT_EQ(Bytes(999), "999 B");
  EXPECT_EQ(Bytes(211'400), "211 kB");
  EXPECT_EQ(Bytes(3'250'000'000), "3.2 GB");
}

TEST(FormatTest, FiguresKeepWhatMatters) {
  EXPECT_EQ(Figure(3), "3");
  EXPECT_EQ(Figure(0.0831), "0.083");
  EXPECT_EQ(Figure(0.00001234), "1.2e-05");
  EXPECT_EQ(Figure(42.25), "42.2");
  EXPECT_EQ(Figure(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(FormatTest, TimesAreUtc) {
  const absl::Time time = absl::FromUnixSeconds(1795343225);
  EXPECT_EQ(DateAndTime(time), "2026-11-22 10:27 UTC");
  EXPECT_EQ(TimeOfDay(time), "10:27:05");
  EXPECT_EQ(Rfc3339(time), "2026-11-22T10:27:05Z");
}

TEST(FormatTest, DurationsInTheUnitThatFits) {
  EXPECT_EQ(ResponseTime(absl::Microseconds(21'400)), "21.4 ms");
  EXPECT_EQ(ResponseTime(absl::Milliseconds(1310)), "1.31 s");
  EXPECT_EQ(Elapsed(absl::Milliseconds(290)), "0.3s");
  EXPECT_EQ(Elapsed(absl::Seconds(460)), "7m 40s");
  EXPECT_EQ(Elapsed(absl::Seconds(7500)), "2h 05m");
  EXPECT_EQ(Elapsed(absl::Hours(50)), "2d 02h");
  EXPECT_EQ(Elapsed(-absl::Seconds(1)), "0.0s");
}

}  // namespace
}  // namespace tunegate::cli
