#include "server/sandbox/faults/fault_book.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

// Which of `count` requests meet the rule, "-" for none and "X" for a fault.
std::string Pattern(const std::string& rule, int count) {
  FaultBook book;
  book.SetRules(
      ParseFaultPlan(*json::Parse(R"({"rules":[{"on":"GET /a","do":{},)" + rule + "}]}"))->rules);
  std::string pattern;
  for (int i = 0; i < count; ++i) pattern += book.Meet("GET /a").empty() ? "-" : "X";
  return pattern;
}

TEST(FaultBookTest, CountersDecide) {
  EXPECT_EQ(Pattern(R"("every":1)", 4), "XXXX");
  EXPECT_EQ(Pattern(R"("every":3)", 7), "--X--X-");
  EXPECT_EQ(Pattern(R"("after":2)", 4), "--XX");
  EXPECT_EQ(Pattern(R"("times":2)", 4), "XX--");
  EXPECT_EQ(Pattern(R"("every":2,"after":1,"times":2)", 8), "--X-X---");
}

TEST(FaultBookTest, RoutesMatchWholeAndPlaceholdersAnyPlaceholder) {
  EXPECT_TRUE(MeansRoute("*", "GET /x"));
  EXPECT_TRUE(MeansRoute("GET /files/{id}", "GET /files/{file_id}"));
  EXPECT_FALSE(MeansRoute("GET /files", "GET /files/{file_id}"));
  EXPECT_FALSE(MeansRoute("GET /files/{id}", "GET /files"));
  EXPECT_FALSE(MeansRoute("POST /files", "GET /files"));
}

TEST(FaultBookTest, ReportCountsAndNewRulesStartAgain) {
  FaultBook book;
  const json::Value plan = *json::Parse(R"({"rules":[{"on":"*","every":2,"do":{"status":500}}]})");
  book.SetRules(ParseFaultPlan(plan)->rules);
  for (int i = 0; i < 5; ++i) (void)book.Meet("GET /x");
  json::Value rule = book.Report()["rules"].Elements()[0];
  EXPECT_EQ(rule["seen"].IntegerOr(0), 5);
  EXPECT_EQ(rule["applied"].IntegerOr(0), 2);
  EXPECT_EQ(rule["do"]["status"].IntegerOr(0), 500);
  book.SetRules(ParseFaultPlan(plan)->rules);
  EXPECT_EQ(book.Report()["rules"].Elements()[0]["seen"].IntegerOr(-1), 0);
  book.SetRules({});
  EXPECT_TRUE(book.Meet("GET /x").empty());
}

}  // namespace
}  // namespace tunegate::sandbox
