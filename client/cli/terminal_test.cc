#include "client/cli/terminal.h"

#include <gtest/gtest.h>

#include <map>

#include "client/cli/bar.h"

namespace tunegate::cli {
namespace {

Terminal Describe(bool is_terminal, int columns, std::map<std::string, std::string> variables) {
  return DescribeTerminal(is_terminal, columns,
                          [variables](const std::string& name) -> std::optional<std::string> {
                            const auto found = variables.find(name);
                            if (found == variables.end()) return std::nullopt;
                            return found->second;
                          });
}

TEST(TerminalTest, ColoursNeedATerminalAndNoObjection) {
  EXPECT_TRUE(Describe(true, 80, {{"TERM", "xterm"}}).colour);
  EXPECT_TRUE(Describe(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour);
  EXPECT_FALSE(Describe(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).colour);
  EXPECT_FALSE(Describe(true, 80, {{"TERM", "dumb"}}).colour);
  EXPECT_FALSE(Describe(false, 0, {{"TERM", "xterm"}}).colour);
}

TEST(TerminalTest, NoColourStillRedraws) {
  EXPECT_TRUE(Describe(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).interactive);
  EXPECT_FALSE(Describe(true, 80, {{"TERM", "dumb"}}).interactive);
}

TEST(TerminalTest, WidthIsTheWindowsUpToAHundred) {
  EXPECT_EQ(Describe(true, 80, {{"TERM", "xterm"}}).columns, 80);
  EXPECT_EQ(Describe(true, 200, {{"TERM", "xterm"}}).columns, 100);
  EXPECT_EQ(Describe(true, 10, {{"TERM", "xterm"}}).columns, 40);
  EXPECT_EQ(Describe(false, 0, {}).columns, 100);
}

TEST(TerminalTest, LocaleDecidesAboutBlockCharacters) {
  EXPECT_TRUE(Describe(true, 80, {{"LANG", "es_ES.UTF-8"}}).unicode);
  EXPECT_FALSE(Describe(true, 80, {{"LC_ALL", "C"}, {"LANG", "es_ES.UTF-8"}}).unicode);
  EXPECT_FALSE(Describe(true, 80, {}).unicode);
}

TEST(BarTest, IsFullOnlyAtTheEnd) {
  EXPECT_EQ(Bar(0, 4, true), "░░░░");
  EXPECT_EQ(Bar(0.5, 4, true), "██░░");
  EXPECT_EQ(Bar(0.999, 4, true), "███░");
  EXPECT_EQ(Bar(1, 4, true), "████");
  EXPECT_EQ(Bar(7, 4, true), "████");
  EXPECT_EQ(Bar(0.5, 4, false), "##--");
}

TEST(BarTest, SparklineSpansItsValues) {
  EXPECT_EQ(Sparkline({3, 2, 1}, 10, true), "█▅▁");
  EXPECT_EQ(Sparkline({9, 9, 3, 1}, 2, true), "█▁");
  EXPECT_EQ(Sparkline({1, 1}, 10, true), "▁▁");
  EXPECT_EQ(Sparkline({3, 2, 1}, 10, false), "");
  EXPECT_EQ(Sparkline({}, 10, true), "");
}

}  // namespace
}  // namespace tunegate::cli
