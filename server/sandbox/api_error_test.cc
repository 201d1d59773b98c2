#include "server/sandbox/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

TEST(ApiErrorTest, StatusBecomesAnErrorObject) {
  const Response response = ErrorResponse(
      NotFound("model_not_found", "The model `x` does not exist").Field("model", "names none"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.Header("content-type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"error":{"message":"The model `x` does not exist","type":"invalid_request_error",)"
            R"("param":"model","code":"model_not_found"}})");
}

TEST(ApiErrorTest, EmptyReasonAndParamAreNull) {
  const json::Value body = *json::Parse(ErrorResponse(BadRequest("", "no")).body);
  EXPECT_TRUE(body["error"]["code"].IsNull());
  EXPECT_TRUE(body["error"]["param"].IsNull());
}

TEST(ApiErrorTest, CodesMapToHttp) {
  EXPECT_EQ(ErrorResponse(BadRequest("a", "b")).status, 400);
  EXPECT_EQ(ErrorResponse(FailedPrecondition("a", "b")).status, 400);
  EXPECT_EQ(ErrorResponse(Unauthenticated("a", "b")).status, 401);
  EXPECT_EQ(ErrorResponse(PermissionDenied("a", "b")).status, 403);
  EXPECT_EQ(ErrorResponse(AlreadyExists("a", "b")).status, 409);
  EXPECT_EQ(ErrorResponse(ResourceExhausted("a", "b")).status, 429);
  EXPECT_EQ(ErrorResponse(Internal("a", "b")).status, 500);
  EXPECT_EQ(ErrorResponse(Unavailable("a", "b")).status, 503);
}

TEST(ApiErrorTest, BodyMustBeAJsonObject) {
  Request request;
  request.body = R"({"a": 1})";
  EXPECT_EQ((*ParseBody(request))["a"].IntegerOr(0), 1);
  for (const char* body : {"", "{", "[1]", "null", "{\"a\":\"\xff\"}"}) {
    request.body = body;
    EXPECT_TRUE(absl::IsInvalidArgument(ParseBody(request).status())) << body;
  }
}

}  // namespace
}  // namespace tunegate::sandbox
