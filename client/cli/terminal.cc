#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tunegate::cli {
namespace {

// Narrower windows get lines of this width, which they wrap themselves.
constexpr int kMinColumns = 40;

bool IsUtf8Locale(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = absl::AsciiStrToLower(environment(name).value_or(""));
    if (value.empty()) continue;
    return absl::StrContains(value, "utf-8") || absl::StrContains(value, "utf8");
  }
  return false;
}

}  // namespace

Terminal DescribeTerminal(bool is_terminal, int columns, const Environment& environment) {
  const bool dumb = environment("TERM").value_or("dumb") == "dumb";
  Terminal terminal;
  terminal.interactive = is_terminal && !dumb;
  terminal.colour = terminal.interactive && environment("NO_COLOR").value_or("").empty();
  terminal.unicode = IsUtf8Locale(environment);
  if (is_terminal && columns > 0) terminal.columns = std::clamp(columns, kMinColumns, kMaxColumns);
  return terminal;
}

Terminal DetectTerminal(int file_descriptor, const Environment& environment) {
  winsize size{};
  const bool is_terminal = isatty(file_descriptor) == 1;
  if (!is_terminal || ioctl(file_descriptor, TIOCGWINSZ, &size) != 0) size.ws_col = 0;
  return DescribeTerminal(is_terminal, size.ws_col, environment);
}

}  // namespace tunegate::cli
