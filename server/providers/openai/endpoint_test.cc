#include "server/providers/openai/endpoint.h"

#include <cstdlib>
#include <fstream>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string FieldOf(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  return details.field_violations.empty() ? "" : details.field_violations[0].first;
}

TEST(Endpoint, KeyTravelsAsBearerByDefault) {
  OpenAiConfig config;
  config.api_key = "sk-1";
  config.organization = "org-1";
  config.project = "proj-1";
  const auto endpoint = ResolveEndpoint(config);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(endpoint->headers, Contains(Pair("Authorization", "Bearer sk-1")));
  EXPECT_THAT(endpoint->headers, Contains(Pair("OpenAI-Organization", "org-1")));
  EXPECT_THAT(endpoint->headers, Contains(Pair("OpenAI-Project", "proj-1")));
  EXPECT_THAT(endpoint->secrets, Contains("sk-1"));
  EXPECT_TRUE(endpoint->tls);
  EXPECT_EQ(endpoint->Url("/files"), "https://api.openai.com/v1/files");
}

TEST(Endpoint, AzureStyleIsConfiguration) {
  OpenAiConfig config;
  config.base_url = "https://x.openai.azure.com/openai/";
  config.api_key = "k";
  config.auth_header = "api-key";
  config.query_parameters = {{"api-version", "2024-10-21"}};
  config.extra_headers = {{"X-Tenant", "t1"}};
  const auto endpoint = ResolveEndpoint(config);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(endpoint->headers, Contains(Pair("api-key", "k")));
  EXPECT_THAT(endpoint->headers, Contains(Pair("X-Tenant", "t1")));
  EXPECT_EQ(endpoint->base_url, "https://x.openai.azure.com/openai");
  EXPECT_EQ(endpoint->Url("/files", {{"after", "a&b"}}),
            "https://x.openai.azure.com/openai/files?api-version=2024-10-21&after=a%26b");
}

TEST(Endpoint, KeyIsReadFromItsFile) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/key";
  std::ofstream(path) << "sk-file\n";
  OpenAiConfig config;
  config.api_key_file = path;
  const auto endpoint = ResolveEndpoint(config);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(endpoint->headers, Contains(Pair("Authorization", "Bearer sk-file")));
  std::ofstream(path, std::ios::trunc) << " \n";
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.api_key_file");
  config.api_key_file = path + ".none";
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.api_key_file");
}

TEST(Endpoint, WithoutAKeyNoneIsSent) {
  const auto endpoint = ResolveEndpoint(OpenAiConfig());
  ASSERT_TRUE(endpoint.ok());
  for (const auto& [name, value] : endpoint->headers) EXPECT_NE(name, "Authorization");
}

TEST(Endpoint, KeyThatWouldAddHeadersIsRefusedWithoutNamingIt) {
  OpenAiConfig config;
  config.api_key = "sk-1\r\nX-Evil: 1";
  const absl::Status status = ResolveEndpoint(config).status();
  EXPECT_EQ(FieldOf(status), "provider.api_key");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("sk-1")));
}

TEST(Endpoint, BadBaseUrlsAreRefused) {
  for (const char* url :
       {"", "api.openai.com/v1", "ftp://host/v1", "http://", "https://user:pw@host/v1",
        "https://sk-1@host/v1", "https://host/v1?x=1", "https://host/v1#x", "file:///etc/passwd"}) {
    OpenAiConfig config;
    config.base_url = url;
    EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.base_url") << url;
  }
}

TEST(Endpoint, LoopbackIsKnown) {
  for (const char* url : {"http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8080/v1"}) {
    OpenAiConfig config;
    config.base_url = url;
    const auto endpoint = ResolveEndpoint(config);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_TRUE(endpoint->loopback) << url;
    EXPECT_FALSE(endpoint->tls) << url;
  }
}

TEST(Endpoint, OtherMistakesNameTheirField) {
  OpenAiConfig config;
  config.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.ca_file");
  config = OpenAiConfig();
  config.chat_path = "chat";
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.chat_path");
  config = OpenAiConfig();
  config.max_connections = 0;
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.max_connections");
  config = OpenAiConfig();
  config.extra_headers = {{"Bad Name", "x"}};
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.extra_headers");
  config = OpenAiConfig();
  config.api_key = "k";
  config.auth_header = ": Bearer";
  EXPECT_EQ(FieldOf(ResolveEndpoint(config).status()), "provider.auth_header");
}

TEST(Endpoint, PathPartsAreEscaped) {
  EXPECT_EQ(PercentEncode("ft:m:org::a/b c?"), "ft%3Am%3Aorg%3A%3Aa%2Fb%20c%3F");
  EXPECT_EQ(PercentEncode("ftjob-A_b.9~"), "ftjob-A_b.9~");
}

}  // namespace
}  // namespace tunegate::providers::openai
