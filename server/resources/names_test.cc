#include "server/resources/names.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::resources {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

TEST(NamesTest, WellFormedNamesPass) {
  for (const char* name : {"jobs/a", "jobs/a-b_c9", "jobs/j0m3k2v9x4-7f2a"}) {
    EXPECT_TRUE(CheckName("name", name, "jobs").ok()) << name;
  }
  EXPECT_TRUE(CheckName("name", "jobs/a" + std::string(61, 'x'), "jobs").ok());
}

TEST(NamesTest, EveryOtherNameIsRefusedForItsField) {
  for (const std::string& name :
       {std::string(), std::string("a"), std::string("jobs"), std::string("jobs/"),
        std::string("jobs/A"), std::string("jobs/1a"), std::string("jobs/-a"),
        std::string("jobs/a b"), std::string("jobs/a/b"), std::string("tasks/a"),
        std::string("jobs/ñ"), "jobs/a" + std::string(62, 'x')}) {
    const absl::Status status = CheckName("job.owner", name, "jobs");
    const ErrorDetails details = DetailsOf(status);
    EXPECT_EQ(details.reason, "INVALID_FIELD") << name;
    ASSERT_EQ(details.field_violations.size(), 1u) << name;
    EXPECT_EQ(details.field_violations[0].first, "job.owner");
    EXPECT_THAT(details.field_violations[0].second, HasSubstr("jobs/my-id"));
  }
}

TEST(NamesTest, RefusalShowsInvalidUtf8AsValidAndCutsWhatIsLong) {
  const absl::Status status = CheckName("name", "jobs/\xff" + std::string(500, 'x'), "jobs");
  EXPECT_LT(status.message().size(), 200u);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\xEF\xBF\xBD"));
}

TEST(NamesTest, IdIsWhatFollowsTheSlash) {
  EXPECT_EQ(IdOf("jobs/x"), "x");
  EXPECT_EQ(IdOf("x"), "x");
}

TEST(NamesTest, ChosenIdIsKept) {
  EXPECT_EQ(*MakeName("job_id", "jobs", "mine", kNow), "jobs/mine");
}

TEST(NamesTest, BadIdIsRefusedForItsField) {
  for (const char* id : {"Mine", "9", "a/b", "jobs/a", " a"}) {
    const ErrorDetails details = DetailsOf(MakeName("job_id", "jobs", id, kNow).status());
    EXPECT_EQ(details.reason, "INVALID_FIELD");
    ASSERT_EQ(details.field_violations.size(), 1u) << id;
    EXPECT_EQ(details.field_violations[0].first, "job_id");
  }
}

TEST(NamesTest, MadeIdsAreWellFormedDifferentAndSortByTime) {
  const std::string first = *MakeName("job_id", "jobs", "", kNow);
  const std::string again = *MakeName("job_id", "jobs", "", kNow);
  const std::string later = *MakeName("job_id", "jobs", "", kNow + absl::Milliseconds(1));
  const std::string decade = *MakeName("job_id", "jobs", "", kNow + absl::Hours(24 * 3650));
  EXPECT_TRUE(CheckName("name", first, "jobs").ok());
  EXPECT_THAT(first, MatchesRegex("jobs/j[0-9a-z]+-[0-9a-f]+"));
  EXPECT_NE(first, again);
  EXPECT_LT(first, later);
  EXPECT_LT(later, decade);
}

}  // namespace
}  // namespace tunegate::resources
