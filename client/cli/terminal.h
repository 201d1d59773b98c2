// What stands at the other end of an output: a terminal, how wide, with which abilities. Facts
// only, so that tests state them.
#ifndef TUNEGATE_CLIENT_CLI_TERMINAL_H_
#define TUNEGATE_CLIENT_CLI_TERMINAL_H_

#include <functional>
#include <optional>
#include <string>

namespace tunegate::cli {

// Every screen fits in this many columns.
inline constexpr int kMaxColumns = 100;

struct Terminal {
  bool interactive = false;  // a person looks at it: screens are redrawn, tables have headers
  bool colour = false;
  bool unicode = true;  // bars of block characters, otherwise of '#'
  int columns = kMaxColumns;
};

// A variable's value; unset when there is none.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Asks the system about the file descriptor. NO_COLOR (not empty) and TERM=dumb turn colours off,
// TERM=dumb redrawing as well; LC_ALL, LC_CTYPE or LANG say whether it is UTF-8.
Terminal DetectTerminal(int file_descriptor, const Environment& environment);

// The same from known facts.
Terminal DescribeTerminal(bool is_terminal, int columns, const Environment& environment);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TERMINAL_H_
