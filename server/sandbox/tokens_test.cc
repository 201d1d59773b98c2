#include "server/sandbox/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TokensTest, SplitsLikeATokenizer) {
  EXPECT_THAT(SplitTokens("Busco regalo, ya"), ElementsAre("Busc", "o", " rega", "lo", ",", " ya"));
  EXPECT_THAT(SplitTokens("  ¡año!"), ElementsAre(" ", " ¡año", "!"));
  EXPECT_THAT(SplitTokens(""), IsEmpty());
  EXPECT_THAT(SplitTokens(" "), ElementsAre(" "));
}

TEST(TokensTest, CountsWhatItSplitsAndLosesNothing) {
  for (std::string_view text : {"{\"a\":[1,2]}", "ñandú 漢字 x", "\n\n a", "\xff\xc3"}) {
    std::string joined;
    for (std::string_view token : SplitTokens(text)) joined += std::string(token);
    EXPECT_EQ(joined, text);
    EXPECT_EQ(CountTokens(text), static_cast<int64_t>(SplitTokens(text).size()));
  }
}

}  // namespace
}  // namespace tunegate::sandbox
