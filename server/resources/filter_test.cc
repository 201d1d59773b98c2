#include "server/resources/filter.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::resources {
namespace {

using testing::HasSubstr;

const absl::Time kTime = absl::FromUnixSeconds(1800000000);  // 2027-01-15T08:00:00Z

FilterFacts Facts() {
  return {"RUNNING", "tasks/t", "workflows/w", {{"team", "search"}, {"note", "a \"b\" c"}}, kTime};
}

bool Matches(const std::string& text, const FilterFacts& facts = Facts()) {
  const auto filter = Filter::Parse(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Matches(facts);
}

void ExpectError(const std::string& text, const std::string& expected) {
  const auto filter = Filter::Parse(text);
  ASSERT_FALSE(filter.ok()) << text;
  const ErrorDetails details = DetailsOf(filter.status());
  ASSERT_EQ(details.field_violations.size(), 1u) << text;
  EXPECT_EQ(details.field_violations[0].first, "filter");
  EXPECT_THAT(details.field_violations[0].second, HasSubstr(expected)) << text;
}

TEST(FilterTest, EmptyFilterMatchesEverything) {
  EXPECT_TRUE(Matches(""));
  EXPECT_TRUE(Matches("  \t"));
  EXPECT_TRUE(Matches("", {}));
}

TEST(FilterTest, FieldsAreCompared) {
  EXPECT_TRUE(Matches("state = RUNNING"));
  EXPECT_FALSE(Matches("state = QUEUED"));
  EXPECT_TRUE(Matches("state != QUEUED"));
  EXPECT_TRUE(Matches("task=tasks/t"));
  EXPECT_TRUE(Matches("owner = \"workflows/w\""));
  EXPECT_FALSE(Matches("owner != workflows/w"));
}

TEST(FilterTest, LabelsAreComparedAndMissingOnesAreEmpty) {
  EXPECT_TRUE(Matches("labels.team = search"));
  EXPECT_FALSE(Matches("labels.team = ads"));
  EXPECT_TRUE(Matches("labels.note = \"a \\\"b\\\" c\""));
  EXPECT_TRUE(Matches("labels.none = \"\""));
  EXPECT_TRUE(Matches("labels.none != x"));
}

TEST(FilterTest, AllTermsMustHold) {
  EXPECT_TRUE(Matches("state = RUNNING AND labels.team = search and task != tasks/u"));
  EXPECT_FALSE(Matches("state = RUNNING AND labels.team = ads"));
  EXPECT_FALSE(Matches("state = RUNNING AND state = QUEUED"));
}

TEST(FilterTest, TimesAreOrdered) {
  const std::string before = "\"2027-01-15T07:59:59Z\"", at = "\"2027-01-15T08:00:00Z\"",
                    after = "\"2027-01-15T09:00:01+01:00\"";
  EXPECT_TRUE(Matches("create_time > " + before));
  EXPECT_FALSE(Matches("create_time > " + at));
  EXPECT_TRUE(Matches("create_time >= " + at));
  EXPECT_TRUE(Matches("create_time <= " + at));
  EXPECT_FALSE(Matches("create_time < " + at));
  EXPECT_TRUE(Matches("create_time < " + after));
  EXPECT_TRUE(Matches("create_time = " + at));
  EXPECT_TRUE(Matches("create_time != " + after));
  EXPECT_TRUE(Matches("create_time = 2027-01-15T08:00:00Z")) << "quotes may be left out";
}

TEST(FilterTest, EachErrorNamesItsColumnAndWhatWasExpected) {
  ExpectError("colour = red", "column 1: expected state, task, owner, create_time or labels.KEY");
  ExpectError("labels. = red", "column 1: expected state");
  ExpectError("  = red", "column 3: expected state");
  ExpectError("state RUNNING", "column 7: expected = or !=, got 'RUNNING'");
  ExpectError("state > RUNNING", "column 7: expected = or !=, got '> RUNNING'");
  ExpectError("state =", "column 8: expected a word or a \"quoted text\", got ''");
  ExpectError("state = \"RUN", "column 9: expected a word");
  ExpectError("state = A state = B", "expected AND");
  ExpectError("state = A AND", "column 14: expected state");
  ExpectError("create_time ~ x", "column 13: expected one of = != < <= > >=");
  ExpectError("create_time > yesterday", "column 15: expected a time such as");
  ExpectError("(state = A)", "column 1: expected state");
}

TEST(FilterTest, MissingAndIsNamedAtItsOwnColumn) {
  ExpectError("state = A state = B", "column 11: expected AND, got 'state = B'");
  ExpectError("state = A OR state = B", "column 11: expected AND, got 'OR state = B'");
}

TEST(FilterTest, ErrorsShowInvalidUtf8AsValid) {
  ExpectError("state = \xff", "got '\xEF\xBF\xBD'");
}

TEST(FilterTest, RequiredValuesAreKnownForTheStore) {
  const auto filter = Filter::Parse("state = A AND task != tasks/t AND owner = workflows/w");
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(filter->Required("state"), "A");
  EXPECT_EQ(filter->Required("task"), "") << "an exclusion requires nothing";
  EXPECT_EQ(filter->Required("owner"), "workflows/w");
}

}  // namespace
}  // namespace tunegate::resources
