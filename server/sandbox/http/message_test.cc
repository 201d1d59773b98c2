#include "server/sandbox/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(MessageTest, QueryIsDecodedInOrder) {
  EXPECT_THAT(ParseQuery("limit=2&metadata%5Bk%5D=a%20b+c&flag&=x&"),
              ElementsAre(Pair("limit", "2"), Pair("metadata[k]", "a b c"), Pair("flag", ""),
                          Pair("", "x")));
  EXPECT_TRUE(ParseQuery("").empty());
}

TEST(MessageTest, MalformedEscapesStay) {
  EXPECT_EQ(PercentDecode("ft%3Agpt%3a+x"), "ft:gpt:+x");
  EXPECT_EQ(PercentDecode("100%"), "100%");
  EXPECT_EQ(PercentDecode("%zz%4"), "%zz%4");
}

TEST(MessageTest, HeaderNamesIgnoreCase) {
  Request request;
  request.headers = {{"content-TYPE", "a"}};
  EXPECT_EQ(request.Header("Content-Type"), "a");
  EXPECT_EQ(request.Header("Accept"), "");
  Response response;
  response.SetHeader("X-A", "1");
  response.SetHeader("x-a", "2");
  EXPECT_THAT(response.headers, ElementsAre(Pair("X-A", "2")));
}

TEST(MessageTest, LastQueryParameterWins) {
  Request request;
  request.query = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(request.Query("a"), "2");
  EXPECT_EQ(request.Query("b"), std::nullopt);
}

}  // namespace
}  // namespace tunegate::sandbox
