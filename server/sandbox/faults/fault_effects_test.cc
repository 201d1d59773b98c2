#include "server/sandbox/faults/fault_effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/utf8.h"

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

FaultEffect Effect(const std::string& text) {
  return ParseFaultPlan(*json::Parse(R"({"rules":[{"on":"*","do":)" + text + "}]}"))
      ->rules[0]
      .effect;
}

// The body after the effect, at second 100.
std::string Body(const std::string& effect, const char* body) {
  Response response = JsonResponse(*json::Parse(body));
  ApplyToResponse(Effect(effect), 100, response);
  return response.body;
}

TEST(FaultEffectsTest, StatusAnswersInsteadWithAFittingError) {
  const Response quota =
      *AnswerInstead(Effect(R"({"status":429,"error":{"code":"insufficient_quota"}})"));
  EXPECT_EQ(quota.status, 429);
  EXPECT_THAT(quota.body, HasSubstr(R"("type":"insufficient_quota")"));
  EXPECT_THAT(quota.body, HasSubstr("exceeded your current quota"));
  EXPECT_THAT(AnswerInstead(Effect(R"({"status":503})"))->body, HasSubstr("overloaded"));
  EXPECT_THAT(AnswerInstead(Effect(R"({"status":418,"error":{"message":"tea"}})"))->body,
              HasSubstr("tea"));
  EXPECT_FALSE(AnswerInstead(Effect(R"({"delay_ms":5})")).has_value());
  EXPECT_FALSE(AnswerInstead(Effect(R"({"reset":"after"})")).has_value());
}

TEST(FaultEffectsTest, HeadersGoOnToTheErrorToo) {
  const FaultEffect effect = Effect(R"({"status":429,"headers":{"Retry-After":"3"}})");
  Response response = *AnswerInstead(effect);
  ApplyToResponse(effect, 0, response);
  EXPECT_EQ(response.Header("retry-after"), "3");
}

TEST(FaultEffectsTest, RequestLosesWhatIsIgnored) {
  Request request;
  request.query = {{"metadata[a]", "b"}, {"limit", "1"}, {"metadataX", "y"}};
  request.body = R"({"metadata":{"a":"b"},"model":"m"})";
  ApplyToRequest(Effect(R"({"ignore_query":["metadata"],"ignore_body":["metadata"],
                            "job":{"fail_at_step":3},"batch":{"expire_after":2}})"),
                 request);
  EXPECT_EQ(request.query, (Pairs{{"limit", "1"}, {"metadataX", "y"}}));
  EXPECT_EQ(request.body, R"({"model":"m"})");
  EXPECT_EQ(request.job_fault["fail_at_step"].IntegerOr(0), 3);
  EXPECT_EQ(request.batch_fault["expire_after"].IntegerOr(0), 2);
}

TEST(FaultEffectsTest, SetAndRemoveFollowPaths) {
  EXPECT_EQ(Body(R"({"set":{"/status":"paused"}})", R"({"status":"running"})"),
            R"({"status":"paused"})");
  EXPECT_EQ(Body(R"({"set":{"/a/0/b":null,"/new":1}})", R"({"a":[{"b":1},{"b":2}]})"),
            R"({"a":[{"b":null},{"b":2}],"new":1})");
  EXPECT_EQ(Body(R"({"remove":["/data/*/metadata","/none/x"]})",
                 R"({"data":[{"id":1,"metadata":{}},{"id":2}]})"),
            R"({"data":[{"id":1},{"id":2}]})");
}

TEST(FaultEffectsTest, ListsComeLateTwiceAndTheOtherWayRound) {
  const char* list = R"({"data":[{"id":2,"created_at":98},{"id":1,"created_at":90}]})";
  EXPECT_EQ(Body(R"({"late_seconds":5})", list), R"({"data":[{"id":1,"created_at":90}]})");
  EXPECT_EQ(Body(R"({"repeat":true})", R"({"data":[1,2]})"), R"({"data":[1,1,2,2]})");
  EXPECT_EQ(Body(R"({"reverse":true})", R"({"data":[1,2]})"), R"({"data":[2,1]})");
}

TEST(FaultEffectsTest, InvalidUtf8IsInvalid) {
  const std::string body =
      Body(R"({"invalid_utf8":"/choices/0/content"})", R"({"choices":[{"content":"hola"}]})");
  EXPECT_FALSE(IsValidUtf8(body));
  EXPECT_THAT(body, HasSubstr("hola"));
}

TEST(FaultEffectsTest, HtmlReplacesTheBody) {
  Response response = JsonResponse(json::Object());
  ApplyToResponse(Effect(R"({"body":"<html>","content_type":"text/html"})"), 0, response);
  EXPECT_EQ(response.body, "<html>");
  EXPECT_EQ(response.Header("Content-Type"), "text/html");
  EXPECT_EQ(response.status, 200);
}

TEST(FaultEffectsTest, DeliveryIsSpoilt) {
  Response response;
  response.chunks = {"one", "two"};
  ApplyToResponse(Effect(R"({"reset":"after","delay_ms":7,"cut_after_bytes":4,
                             "bytes_per_second":9})"),
                  0, response);
  EXPECT_TRUE(response.delivery.reset);
  EXPECT_EQ(response.delivery.delay, absl::Milliseconds(7));
  EXPECT_EQ(response.delivery.cut_after_bytes, 4u);
  EXPECT_EQ(response.delivery.bytes_per_second, 9);
  EXPECT_EQ(response.body, "onetwo");
  EXPECT_TRUE(response.chunks.empty());
}

}  // namespace
}  // namespace tunegate::sandbox
