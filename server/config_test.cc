#include "server/config.h"

#include <fstream>
#include <string>

#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate {
namespace {

using config::v1::ServerConfig;
using testing::HasSubstr;

std::string WriteTemporary(const std::string& text) {
  const std::string path = testing::TempDir() + "/" + RandomHex(8);
  std::ofstream(path) << text;
  return path;
}

ServerConfig Defaulted() {
  ServerConfig config;
  ApplyDefaults("", config);
  return config;
}

// The field that the refusal names; empty when there is none.
std::string Refused(const ServerConfig& config) {
  const ErrorDetails details = DetailsOf(CheckConfig(config));
  return details.field_violations.empty() ? "" : details.field_violations[0].first;
}

// --- The file ----------------------------------------------------------------------------------

TEST(ConfigFileTest, FieldsAreRead) {
  const auto config = ReadConfigFile(WriteTemporary(
      "listen: '127.0.0.1:7'  # a comment\nproviders { name: 'sandbox' sandbox: true }\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen(), "127.0.0.1:7");
  EXPECT_TRUE(config->providers(0).sandbox());
}

TEST(ConfigFileTest, EmptyFileIsAnEmptyConfiguration) {
  const auto config = ReadConfigFile(WriteTemporary(""));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ByteSizeLong(), 0u);
}

TEST(ConfigFileTest, MistakeIsNamedByLineAndColumn) {
  const std::string path = WriteTemporary("listen: 'a:1'\n  lisen: 'b'\n");
  const absl::Status status = ReadConfigFile(path).status();
  EXPECT_EQ(DetailsOf(status).reason, "CONFIG_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr(path + ":2:"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("lisen"));
}

TEST(ConfigFileTest, WrongTypeIsNamedByLine) {
  const std::string path = WriteTemporary("\n\ndefault_concurrency: 'many'\n");
  EXPECT_THAT(std::string(ReadConfigFile(path).status().message()), HasSubstr(path + ":3:"));
}

TEST(ConfigFileTest, FileThatCannotBeReadIsNamedWithTheCause) {
  for (const std::string& path : {testing::TempDir() + "/none.textproto", testing::TempDir()}) {
    const absl::Status status = ReadConfigFile(path).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_EQ(DetailsOf(status).reason, "CONFIG_UNREADABLE");
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

// --- Defaults ----------------------------------------------------------------------------------

TEST(ConfigDefaultsTest, MakeAConfigurationThatPasses) {
  const ServerConfig config = Defaulted();
  EXPECT_TRUE(CheckConfig(config).ok()) << CheckConfig(config);
  EXPECT_EQ(config.listen(), "127.0.0.1:50051");
  EXPECT_EQ(config.store(), "sqlite");
  EXPECT_EQ(config.sqlite_synchronous(), "full");
  ASSERT_EQ(config.providers_size(), 1);
  EXPECT_EQ(config.providers(0).name(), "openai");
  EXPECT_EQ(config.providers(0).base_url(), "https://api.openai.com/v1");
  EXPECT_EQ(config.providers(0).api_key_env(), "OPENAI_API_KEY");
  EXPECT_EQ(config.lease_duration().seconds(), 30);
  EXPECT_EQ(config.drain_time().seconds(), 10);
  EXPECT_EQ(config.retention().max_event_age().seconds(), 30 * 24 * 3600);
  EXPECT_EQ(config.retention().max_events(), 1'000'000);
  EXPECT_EQ(config.limits().max_watches(), 20'000);
  EXPECT_EQ(config.limits().max_watches_per_caller(), 10'000)
      << "one client leaves places to others";
  EXPECT_EQ(config.limits().max_calls_per_caller(), 1024);
  EXPECT_EQ(config.log_format(), "text");
  EXPECT_EQ(config.http_listen(), "") << "off";
}

TEST(ConfigDefaultsTest, LeaveWhatIsSet) {
  ServerConfig config;
  config.set_listen("127.0.0.1:1");
  config.mutable_job_poll_interval()->set_nanos(5);
  config.add_providers()->set_name("mine");
  config.mutable_providers(0)->set_auth_header("api-key");
  ApplyDefaults("", config);
  EXPECT_EQ(config.listen(), "127.0.0.1:1");
  EXPECT_EQ(config.job_poll_interval().seconds(), 0);
  EXPECT_EQ(config.providers(0).auth_header(), "api-key");
}

TEST(ConfigDefaultsTest, BaseUrlOfTheFlagIsTheFirstProviders) {
  ServerConfig config;
  config.add_providers()->set_name("first");
  config.add_providers()->set_name("second");
  config.mutable_providers(0)->set_base_url("https://elsewhere/v1");
  ApplyDefaults("http://127.0.0.1:9/v1", config);
  EXPECT_EQ(config.providers(0).base_url(), "http://127.0.0.1:9/v1");
  EXPECT_EQ(config.providers(1).base_url(), "https://api.openai.com/v1");
}

// --- Checks ------------------------------------------------------------------------------------

TEST(ConfigCheckTest, EachBadValueIsNamed) {
  const auto with = [](auto change) {
    ServerConfig config = Defaulted();
    change(config);
    return Refused(config);
  };
  for (const char* address : {"50051", ":50051", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"}) {
    EXPECT_EQ(with([&](auto& c) { c.set_listen(address); }), "listen") << address;
  }
  EXPECT_EQ(with([](auto& c) { c.set_store("mysql"); }), "store");
  EXPECT_EQ(with([](auto& c) { c.set_postgres_connections(-1); }), "postgres_connections");
  EXPECT_EQ(with([](auto& c) { c.mutable_postgres_statement_timeout()->set_seconds(-1); }),
            "postgres_statement_timeout");
  EXPECT_EQ(with([](auto& c) { c.set_sqlite_synchronous("off"); }), "sqlite_synchronous");
  EXPECT_EQ(with([](auto& c) { c.set_default_concurrency(1025); }), "default_concurrency");
  EXPECT_EQ(with([](auto& c) { c.set_default_concurrency(-1); }), "default_concurrency");
  EXPECT_EQ(with([](auto& c) { c.mutable_lease_duration()->set_seconds(1); }), "lease_duration");
  EXPECT_EQ(with([](auto& c) { c.mutable_job_poll_interval()->set_seconds(-1); }),
            "job_poll_interval");
  EXPECT_EQ(with([](auto& c) { c.mutable_job_settle_time()->set_seconds(-1); }), "job_settle_time");
  EXPECT_EQ(with([](auto& c) { c.mutable_limits()->set_max_watches(-1); }), "limits.max_watches");
  EXPECT_EQ(with([](auto& c) { c.mutable_retention()->set_max_events(-1); }),
            "retention.max_events");
  EXPECT_EQ(with([](auto& c) { c.mutable_drain_time()->set_seconds(-1); }), "drain_time");
  EXPECT_EQ(with([](auto& c) { c.mutable_providers(0)->clear_name(); }), "providers.name");
  EXPECT_EQ(with([](auto& c) { *c.add_providers() = c.providers(0); }), "providers.name");
  EXPECT_EQ(with([](auto& c) { c.mutable_providers(0)->set_base_url("api.openai.com"); }),
            "providers.base_url");
}

TEST(ConfigCheckTest, StoreMayBeAPostgresUrl) {
  for (const char* url :
       {"postgres://db.example/tunegate", "postgresql://u@h:1/d?sslmode=require"}) {
    ServerConfig config = Defaulted();
    config.set_store(url);
    EXPECT_EQ(Refused(config), "") << url;
    EXPECT_TRUE(IsPostgres(url));
  }
  EXPECT_FALSE(IsPostgres("sqlite"));
}

TEST(ConfigCheckTest, StoreThatIsRefusedIsNotRepeatedForItsPassword) {
  ServerConfig config = Defaulted();
  config.set_store("mysql://u:secret@h/d");
  EXPECT_THAT(std::string(CheckConfig(config).message()), testing::Not(HasSubstr("secret")));
}

TEST(ConfigCheckTest, LoopbackNeedsNothingMore) {
  for (const char* address : {"127.0.0.1:0", "127.9.9.9:1", "localhost:50051", "[::1]:50051",
                              "unix:/tmp/tunegate.sock"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
    ServerConfig config = Defaulted();
    config.set_listen(address);
    EXPECT_EQ(Refused(config), "") << address;
  }
}

TEST(ConfigCheckTest, BeyondLoopbackTlsAndCallersAreWanted) {
  for (const char* address : {"0.0.0.0:50051", "[::]:50051", "192.168.0.7:1", "example.com:1",
                              "127.example.com:1", "localhost.example.com:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
    ServerConfig config = Defaulted();
    config.set_listen(address);
    EXPECT_EQ(Refused(config), "listen") << address;
    config.mutable_tls()->set_key_file("k");
    EXPECT_EQ(Refused(config), "listen") << "TLS alone keeps nobody out";
    config.add_callers()->set_name("alice");
    EXPECT_EQ(Refused(config), "") << address;
    config.clear_tls();
    EXPECT_EQ(Refused(config), "listen") << "tokens alone can be overheard";
  }
}

TEST(ConfigCheckTest, InsecurePublicMustBeSpeltOut) {
  ServerConfig config = Defaulted();
  config.set_listen("0.0.0.0:1");
  EXPECT_THAT(std::string(CheckConfig(config).message()), HasSubstr("--insecure_public"));
  config.set_insecure_public(true);
  EXPECT_EQ(Refused(config), "");
}

TEST(ConfigCheckTest, HttpBeyondLoopbackNeedsASafeWire) {
  ServerConfig config = Defaulted();
  for (const char* local : {"127.0.0.1:0", "[::1]:9464", "localhost:9464"}) {
    config.set_http_listen(local);
    EXPECT_EQ(Refused(config), "") << local;
  }
  config.set_http_listen("0.0.0.0:9464");
  EXPECT_EQ(Refused(config), "http_listen");
  EXPECT_THAT(std::string(CheckConfig(config).message()), HasSubstr("--insecure_public"));
  config.mutable_tls()->set_certificate_file("server.crt");
  EXPECT_EQ(Refused(config), "");
  config.clear_tls();
  config.set_insecure_public(true);
  EXPECT_EQ(Refused(config), "");
}

TEST(ConfigCheckTest, HttpAddressAndLogFormatAreNamedWhenWrong) {
  ServerConfig config = Defaulted();
  for (const char* bad : {"9464", "unix:/run/tunegate.sock", "127.0.0.1:http", ":9464"}) {
    config.set_http_listen(bad);
    EXPECT_EQ(Refused(config), "http_listen") << bad;
  }
  config.clear_http_listen();
  config.set_log_format("yaml");
  EXPECT_EQ(Refused(config), "log_format");
}

// --- Callers -----------------------------------------------------------------------------------

void AddCaller(ServerConfig& config, const std::string& name, const std::string& token) {
  auto* caller = config.add_callers();
  caller->set_name(name);
  caller->set_token_file(WriteTemporary(token));
}

TEST(ConfigCallersTest, NamesAreKeptByTheTokensDigest) {
  ServerConfig config;
  AddCaller(config, "alice", "alices-long-token\n");
  AddCaller(config, "bob", "  bobs-very-long-token  ");
  const auto callers = ReadCallers(config);
  ASSERT_TRUE(callers.ok()) << callers.status();
  EXPECT_EQ(callers->at(Sha256Hex("alices-long-token")), "alice");
  EXPECT_EQ(callers->at(Sha256Hex("bobs-very-long-token")), "bob");
}

TEST(ConfigCallersTest, NobodyIsConfigured) { EXPECT_TRUE(ReadCallers(ServerConfig())->empty()); }

TEST(ConfigCallersTest, BadTokensAreRefusedAndNeverShown) {
  ServerConfig config;
  AddCaller(config, "alice", "short");
  absl::Status status = ReadCallers(config).status();
  EXPECT_EQ(DetailsOf(status).field_violations[0].first, "callers.token_file");
  EXPECT_EQ(std::string(status.message()).find("short\n"), std::string::npos);

  config.clear_callers();
  AddCaller(config, "alice", "the-same-long-token");
  AddCaller(config, "bob", "the-same-long-token");
  status = ReadCallers(config).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("bob has another caller's token"));
  EXPECT_EQ(std::string(status.message()).find("the-same"), std::string::npos);

  config.clear_callers();
  AddCaller(config, "", "a-token-of-nobody-at-all");
  EXPECT_EQ(DetailsOf(ReadCallers(config).status()).field_violations[0].first, "callers.name");

  config.clear_callers();
  AddCaller(config, "alice", "");
  EXPECT_EQ(DetailsOf(ReadCallers(config).status()).field_violations[0].first,
            "callers.token_file");
}

}  // namespace
}  // namespace tunegate
