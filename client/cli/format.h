// Figures as people read them, the same on every screen: "69.0 %", "(59.4 to 77.2)",
// "+22.0 points", "x1.01", "21.4 ms", "7m 40s", "$0.59", "2026-11-22 10:27 UTC".
#ifndef TUNEGATE_CLIENT_CLI_FORMAT_H_
#define TUNEGATE_CLIENT_CLI_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace google::protobuf {
class Duration;
class Timestamp;
}  // namespace google::protobuf

namespace tunegate::v1 {
class Estimate;
class Money;
}  // namespace tunegate::v1

namespace tunegate::cli {

// A share as per cent, one decimal: "69.0 %".
std::string Percent(double share);
// The same without decimals where there are none: "85 %", "82.5 %".
std::string ShortPercent(double share);
// A share's interval: "(59.4 to 77.2)"; empty when none was computed.
std::string PercentInterval(const v1::Estimate& share);
// A difference of shares: "+22.0 points", "0.0 points".
std::string Points(double difference);
// A difference's interval in whole points: "(+13 to +31)"; one decimal where both ends would
// otherwise look alike.
std::string PointsInterval(const v1::Estimate& difference);
// "x1.01"
std::string Factor(double ratio);
// "(0.92 to 1.03)"
std::string FactorInterval(const v1::Estimate& ratio);
// Up to four significant digits: a loss, a rate.
std::string Figure(double value);
// A p-value as papers print it: ".035", "< .001".
std::string PValue(double p);

// "400", "1,290"
std::string Count(int64_t count);
// "1 error", "2 errors", "1,290 examples"
std::string Counted(int64_t count, std::string_view noun);
// "211 kB"
std::string Bytes(int64_t bytes);
// "$0.59", "$0.0042", "12.50 EUR": two decimals, up to four where cents are too coarse.
std::string Amount(const v1::Money& money);

// "21.4 ms", "1.31 s"
std::string ResponseTime(const google::protobuf::Duration& duration);
std::string ResponseTime(absl::Duration duration);
// How long something took or will take: "0.3s", "7m 40s", "2h 05m".
std::string Elapsed(absl::Duration duration);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
absl::Duration ToDuration(const google::protobuf::Duration& duration);
// "2026-11-22 10:27 UTC"
std::string DateAndTime(absl::Time time);
// "10:27:05"
std::string TimeOfDay(absl::Time time);
// "2026-11-22T10:27:05Z"
std::string Rfc3339(absl::Time time);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_FORMAT_H_
