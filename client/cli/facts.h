// Facts: what a `show` says, one name and value a line, values wrapped beneath themselves.
#ifndef TUNEGATE_CLIENT_CLI_FACTS_H_
#define TUNEGATE_CLIENT_CLI_FACTS_H_

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/cli/line.h"

namespace tunegate::v1 {
class Failure;
}  // namespace tunegate::v1

namespace tunegate::cli {

// Not thread-safe. Empty values are left out.
class Facts {
 public:
  // `indent` spaces before each name.
  explicit Facts(int indent = 2) : indent_(indent) {}

  Facts& Add(std::string_view name, std::string_view value, Style style = Style::kPlain);
  // The first line of a screen: a resource's name, and what matters most about it.
  Facts& Headline(std::string_view name, const Line& value);
  // A value that is not wrapped.
  Facts& AddLine(std::string_view name, Line value);
  // What to type next: "next" and the command, continued with backslashes where it is long.
  Facts& Next(std::string_view command);
  // Why it failed or is blocked and what to do, on lines of their own.
  Facts& Add(const v1::Failure& failure);

  std::vector<Line> Lines(int columns) const;
  void Print(std::ostream& out, const Terminal& terminal) const;

 private:
  struct Fact {
    std::string name;
    std::string text;
    Style style;
    Line line = {};        // in place of text
    bool command = false;  // may be pasted into a shell
  };
  const int indent_;
  std::vector<Fact> facts_;
};

// Facts::Next alone, as the end of a screen.
void PrintNext(std::ostream& out, const Terminal& terminal, std::string_view command);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_FACTS_H_
