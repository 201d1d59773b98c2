// What a probe tells of servers that are well, refuse, tell another time, or are not there.
#include "server/providers/openai/probe.h"

#include <memory>
#include <string>

#include "common/clock.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/providers/openai/testing/scripted_server.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {
namespace {

using testing::HasSubstr;
using testing::Not;
using Reply = ScriptedServer::Reply;

constexpr char kKey[] = "sk-secret-123456";
constexpr char kModels[] = R"({"object":"list","data":[{"id":"m"}]})";

class ProbeTest : public testing::Test {
 protected:
  ProbeResult ProbeServer(ScriptedServer::Script script,
                          absl::Duration timeout = absl::Seconds(30)) {
    server_ = std::make_unique<ScriptedServer>(std::move(script));
    OpenAiConfig config;
    config.name = "test";
    config.base_url = server_->base_url();
    config.api_key = kKey;
    return Probe(config, clock_, timeout);
  }
  ProbeResult ProbeReply(const Reply& reply) {
    return ProbeServer([reply](const ScriptedServer::Request&) { return reply; });
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<ScriptedServer> server_;
};

TEST_F(ProbeTest, ServerThatListsModelsIsWell) {
  const ProbeResult result = ProbeReply(ScriptedServer::Json(200, kModels));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_TRUE(result.answered);
  EXPECT_FALSE(result.sandbox);
  EXPECT_FALSE(result.clock_ahead.has_value()) << "it told no time";
  ASSERT_EQ(server_->requests().size(), 1u);
  EXPECT_EQ(server_->requests()[0].target, "/v1/models");
  EXPECT_EQ(server_->requests()[0].method, "GET");
}

TEST_F(ProbeTest, TimeThereIsComparedWithOurs) {
  const std::string date = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                                            clock_.Now() + absl::Seconds(90), absl::UTCTimeZone());
  const ProbeResult result = ProbeReply(ScriptedServer::Json(200, kModels, {{"Date", date}}));
  ASSERT_TRUE(result.clock_ahead.has_value());
  EXPECT_EQ(*result.clock_ahead, absl::Milliseconds(90'500));
}

TEST_F(ProbeTest, DateThatIsNoneIsLeftOut) {
  EXPECT_FALSE(ProbeReply(ScriptedServer::Json(200, kModels, {{"Date", "yesterday"}}))
                   .clock_ahead.has_value());
}

TEST_F(ProbeTest, SandboxSaysThatItIsOne) {
  EXPECT_TRUE(ProbeReply(ScriptedServer::Json(200, kModels, {{kSandboxHeader, "1"}})).sandbox);
}

TEST_F(ProbeTest, RejectedKeyIsToldWithoutTheKey) {
  const ProbeResult result = ProbeReply(
      ScriptedServer::Json(401, R"({"error":{"message":"Incorrect API key: sk-secret-123456"}})"));
  EXPECT_EQ(DetailsOf(result.status).reason, kKeyRejected);
  EXPECT_TRUE(result.answered);
  EXPECT_THAT(result.status.ToString(), Not(HasSubstr(kKey)));
  EXPECT_EQ(server_->requests().size(), 1u) << "not asked again";
}

TEST_F(ProbeTest, ServerWithoutAListOfModelsIsAskedForFiles) {
  const ProbeResult result = ProbeServer([](const ScriptedServer::Request& request) {
    if (request.target == "/v1/files?limit=1") {
      return ScriptedServer::Json(200, R"({"object":"list","data":[]})");
    }
    return ScriptedServer::Json(404, R"({"error":{"message":"no such URL"}})");
  });
  EXPECT_TRUE(result.status.ok()) << result.status;
}

TEST_F(ProbeTest, BusyServerIsNotWell) {
  const ProbeResult result = ProbeReply(ScriptedServer::Json(503, "{}"));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(result.answered);
}

TEST_F(ProbeTest, ServerThatSaysNothingIsGivenUp) {
  const ProbeResult result = ProbeServer(
      [](const ScriptedServer::Request&) {
        return ScriptedServer::End(ScriptedServer::Ending::kSilence);
      },
      absl::Milliseconds(50));
  EXPECT_FALSE(result.status.ok());
  EXPECT_FALSE(result.answered);
}

TEST_F(ProbeTest, KeyThatCannotBeReadIsTold) {
  OpenAiConfig config;
  config.api_key_file = "/nowhere/key";
  const ProbeResult result = Probe(config, clock_, absl::Seconds(30));
  EXPECT_THAT(std::string(result.status.message()), HasSubstr("/nowhere/key"));
  EXPECT_FALSE(result.answered);
}

}  // namespace
}  // namespace tunegate::providers::openai
