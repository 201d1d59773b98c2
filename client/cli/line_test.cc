#include "client/cli/line.h"

#include <gtest/gtest.h>

#include <sstream>

#include "client/cli/live.h"
#include "client/cli/table.h"

namespace tunegate::cli {
namespace {

Terminal OnTerminal(bool colour) {
  return {.interactive = true, .colour = colour, .unicode = true, .columns = 40};
}

TEST(LineTest, ColoursComeLastAndCountNothing) {
  Line line("state ");
  line.Add("GO", Style::kGood);
  EXPECT_EQ(line.width(), 8);
  EXPECT_EQ(line.Render(40, true), "state \x1b[32mGO\x1b[0m");
  EXPECT_EQ(line.Render(40, false), "state GO");
}

TEST(LineTest, TextFromOutsideCannotColour) {
  EXPECT_EQ(Line("\x1b[31mred").Render(40, true), "\uFFFD[31mred");
}

TEST(LineTest, CutAtTheEdge) {
  Line line("abcdef", Style::kBad);
  line.Add("ghij");
  EXPECT_EQ(line.Render(10, false), "abcdefghij");
  EXPECT_EQ(line.Render(9, false), "abcdef...");
  EXPECT_EQ(line.Render(7, true), "\x1b[31mabcd\x1b[0m...");
}

TEST(LineTest, PaddingReachesAColumnOrKeepsAGap) {
  EXPECT_EQ(Line("ab").PadTo(6).Add("c").Plain(), "ab    c");
  EXPECT_EQ(Line("abcdefgh").PadTo(6).Add("c").Plain(), "abcdefgh  c");
}

TEST(LiveBlockTest, LastingLinesPassAboveTheBlock) {
  std::ostringstream out;
  const Terminal terminal = OnTerminal(false);
  LiveBlock block(out, terminal);
  block.Draw({Line("one"), Line("two")});
  block.Print(Line("lasting"));
  EXPECT_EQ(out.str(), "one\ntwo\n\x1b[2A\r\x1b[Jlasting\none\ntwo\n");
}

TEST(LiveBlockTest, SameBlockIsNotDrawnAgain) {
  std::ostringstream out;
  const Terminal terminal = OnTerminal(false);
  LiveBlock block(out, terminal);
  block.Draw({Line("one")});
  block.Draw({Line("one")});
  EXPECT_EQ(out.str(), "one\n");
}

TEST(LiveBlockTest, OffATerminalOnlyLastingLinesAppear) {
  std::ostringstream out;
  const Terminal terminal;
  LiveBlock block(out, terminal);
  block.Draw({Line("bar")});
  block.Print(Line("lasting"));
  block.Clear();
  EXPECT_EQ(out.str(), "lasting\n");
}

TEST(TableTest, PeopleGetAHeaderAndProgramsTabs) {
  Table table({{.title = "NAME"}, {.title = "N", .right = true}});
  table.Row({"jobs/a", "7"});
  table.Row({"jobs/bcd", "1200"});
  std::ostringstream people;
  table.Print(people, OnTerminal(false));
  EXPECT_EQ(people.str(), "NAME         N\njobs/a       7\njobs/bcd  1200\n");
  std::ostringstream programs;
  table.Print(programs, Terminal());
  EXPECT_EQ(programs.str(), "jobs/a\t7\njobs/bcd\t1200\n");
}

TEST(TableTest, WideTablesAreCutWhereTheyMayYield) {
  Table table({{.title = "A", .yields = true}, {.title = "B"}});
  table.Row({std::string(30, 'a'), std::string(20, 'b')});
  std::ostringstream out;
  table.Print(out, OnTerminal(false));
  EXPECT_NE(out.str().find("\n" + std::string(15, 'a') + "...  " + std::string(20, 'b') + "\n"),
            std::string::npos)
      << out.str();
}

}  // namespace
}  // namespace tunegate::cli
