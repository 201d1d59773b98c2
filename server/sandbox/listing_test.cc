#include "server/sandbox/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

constexpr PageLimits kLimits = {2, 3};

absl::StatusOr<json::Value> Page(Pairs query) {
  Request request;
  request.query = std::move(query);
  std::vector<json::Value> items;
  for (const char* id : {"e", "d", "c", "b", "a"}) items.push_back(json::Object({{"id", id}}));
  return ListPage(std::move(items), request, kLimits);
}

std::string Ids(const json::Value& page) {
  std::string ids;
  for (const json::Value& item : page["data"].Elements()) ids += item["id"].String();
  return ids + (page["has_more"].BoolOr(false) ? "+" : ".");
}

TEST(ListingTest, PagesThroughNewestFirst) {
  EXPECT_EQ(Ids(*Page({})), "ed+");
  EXPECT_EQ(Ids(*Page({{"after", "d"}})), "cb+");
  EXPECT_EQ(Ids(*Page({{"after", "b"}})), "a.");
  EXPECT_EQ(Ids(*Page({{"after", "a"}})), ".");
  EXPECT_EQ(Ids(*Page({{"limit", "3"}, {"after", "d"}})), "cba.");
}

TEST(ListingTest, AscendingTurnsItRound) {
  EXPECT_EQ(Ids(*Page({{"order", "asc"}, {"after", "b"}})), "cd+");
}

TEST(ListingTest, NamesFirstAndLast) {
  const json::Value page = *Page({});
  EXPECT_EQ(page["first_id"].String(), "e");
  EXPECT_EQ(page["last_id"].String(), "d");
  EXPECT_TRUE((*Page({{"after", "a"}}))["first_id"].IsNull());
}

TEST(ListingTest, RefusesBadParametersByName) {
  for (const auto& [name, value] : Pairs{{"limit", "0"},
                                         {"limit", "4"},
                                         {"limit", "x"},
                                         {"limit", "2x"},
                                         {"limit", ""},
                                         {"order", "up"},
                                         {"after", "z"}}) {
    const auto page = Page({{name, value}});
    ASSERT_FALSE(page.ok()) << name << "=" << value;
    EXPECT_EQ(DetailsOf(page.status()).field_violations.front().first, name);
  }
}

}  // namespace
}  // namespace tunegate::sandbox
