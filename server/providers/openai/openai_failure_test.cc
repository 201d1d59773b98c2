// Providers that lie, break off, or say no: what the caller is told, and that the key is not in it.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "server/providers/openai/testing/provider_fixture.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OpenAiFailureTest : public ProviderFixture {
 protected:
  // What GetJob says when the server always answers so.
  absl::Status GetJobFrom(const Reply& reply) {
    ServeInOrder({reply});
    return provider_->GetJob("ftjob-1").status();
  }
  absl::Status CreateJobFrom(const Reply& reply, absl::Duration timeout = absl::Seconds(30)) {
    ServeInOrder({reply});
    return provider_->CreateJob({}, timeout).status();
  }
  static Reply Html(int status, const std::string& body) {
    Reply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "text/html"}};
    reply.body = body;
    return reply;
  }
  static std::string Text(const absl::Status& status) { return std::string(status.message()); }
};

// A loopback port on which nobody listens: bound here, so that nobody else takes it.
class ClosedPort {
 public:
  ClosedPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(fd_, generic, size), 0);
    EXPECT_EQ(getsockname(fd_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { close(fd_); }
  int port() const { return port_; }

 private:
  const int fd_;
  int port_ = 0;
};

TEST_F(OpenAiFailureTest, ProvidersWordsAreCarriedToTheCaller) {
  const absl::Status status = GetJobFrom(ScriptedServer::Json(
      404,
      R"({"error":{"message":"Could not find fine tune: ftjob-1","type":"invalid_request_error",)"
      R"("param":"fine_tune_id","code":"fine_tune_not_found"}})",
      {{"x-request-id", "req_9"}}));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "PROVIDER_ERROR");
  EXPECT_EQ(details.metadata.at("provider_code"), "fine_tune_not_found");
  EXPECT_EQ(details.metadata.at("provider_type"), "invalid_request_error");
  EXPECT_EQ(details.metadata.at("provider_param"), "fine_tune_id");
  EXPECT_EQ(details.metadata.at("provider_request_id"), "req_9");
  EXPECT_EQ(details.metadata.at("http_status"), "404");
  EXPECT_EQ(Text(status),
            "provider 'test' answered HTTP 404 (fine_tune_not_found): Could not find fine tune: "
            "ftjob-1");
}

TEST_F(OpenAiFailureTest, WrongKeyIsToldWithoutTheKey) {
  const std::string body = absl::StrCat(R"({"error":{"message":"Incorrect API key provided: )",
                                        kKey, R"(. You can )", R"(find yours","type":")", kKey,
                                        R"(","param":")", kKey, R"(","code":"k )", kKey, R"("}})");
  const absl::Status status = GetJobFrom(ScriptedServer::Json(401, body, {{"x-request-id", kKey}}));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(DetailsOf(status).reason, "KEY_REJECTED");
  EXPECT_THAT(Text(status), AllOf(HasSubstr("[redacted]"), HasSubstr("OPENAI_API_KEY")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr(kKey)));
  for (const auto& [name, value] : DetailsOf(status).metadata) {
    EXPECT_THAT(value, Not(HasSubstr(kKey))) << name;
  }
}

TEST_F(OpenAiFailureTest, KeyIsInNoErrorWhateverTheServerSends) {
  Reply garbled;
  garbled.raw = absl::StrCat(kKey, " is not HTTP\r\n\r\n");
  garbled.ending = Ending::kClose;
  Reply cut = ScriptedServer::Json(200, absl::StrCat(kKey, std::string(100, 'x')));
  cut.cut_after = 50;
  cut.ending = Ending::kClose;
  for (const Reply& reply :
       {garbled, cut, Html(200, absl::StrCat("<title>", kKey, "</title>")), Html(502, kKey),
        ScriptedServer::Json(200, absl::StrCat(R"({"id":")", kKey, R"("})"))}) {
    const absl::Status status = GetJobFrom(reply);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.ToString(), Not(HasSubstr(kKey)));
  }
}

TEST_F(OpenAiFailureTest, HtmlInsteadOfJsonIsNamedByItsTitle) {
  const absl::Status status =
      GetJobFrom(Html(200, "<html><head><title>Sign in</title></head></html>"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_THAT(Text(status), HasSubstr("an HTML page titled 'Sign in'"));
}

TEST_F(OpenAiFailureTest, ErrorPageOfAProxyKeepsItsHttpStatus) {
  const absl::Status status =
      GetJobFrom(Html(502, "<html><head><title>502 Bad Gateway</title></head></html>"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailsOf(status).metadata.at("http_status"), "502");
  EXPECT_THAT(Text(status), HasSubstr("502 Bad Gateway"));
}

TEST_F(OpenAiFailureTest, MissingFieldIsNamed) {
  const absl::Status status = GetJobFrom(ScriptedServer::Json(200, R"({"id":"ftjob-1"})"));
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_THAT(Text(status), AllOf(HasSubstr("'status'"), HasSubstr(R"({"id":"ftjob-1"})")));
}

TEST_F(OpenAiFailureTest, CutBodyIsAnInvalidAnswer) {
  Reply cut = ScriptedServer::Json(200, R"({"id":"ftjob-1","status":"queued"})");
  cut.cut_after = 12;
  cut.ending = Ending::kClose;
  const absl::Status status = GetJobFrom(cut);
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_THAT(Text(status), HasSubstr("cut after 12 bytes"));
  EXPECT_EQ(server_->requests().size(), 3u);  // asked again as the connection broke
}

TEST_F(OpenAiFailureTest, InvalidUtf8InAnErrorBecomesValid) {
  const absl::Status status =
      GetJobFrom(ScriptedServer::Json(400, "{\"error\":{\"message\":\"caf\xE9\"}}"));
  EXPECT_TRUE(IsValidUtf8(Text(status)));
  EXPECT_THAT(Text(status), HasSubstr("caf\xEF\xBF\xBD"));
  EXPECT_TRUE(IsValidUtf8(Text(GetJobFrom(Html(200, "\xff\xfe\xfd")))));
}

TEST_F(OpenAiFailureTest, OversizeAnswerIsCutOffAndAbbreviated) {
  const absl::Status status = GetJobFrom(ScriptedServer::Json(200, std::string(65 << 20, '[')));
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_THAT(Text(status), HasSubstr("too large: more than 67108864 bytes"));
  EXPECT_LT(Text(status).size(), 1'000u);
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(OpenAiFailureTest, ContentMayBeLargerThanJson) {
  Reply reply;
  reply.body = std::string(65 << 20, 'x');
  ServeInOrder({reply});
  const auto content = provider_->ReadFileContent("file-1");
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->size(), size_t{65} << 20);
}

TEST_F(OpenAiFailureTest, WhatIsNotHttpIsAnInvalidAnswer) {
  Reply ssh;
  ssh.raw = "SSH-2.0-OpenSSH_9.2\r\n";
  ssh.ending = Ending::kClose;
  const absl::Status status = GetJobFrom(ssh);
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_THAT(Text(status), HasSubstr("not HTTP"));
}

TEST_F(OpenAiFailureTest, RedirectsAreNotFollowed) {
  Reply redirect;
  redirect.status = 302;
  redirect.headers = {{"Location", "http://127.0.0.1:1/elsewhere"}};
  const absl::Status status = GetJobFrom(redirect);
  EXPECT_EQ(DetailsOf(status).metadata.at("http_status"), "302");
  EXPECT_THAT(Text(status), HasSubstr("base URL"));
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(OpenAiFailureTest, NoConnectionMeansNotSent) {
  const ClosedPort closed;
  config_.base_url = absl::StrCat("http://127.0.0.1:", closed.port(), "/v1");
  Connect();
  const absl::Status status = provider_->CreateJob({}, absl::Seconds(30)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(SentOf(status), Sent::kNo);
  EXPECT_THAT(Text(status), HasSubstr("check the base URL"));
}

TEST_F(OpenAiFailureTest, SilenceAfterSendingMeansMaybe) {
  const absl::Status late =
      CreateJobFrom(ScriptedServer::End(Ending::kSilence), absl::Milliseconds(100));
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(SentOf(late), Sent::kMaybe);
  for (Ending ending : {Ending::kClose, Ending::kReset}) {
    const absl::Status status = CreateJobFrom(ScriptedServer::End(ending));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(SentOf(status), Sent::kMaybe);
  }
}

TEST_F(OpenAiFailureTest, HttpAnswersSayWhatMayHaveHappened) {
  EXPECT_EQ(SentOf(CreateJobFrom(ScriptedServer::Json(400, "{}"))), Sent::kNo);
  EXPECT_EQ(SentOf(CreateJobFrom(ScriptedServer::Json(429, "{}"))), Sent::kNo);
  EXPECT_EQ(SentOf(CreateJobFrom(ScriptedServer::Json(500, "{}"))), Sent::kMaybe);
  EXPECT_EQ(SentOf(CreateJobFrom(ScriptedServer::Json(200, "{}"))), Sent::kYes);
  Reply cut = ScriptedServer::Json(200, R"({"id":"ftjob-1"})");
  cut.cut_after = 3;
  cut.ending = Ending::kReset;
  EXPECT_EQ(SentOf(CreateJobFrom(cut)), Sent::kYes);
}

TEST_F(OpenAiFailureTest, ChatThatMakesNoSenseKeepsItsRequestId) {
  ServeInOrder({ScriptedServer::Json(200, R"({"choices":[]})", {{"x-request-id", "req_3"}})});
  const ChatAnswer answer = Ask(SomeChat());
  EXPECT_EQ(DetailsOf(answer.status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_EQ(answer.request_id, "req_3");
  EXPECT_EQ(answer.attempts, 1);
}

TEST_F(OpenAiFailureTest, ProviderThatIgnoresAfterIsFoundOut) {
  ServeInOrder(
      {ScriptedServer::Json(200, R"({"data":[{"id":"a","status":"queued"}],"has_more":true})")});
  EXPECT_EQ(DetailsOf(provider_->ListJobs("a").status()).reason, "PROVIDER_ANSWER_INVALID");
}

}  // namespace
}  // namespace tunegate::providers::openai
