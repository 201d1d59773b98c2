#include "common/evidence/report/figures.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tunegate::evaluations {
namespace {

// Counts over decimals give halves such as 8.25 that printf rounds to even or, as the double lies,
// at random; nudging by far less than a digit rounds them up everywhere.
std::string Rounded(double value, int decimals) {
  const double nudged = value + std::copysign(1e-9, value);
  std::string text = absl::StrFormat("%.*f", decimals, nudged);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

}  // namespace

std::string Percent(double share, int decimals) {
  if (!std::isfinite(share)) return "-";
  return absl::StrCat(Rounded(share * 100, decimals), " %");
}

std::string SignedHundredths(double share, int decimals) {
  if (!std::isfinite(share)) return "-";
  const std::string text = Rounded(share * 100, decimals);
  const bool positive = text[0] != '-' && text.find_first_of("123456789") != std::string::npos;
  return positive ? absl::StrCat("+", text) : text;
}

std::string Points(double difference, int decimals) {
  return absl::StrCat(SignedHundredths(difference, decimals), " points");
}

int DecimalsToTell(double a, double b) {
  constexpr int kMost = 4;
  int decimals = 1;
  while (decimals < kMost && a != b && Rounded(a * 100, decimals) == Rounded(b * 100, decimals)) {
    ++decimals;
  }
  return decimals;
}

std::string Times(double ratio) {
  if (std::isinf(ratio)) return "infinite";
  return absl::StrCat("x", Rounded(ratio, 2));
}

std::string PValue(double p) {
  if (p < 0.001) return "p < .001";
  if (p > 0.999) return "p = 1";
  return absl::StrCat("p = ", Rounded(p, 3).substr(1));
}

std::string Count(int64_t count) {
  std::string digits = std::to_string(count < 0 ? -count : count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return count < 0 ? absl::StrCat("-", digits) : digits;
}

std::string Counted(int64_t count, const char* singular, const char* plural) {
  return absl::StrCat(Count(count), " ", count == 1 ? singular : plural);
}

double SecondsOf(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + duration.nanos() / 1e9;
}

std::string TimeOfSeconds(double seconds) {
  if (!std::isfinite(seconds)) return "never";
  if (seconds >= 100) {
    const int64_t whole = std::llround(seconds);
    return absl::StrCat(whole / 60, " min ", whole % 60, " s");
  }
  const double scale = seconds >= 0.9995 ? 1 : seconds >= 0.0009995 ? 1e3 : 1e6;
  const char* unit = scale == 1 ? " s" : scale == 1e3 ? " ms" : " us";
  const double value = seconds * scale;
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return absl::StrCat(Rounded(value, scale == 1e6 ? 0 : decimals), unit);
}

std::string Time(const google::protobuf::Duration& duration) {
  return TimeOfSeconds(SecondsOf(duration));
}

}  // namespace tunegate::evaluations
