#include "client/cli/bar.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tunegate::cli {
namespace {

constexpr const char* kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

}  // namespace

std::string Bar(double fraction, int width, bool unicode) {
  const double share = std::isnan(fraction) ? 0 : std::clamp(fraction, 0.0, 1.0);
  const int filled = static_cast<int>(std::floor(share * width));
  std::string bar;
  for (int i = 0; i < width; ++i) {
    if (unicode) {
      bar.append(i < filled ? "█" : "░");
    } else {
      bar.append(i < filled ? "#" : "-");
    }
  }
  return bar;
}

std::string Sparkline(const std::vector<double>& values, int width, bool unicode) {
  if (!unicode || values.empty() || width <= 0) return "";
  const size_t skip = values.size() > static_cast<size_t>(width) ? values.size() - width : 0;
  const auto first = values.begin() + static_cast<std::ptrdiff_t>(skip);
  const auto [low, high] = std::minmax_element(first, values.end());
  const double range = *high - *low;
  std::string line;
  for (auto value = first; value != values.end(); ++value) {
    const double share = range > 0 ? (*value - *low) / range : 0;
    line.append(kLevels[static_cast<int>(std::lround(share * 7))]);
  }
  return line;
}

}  // namespace tunegate::cli
