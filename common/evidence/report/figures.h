// Figures as people read them, the same on every screen: "86.0 %", "+8.0 points", "x1.02",
// "p = .035", "1,290", "1.31 s".
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_FIGURES_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_FIGURES_H_

#include <cstdint>
#include <string>

#include "google/protobuf/duration.pb.h"

namespace tunegate::evaluations {

// A share as a percentage: 0.86 is "86.0 %". NaN is "-".
std::string Percent(double share, int decimals = 1);
// A difference of shares, signed: "+8.0 points", "-0.5 points", "0.0 points".
std::string Points(double difference, int decimals = 1);
// The number of Points alone: "+8.0". Never "-0.0".
std::string SignedHundredths(double share, int decimals = 1);
// The fewest decimals (1 to 4) with which two shares that differ also read differently.
int DecimalsToTell(double a, double b);
// A ratio: "x1.02"; infinity is "infinite".
std::string Times(double ratio);
// "p = .035", "p < .001".
std::string PValue(double p);
// With separators: 1290 is "1,290".
std::string Count(int64_t count);
// "1 example", "3 examples".
std::string Counted(int64_t count, const char* singular, const char* plural);
// Three digits in the unit that fits: "214 us", "21.4 ms", "1.31 s", "2 min 5 s".
std::string Time(const google::protobuf::Duration& duration);
std::string TimeOfSeconds(double seconds);
double SecondsOf(const google::protobuf::Duration& duration);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_FIGURES_H_
