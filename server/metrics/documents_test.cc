// What is written about the metrics agrees with what there is: names, table and dashboard.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"

namespace tunegate::metrics {
namespace {

using testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

std::vector<Description> All() { return TheCatalogue().registry.Descriptions(); }

// Every `expr` below `value`.
void CollectExpressions(const json::Value& value, std::vector<std::string>& expressions) {
  if (value.IsArray()) {
    for (const json::Value& element : value.Elements()) CollectExpressions(element, expressions);
  }
  if (!value.IsObject()) return;
  for (const auto& [key, member] : value.Members()) {
    if (key == "expr" && member.IsString()) expressions.push_back(member.String());
    CollectExpressions(member, expressions);
  }
}

// The series that a query may ask for.
std::set<std::string> AllSeries() {
  std::set<std::string> series;
  for (const Description& each : All()) {
    if (each.type != Type::kHistogram) {
      series.insert(each.name);
      continue;
    }
    for (const char* suffix : {"_bucket", "_sum", "_count"}) series.insert(each.name + suffix);
  }
  return series;
}

TEST(CatalogueTest, NamesFollowTheConventions) {
  std::set<std::string> names;
  const std::regex form("(tunegate|process)_[a-z]+(_[a-z]+)*");
  for (const Description& each : All()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name << " stands twice";
    EXPECT_TRUE(std::regex_match(each.name, form)) << each.name;
    EXPECT_EQ(absl::EndsWith(each.name, "_total"), each.type == Type::kCounter) << each.name;
    EXPECT_FALSE(absl::StrContains(each.name, "milli")) << each.name << " is in no base unit";
    if (each.type == Type::kHistogram && !absl::EndsWith(each.name, "_transactions")) {
      EXPECT_TRUE(absl::EndsWith(each.name, "_seconds")) << each.name;
    }
  }
  EXPECT_GT(names.size(), 30u);
}

TEST(CatalogueTest, EveryMetricSaysWhatItIs) {
  for (const Description& each : All()) {
    EXPECT_GT(each.help.size(), 10u) << each.name;
    EXPECT_EQ(each.help.find_first_of("|\n"), std::string::npos) << each.name;
    EXPECT_TRUE(each.help.back() == '.') << each.name << ": " << each.help;
  }
}

TEST(DocumentsTest, TableOfMetricsIsTheCatalogue) {
  EXPECT_THAT(ReadAll("deploy/metrics.md"), HasSubstr(MarkdownTable(All())))
      << "put this table into deploy/metrics.md";
}

TEST(DocumentsTest, DashboardAsksOnlyForMetricsThatExist) {
  const auto dashboard = json::Parse(ReadAll("deploy/dashboards/tunegate.json"));
  ASSERT_TRUE(dashboard.ok()) << dashboard.status();
  std::vector<std::string> expressions;
  CollectExpressions(*dashboard, expressions);
  EXPECT_GT(expressions.size(), 20u);
  const std::set<std::string> series = AllSeries();
  const std::regex name("\\b(tunegate|process)_[a-z_]+");
  for (const std::string& expression : expressions) {
    int found = 0;
    for (std::sregex_iterator i(expression.begin(), expression.end(), name), end; i != end; ++i) {
      EXPECT_TRUE(series.contains(i->str())) << i->str() << " in " << expression;
      ++found;
    }
    EXPECT_GT(found, 0) << expression << " asks for none of ours";
  }
}

TEST(DocumentsTest, AlertsAskOnlyForMetricsThatExist) {
  const std::string alerts = ReadAll("deploy/dashboards/tunegate-alerts.yml");
  const std::set<std::string> series = AllSeries();
  const std::regex name("\\b(tunegate|process)_[a-z_]+");
  int found = 0;
  for (std::sregex_iterator i(alerts.begin(), alerts.end(), name), end; i != end; ++i) {
    EXPECT_TRUE(series.contains(i->str())) << i->str();
    ++found;
  }
  EXPECT_GT(found, 3);
}

}  // namespace
}  // namespace tunegate::metrics
