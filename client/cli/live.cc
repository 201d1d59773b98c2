#include "client/cli/live.h"

namespace tunegate::cli {

std::string LiveBlock::Erasing() const {
  if (drawn_.empty()) return "";
  // Up to the block's first line, then everything below it goes.
  return "\x1b[" + std::to_string(drawn_.size()) + "A\r\x1b[J";
}

std::string LiveBlock::Drawing() const {
  std::string text;
  for (const std::string& line : drawn_) text.append(line).append("\n");
  return text;
}

void LiveBlock::Print(const Line& line) { PrintRaw(line.Render(terminal_)); }

void LiveBlock::PrintRaw(const std::string& row) {
  // One write, so that no half-erased screen is seen.
  out_ << Erasing() + row + "\n" + Drawing() << std::flush;
}

void LiveBlock::Draw(const std::vector<Line>& lines) {
  if (!terminal_.interactive) return;
  std::vector<std::string> next;
  // One column less: a full line would make some terminals begin another one.
  for (const Line& line : lines) {
    next.push_back(line.Render(terminal_.columns - 1, terminal_.colour));
  }
  if (next == drawn_) return;
  const std::string erasing = Erasing();
  drawn_ = std::move(next);
  out_ << erasing + Drawing() << std::flush;
}

}  // namespace tunegate::cli
