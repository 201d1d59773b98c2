// Bars and sparklines: figures as one short text.
#ifndef TUNEGATE_CLIENT_CLI_BAR_H_
#define TUNEGATE_CLIENT_CLI_BAR_H_

#include <string>
#include <vector>

namespace tunegate::cli {

// `width` columns, filled up to `fraction` (clamped to [0, 1]); full only when it is 1.
std::string Bar(double fraction, int width, bool unicode);

// One character a value, from the lowest to the highest of them; the last `width` values. Empty
// without `unicode`: there is nothing legible to draw it with.
std::string Sparkline(const std::vector<double>& values, int width, bool unicode);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_BAR_H_
