#include "server/sandbox/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FrontTest : public ::testing::Test {
 protected:
  explicit FrontTest(const std::string& api_key = "")
      : front_(router_, faults_, statistics_, clock_, {api_key}) {
    router_.Add("GET", "/files/{id}", [this](const Request& request) {
      ++handled_;
      return JsonResponse(json::Object({{"id", request.captures[0]}}));
    });
    router_.Add("POST", "/chat/completions", [this](const Request&) {
      clock_.Advance(handling_time_);
      return JsonResponse(json::Object());
    });
    router_.Add("GET", "/sandbox/stats", [](const Request&) { return Response(); });
  }

  Response Ask(const std::string& method, const std::string& path,
               Pairs headers = {{"Authorization", "Bearer k"}}) {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return front_.Handle(request);
  }
  void SetFaults(const std::string& rules) {
    faults_.SetRules(ParseFaultPlan(*json::Parse("{\"rules\":" + rules + "}"))->rules);
  }

  FakeClock clock_{absl::FromUnixSeconds(0)};
  Router router_;
  FaultBook faults_;
  Statistics statistics_;
  Front front_;
  absl::Duration handling_time_;
  int handled_ = 0;
};

TEST_F(FrontTest, EveryAnswerHasItsOwnRequestId) {
  const Response first = Ask("GET", "/v1/files/a");
  const Response second = Ask("GET", "/nowhere");
  EXPECT_THAT(std::string(first.Header("x-request-id")), StartsWith("req_"));
  EXPECT_NE(first.Header("x-request-id"), second.Header("x-request-id"));
  EXPECT_EQ(first.Header("x-tunegate-sandbox"), "1") << "it never passes for a language model";
  EXPECT_EQ(first.Header("openai-processing-ms"), "0");
  EXPECT_EQ(first.body, R"({"id":"a"})");
}

TEST_F(FrontTest, UnknownPathAndWrongMethodAreErrorObjects) {
  EXPECT_EQ(Ask("GET", "/nowhere").status, 404);
  const Response wrong = Ask("PUT", "/v1/files/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Header("Allow"), "GET");
  EXPECT_THAT(wrong.body, HasSubstr(R"("error":{)"));
}

TEST_F(FrontTest, AnyKeyWillDoButNone) {
  EXPECT_EQ(Ask("GET", "/files/a", {}).status, 401);
  EXPECT_EQ(Ask("GET", "/files/a", {{"Authorization", "Basic x"}}).status, 401);
  EXPECT_EQ(Ask("GET", "/files/a", {{"Authorization", "Bearer "}}).status, 401);
  EXPECT_EQ(Ask("GET", "/openai/files/a", {{"api-key", "azure"}}).status, 200);
  EXPECT_EQ(Ask("GET", "/sandbox/stats", {}).status, 200);
}

class FrontWithKeyTest : public FrontTest {
 protected:
  FrontWithKeyTest() : FrontTest("sk-the-right-key") {}
};

TEST_F(FrontWithKeyTest, OnlyTheRightKeyPassesAndTheWrongOneIsMasked) {
  EXPECT_EQ(Ask("GET", "/files/a", {{"Authorization", "Bearer sk-the-right-key"}}).status, 200);
  const Response refused = Ask("GET", "/files/a", {{"api-key", "sk-some-secret-1234"}});
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("invalid_api_key"));
  EXPECT_THAT(refused.body, Not(HasSubstr("some-secret")));
}

TEST_F(FrontTest, LatencyCountsFromTheRequest) {
  front_.SetChatLatency(absl::Milliseconds(20));
  handling_time_ = absl::Milliseconds(5);
  const Response response = Ask("POST", "/chat/completions");
  EXPECT_EQ(response.delivery.delay, absl::Milliseconds(15));
  EXPECT_EQ(response.Header("openai-processing-ms"), "20");
  EXPECT_EQ(Ask("GET", "/files/a").delivery.delay, absl::ZeroDuration());
}

TEST_F(FrontTest, FaultsBeforeSpareTheHandlerAndFaultsAfterDoNot) {
  SetFaults(R"([{"on": "GET /files/{id}", "times": 1, "do": {"status": 503}},
                {"on": "GET /files/{id}", "after": 1, "times": 1, "do": {"reset": "before"}},
                {"on": "GET /files/{id}", "after": 2, "times": 1, "do": {"reset": "after"}}])");
  EXPECT_EQ(Ask("GET", "/files/a").status, 503);
  EXPECT_TRUE(Ask("GET", "/files/a").delivery.reset);
  EXPECT_EQ(handled_, 0);
  EXPECT_TRUE(Ask("GET", "/files/a").delivery.reset);
  EXPECT_EQ(handled_, 1);
  EXPECT_FALSE(Ask("GET", "/files/a").delivery.reset);
  const json::Value route = statistics_.Report()["routes"]["GET /files/{id}"];
  EXPECT_EQ(route["faults"].IntegerOr(0), 3);
  EXPECT_EQ(route["statuses"]["reset"].IntegerOr(0), 2);
}

TEST_F(FrontTest, LargeBodiesAreHeavy) {
  Request request;
  request.method = "POST";
  request.path = "/v1/chat/completions";
  EXPECT_FALSE(front_.IsHeavy(request));
  request.body.resize(1 << 20);
  EXPECT_TRUE(front_.IsHeavy(request));
}

}  // namespace
}  // namespace tunegate::sandbox
