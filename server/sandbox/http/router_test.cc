#include "server/sandbox/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;

Router TestRouter() {
  Router router;
  const auto nothing = [](const Request&) { return Response(); };
  router.Add("GET", "/files", nothing);
  router.Add("POST", "/files", nothing, Weight::kHeavy);
  router.Add("GET", "/files/{id}", nothing);
  router.Add("GET", "/files/{id}/content", nothing);
  return router;
}

TEST(RouterTest, PlaceholdersAreCapturedAndDecoded) {
  const Router router = TestRouter();
  const Router::Match match = router.Find("GET", "/files/ft%3Aa%2Fb/content");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->name, "GET /files/{id}/content");
  EXPECT_THAT(match.captures, ElementsAre("ft:a/b"));
}

TEST(RouterTest, MethodsAndWeightsAreToldApart) {
  const Router router = TestRouter();
  EXPECT_EQ(router.Find("GET", "/files/").route->weight, Weight::kCheap);
  EXPECT_EQ(router.Find("POST", "/files").route->weight, Weight::kHeavy);
}

TEST(RouterTest, WrongMethodNamesTheRightOnes) {
  const Router router = TestRouter();
  const Router::Match match = router.Find("DELETE", "/files");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed_methods, "GET, POST");
}

TEST(RouterTest, UnknownPathHasNoMethods) {
  const Router router = TestRouter();
  for (const char* path : {"/", "", "/file", "/files/a/b", "/files/a/content/x"}) {
    const Router::Match match = router.Find("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_EQ(match.allowed_methods, "") << path;
  }
}

TEST(RouterTest, ApiPrefixesAreOptional) {
  EXPECT_EQ(StripApiPrefix("/v1/files"), "/files");
  EXPECT_EQ(StripApiPrefix("/files"), "/files");
  EXPECT_EQ(StripApiPrefix("/openai/v1/files"), "/files");
  EXPECT_EQ(StripApiPrefix("/openai/files"), "/files");
  EXPECT_EQ(StripApiPrefix("/v1beta/files"), "/v1beta/files");
  EXPECT_EQ(StripApiPrefix("/v1"), "");
}

}  // namespace
}  // namespace tunegate::sandbox
