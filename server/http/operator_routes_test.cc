// Each route's answers, as functions.
#include "server/http/operator_routes.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/test_store.h"
#include "server/webhooks/signature.h"

namespace tunegate::http {
namespace {

using testing::HasSubstr;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class OperatorRoutesTest : public testing::Test {
 protected:
  Response Ask(const Request& request) {
    std::optional<Response> quick = routes_.Quick(request);
    return quick.has_value() ? *quick : routes_.Handle(request);
  }
  Response Ask(const std::string& method, const std::string& path, Headers headers = {}) {
    Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return Ask(request);
  }
  // Signed at `time`.
  Request Webhook(const std::string& body, absl::Time time) {
    const std::string timestamp = absl::StrCat(absl::ToUnixSeconds(time));
    const std::string signature =
        "v1," + webhooks::Sign(*webhooks::Secret::Parse(kSecret), {"wh_1", timestamp, "", body});
    Request request;
    request.method = "POST";
    request.path = "/webhooks/openai";
    request.headers = {
        {"webhook-id", "wh_1"}, {"webhook-timestamp", timestamp}, {"webhook-signature", signature}};
    request.body = body;
    return request;
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> store_ = store::OpenTestStore(&clock_);
  webhooks::Receiver receiver_{
      store_.get(), &clock_, {{"openai", *webhooks::Secret::Parse(kSecret)}}};
  absl::Status allowed_;
  std::string authorization_ = "not asked";
  OperatorRoutes routes_{{[] { return "tunegate_build_info 1\n"; },
                          [this](std::optional<std::string_view> header) {
                            authorization_ = std::string(header.value_or("none"));
                            return allowed_;
                          },
                          &receiver_}};
};

TEST_F(OperatorRoutesTest, HealthIsAnsweredWithoutAskingAnybody) {
  Request request;
  request.method = "GET";
  request.path = "/healthz";
  ASSERT_TRUE(routes_.Quick(request).has_value());
  EXPECT_EQ(routes_.Quick(request)->status, 200);
  routes_.Drain();
  EXPECT_EQ(routes_.Quick(request)->status, 503);
}

TEST_F(OperatorRoutesTest, MetricsAreGivenToWhoMayReadThem) {
  const Response answer = Ask("GET", "/metrics", {{"authorization", "Bearer abc"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "tunegate_build_info 1\n");
  EXPECT_THAT(answer.content_type, HasSubstr("version=0.0.4"));
  EXPECT_EQ(authorization_, "Bearer abc");
  allowed_ = Unauthenticated("TOKEN_MISSING", "this server wants a token");
  EXPECT_EQ(Ask("GET", "/metrics").status, 401);
  EXPECT_EQ(authorization_, "none");
}

TEST_F(OperatorRoutesTest, PathsAndMethodsThatAreNotThereAreSaid) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  EXPECT_EQ(Ask("GET", "/metricsx").status, 404);
  EXPECT_EQ(Ask("POST", "/metrics").status, 405);
  EXPECT_EQ(Ask("POST", "/healthz").status, 405);
  EXPECT_EQ(Ask("GET", "/webhooks/openai").status, 405);
  EXPECT_EQ(Ask("GET", "/webhooks/openai").headers.front().second, "POST");
}

TEST_F(OperatorRoutesTest, WebhooksAnswersTellTheSenderWhatToDo) {
  const std::string event = R"({"type":"fine_tuning.job.succeeded","data":{"id":"ftjob-1"}})";
  EXPECT_EQ(Ask(Webhook(event, clock_.Now())).status, 200) << "of nothing here, and taken";
  EXPECT_EQ(Ask(Webhook(event, clock_.Now())).status, 409) << "a replay";
  EXPECT_EQ(Ask(Webhook(event, clock_.Now() + absl::Seconds(9))).status, 200) << "sent again";
  EXPECT_EQ(Ask(Webhook(event, clock_.Now() - absl::Minutes(10))).status, 400) << "too old";
  EXPECT_EQ(Ask(Webhook("no JSON", clock_.Now())).status, 400);
  EXPECT_EQ(Ask("POST", "/webhooks/openai").status, 400) << "without headers";
  Request forged = Webhook(event, clock_.Now());
  forged.body += " ";
  EXPECT_EQ(Ask(forged).status, 401);
  Request elsewhere = Webhook(event, clock_.Now());
  elsewhere.path = "/webhooks/nobody";
  EXPECT_EQ(Ask(elsewhere).status, 404);
}

}  // namespace
}  // namespace tunegate::http
