#include "client/cli/format.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {
namespace {

// Minus zero is no figure.
double Rounded(double value, int decimals) {
  const double scale = std::pow(10, decimals);
  const double rounded = std::round(value * scale) / scale;
  return rounded == 0 ? 0 : rounded;
}

// "+22.0", "-1.5", "0.0"
std::string Signed(double value, int decimals) {
  const double rounded = Rounded(value, decimals);
  if (rounded == 0) return absl::StrFormat("%.*f", decimals, 0.0);
  return absl::StrFormat("%+.*f", decimals, rounded);
}

bool HasInterval(const v1::Estimate& estimate) { return estimate.confidence() > 0; }

}  // namespace

std::string Percent(double share) { return absl::StrFormat("%.1f %%", Rounded(share * 100, 1)); }

std::string ShortPercent(double share) {
  const double percent = Rounded(share * 100, 1);
  return percent == std::round(percent) ? absl::StrFormat("%.0f %%", percent) : Percent(share);
}

std::string PercentInterval(const v1::Estimate& share) {
  if (!HasInterval(share)) return "";
  return absl::StrFormat("(%.1f to %.1f)", Rounded(share.lower() * 100, 1),
                         Rounded(share.upper() * 100, 1));
}

std::string Points(double difference) {
  return absl::StrCat(Signed(difference * 100, 1), " points");
}

std::string PointsInterval(const v1::Estimate& difference) {
  if (!HasInterval(difference)) return "";
  const double lower = difference.lower() * 100;
  const double upper = difference.upper() * 100;
  const int decimals = Rounded(lower, 0) == Rounded(upper, 0) ? 1 : 0;
  return absl::StrCat("(", Signed(lower, decimals), " to ", Signed(upper, decimals), ")");
}

std::string Factor(double ratio) { return absl::StrFormat("x%.2f", ratio); }

std::string FactorInterval(const v1::Estimate& ratio) {
  if (!HasInterval(ratio)) return "";
  return absl::StrFormat("(%.2f to %.2f)", ratio.lower(), ratio.upper());
}

std::string Figure(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == std::round(value) && std::abs(value) < 1e15) return absl::StrFormat("%.0f", value);
  if (std::abs(value) < 0.0001) return absl::StrFormat("%.1e", value);
  return absl::StrFormat(std::abs(value) < 10 ? "%.3f" : "%.1f", value);
}

std::string PValue(double p) {
  if (p < 0.001) return "< .001";
  if (p >= 0.9995) return "= 1";
  return "= " + absl::StrFormat("%.3f", p).substr(1);
}

std::string Count(int64_t count) {
  std::string digits = absl::StrCat(std::abs(count));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return (count < 0 ? "-" : "") + digits;
}

std::string Counted(int64_t count, std::string_view noun) {
  return Count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string Bytes(int64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes) / 1000;
  for (const char* unit : {" kB", " MB"}) {
    if (value < 999.5) return absl::StrFormat(value < 9.95 ? "%.1f%s" : "%.0f%s", value, unit);
    value /= 1000;
  }
  return absl::StrFormat("%.1f GB", value);
}

std::string Amount(const v1::Money& money) {
  // Whole cents get two decimals, finer amounts four.
  const bool fine = money.micros() % 10000 != 0;
  const double units = static_cast<double>(money.micros()) / 1e6;
  // Amounts of a dollar or more lose nothing that matters at two decimals.
  const int decimals = fine && std::abs(units) < 1 ? 4 : 2;
  if (money.currency_code() == "USD" || money.currency_code().empty()) {
    return absl::StrFormat("%s$%.*f", units < 0 ? "-" : "", decimals, std::abs(units));
  }
  return absl::StrFormat("%.*f %s", decimals, units, money.currency_code());
}

std::string ResponseTime(absl::Duration duration) {
  const double ms = absl::ToDoubleMilliseconds(duration);
  if (ms < 999.95) return absl::StrFormat("%.1f ms", ms);
  return absl::StrFormat("%.2f s", ms / 1000);
}

std::string ResponseTime(const google::protobuf::Duration& duration) {
  return ResponseTime(ToDuration(duration));
}

std::string Elapsed(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) duration = absl::ZeroDuration();
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 59.95) return absl::StrFormat("%.1fs", seconds);
  const int64_t whole = std::llround(seconds);
  if (whole < 3600) return absl::StrFormat("%dm %02ds", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%dh %02dm", whole / 3600, whole / 60 % 60);
  return absl::StrFormat("%dd %02dh", whole / 86400, whole / 3600 % 24);
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string DateAndTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

std::string TimeOfDay(absl::Time time) {
  return absl::FormatTime("%H:%M:%S", time, absl::UTCTimeZone());
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace tunegate::cli
