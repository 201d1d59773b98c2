// LiveBlock: the lines at the bottom of a terminal that are redrawn in place while lasting lines
// pass above them. Off a terminal only the lasting lines appear.
#ifndef TUNEGATE_CLIENT_CLI_LIVE_H_
#define TUNEGATE_CLIENT_CLI_LIVE_H_

#include <ostream>
#include <string>
#include <vector>

#include "client/cli/line.h"
#include "client/cli/terminal.h"

namespace tunegate::cli {

// Not thread-safe. Flushes after every change.
class LiveBlock {
 public:
  // Both must live longer.
  LiveBlock(std::ostream& out, const Terminal& terminal) : out_(out), terminal_(terminal) {}
  // What is drawn stays.
  ~LiveBlock() = default;

  // A lasting line.
  void Print(const Line& line);
  // A lasting line that is not cut: rows for other programs. `row` must be printable.
  void PrintRaw(const std::string& row);
  // Replaces the block.
  void Draw(const std::vector<Line>& lines);
  // Removes the block.
  void Clear() { Draw({}); }
  // Leaves the block where it is as lasting lines.
  void Keep() { drawn_.clear(); }

 private:
  std::string Erasing() const;
  std::string Drawing() const;

  std::ostream& out_;
  const Terminal& terminal_;
  std::vector<std::string> drawn_;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_LIVE_H_
