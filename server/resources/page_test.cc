#include "server/resources/page.h"

#include <string>

#include "common/errors.h"
#include "gtest/gtest.h"

namespace tunegate::resources {
namespace {

std::string FieldAtFault(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  return details.field_violations.empty() ? "" : details.field_violations[0].first;
}

TEST(PageTest, SizeIsDefaultedAndBounded) {
  EXPECT_EQ(*PageSize(0), kDefaultPageSize);
  EXPECT_EQ(*PageSize(7), 7);
  EXPECT_EQ(*PageSize(1'000'000), kMaxPageSize);
  EXPECT_EQ(FieldAtFault(PageSize(-1).status()), "page_size");
}

TEST(PageTest, TokenGivesItsCursorBack) {
  for (const std::string& cursor :
       {std::string("1800000000 jobs/x"), std::string(), std::string("\0\n", 2)}) {
    EXPECT_EQ(*ReadPageToken(MakePageToken(cursor, "query"), "query"), cursor);
  }
}

TEST(PageTest, NoTokenIsTheStart) { EXPECT_EQ(*ReadPageToken("", "query"), ""); }

TEST(PageTest, TokenIsBoundToItsQuery) {
  const std::string token = MakePageToken("cursor", "state = RUNNING");
  EXPECT_EQ(FieldAtFault(ReadPageToken(token, "state = QUEUED").status()), "page_token");
}

TEST(PageTest, WhatIsNoTokenIsRefused) {
  const std::string token = MakePageToken("cursor", "query");
  std::string changed = token;
  changed[changed.size() - 2] = changed[changed.size() - 2] == 'A' ? 'B' : 'A';
  for (const std::string& bad :
       {std::string("x"), std::string("not base64 at all!"), token.substr(0, 10), changed}) {
    EXPECT_EQ(FieldAtFault(ReadPageToken(bad, "query").status()), "page_token") << bad;
  }
}

}  // namespace
}  // namespace tunegate::resources
