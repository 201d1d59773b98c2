// Entries are one line, in either format, and never hold a secret.
#include "common/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kTime = absl::FromUnixMillis(1'700'000'000'123);

std::string Text(std::string_view message, Fields fields = {}) {
  return FormatEntry(Format::kText, kTime, Level::kInfo, message, fields);
}

// What `body` writes to stderr.
template <typename Body>
std::string CaptureStderr(Body body) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/stderr";
  const int saved = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  dup2(file, STDERR_FILENO);
  close(file);
  body();
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

TEST(FormatEntryTest, TextHasTimeLevelMessageAndFields) {
  EXPECT_EQ(Text("job created", {{"resource", "jobs/x"}, {"count", 3}, {"note", "two words"}}),
            "2023-11-14T22:13:20.123Z INFO job created resource=jobs/x count=3 note=\"two words\"");
}

TEST(FormatEntryTest, JsonIsOneObject) {
  EXPECT_EQ(FormatEntry(Format::kJson, kTime, Level::kWarning, "slow \"disk\"",
                        {{"ms", 12.5}, {"level", "mine"}}),
            R"({"time":"2023-11-14T22:13:20.123Z","level":"WARNING","message":"slow \"disk\"",)"
            R"("ms":12.5,"field.level":"mine"})");
}

TEST(FormatEntryTest, ScopesFieldsAreOnEveryEntryOfTheirThread) {
  const Scope call({{"request_id", "r-1"}, {"resource", "jobs/x"}});
  EXPECT_THAT(Text("one"), EndsWith("INFO one resource=jobs/x request_id=r-1"));
  {
    const Scope step({{"resource", "jobs/y"}, {"attempt", 2}});
    EXPECT_THAT(Text("two", {{"n", 1}}),
                EndsWith("INFO two n=1 attempt=2 resource=jobs/y request_id=r-1"));
    EXPECT_THAT(Text("three", {{"resource", "jobs/z"}}),
                EndsWith("INFO three resource=jobs/z attempt=2 request_id=r-1"));
  }
  EXPECT_THAT(Text("four"), EndsWith("INFO four resource=jobs/x request_id=r-1"));
  std::thread([] { EXPECT_THAT(Text("five"), EndsWith("INFO five")); }).join();
}

TEST(FormatEntryTest, ScopeOfAnyBytesLeavesJsonThatParsesAndNoSecret) {
  const Scope scope({{"request_id", "a\"\n\xff sk-aaaabbbbcccc"}, {"api_key", "hunter2"}});
  const std::string entry = FormatEntry(
      Format::kJson, kTime, Level::kError, "it \x01 broke: whsec_MfKQ9r8GKYqrTwjUPD8I+/=",
      {{"headers", json::Object({{"Authorization", "tok3n"}, {"webhook", "whsec_c2VjcmV0"}})},
       {"list", json::Array({"Bearer abc.def", 1.5, json::Value()})}});
  const auto parsed = json::Parse(entry);
  ASSERT_TRUE(parsed.ok()) << parsed.status() << entry;
  EXPECT_EQ((*parsed)["api_key"].StringOr(""), "***");
  EXPECT_EQ((*parsed)["headers"]["Authorization"].StringOr(""), "***");
  EXPECT_EQ((*parsed)["headers"]["webhook"].StringOr(""), "whsec_***");
  EXPECT_EQ((*parsed)["list"].Elements()[0].StringOr(""), "Bearer ***");
  for (const char* secret : {"aaaabbbb", "hunter2", "tok3n", "MfKQ9", "c2Vj", "abc.def"}) {
    EXPECT_THAT(entry, Not(HasSubstr(secret)));
  }
  EXPECT_EQ(entry.find_first_of("\n\x01"), entry.npos);
}

TEST(FormatEntryTest, ControlCharactersCannotBreakTheLine) {
  const std::string entry = Text("a\nINFO forged\x1b[31m", {{"k\n", "v\nw"}, {"del", "\x7f"}});
  EXPECT_EQ(entry.find_first_of("\n\x1b\x7f"), entry.npos);
  EXPECT_THAT(entry, HasSubstr(R"(a\nINFO forged\u001b[31m)"));
  EXPECT_THAT(entry, HasSubstr(R"(="v\nw")"));
}

TEST(FormatEntryTest, IllFormedTextIsMended) {
  EXPECT_THAT(Text("a\xFF"), HasSubstr("a\xEF\xBF\xBD"));
}

TEST(FormatEntryTest, SecretsAreMaskedWhereverTheyStand) {
  for (const Format format : {Format::kText, Format::kJson}) {
    const std::string entry = FormatEntry(
        format, kTime, Level::kError, "sent sk-aaaabbbbcccc1234",
        {{"OPENAI_API_KEY", 1234567},
         {"body", json::Object({{"password", "hunter2"}, {"list", json::Array({"Bearer tok3n"})}})},
         {"url", "postgres://me:s3cret@db/x"}});
    for (const char* secret : {"aaaabbbb", "1234567", "hunter2", "tok3n", "s3cret"}) {
      EXPECT_THAT(entry, Not(HasSubstr(secret)));
    }
  }
}

TEST(RedactTest, MasksKeysAndKeepsTheRest) {
  EXPECT_EQ(Redact("key sk-proj-Abc_123-xyz."), "key sk-***.");
  EXPECT_EQ(Redact("Authorization: Bearer abc.def"), "Authorization: Bearer ***");
  EXPECT_EQ(Redact("authorization: BASIC dXNlcjpwYXNz"), "authorization: BASIC ***");
  EXPECT_EQ(Redact("api-key: 0123abcd, next"), "api-key: ***, next");
  EXPECT_EQ(Redact(R"({"x-api-key":"0123abcd","n":1})"), R"({"x-api-key":"***","n":1})");
  EXPECT_EQ(Redact(R"({\"api_key\":\"0123\"})"), R"({\"api_key\":\"***\"})");
  EXPECT_EQ(Redact("OPENAI_API_KEY=abc tail"), "OPENAI_API_KEY=*** tail");
  EXPECT_EQ(Redact("https://me:pw@host/path?x=1"), "https://me:***@host/path?x=1");
  EXPECT_EQ(Redact("sk-aaaaaaaa,sk-bbbbbbbb"), "sk-***,sk-***");
  EXPECT_EQ(Redact("secret whsec_a+b/c== tail"), "secret whsec_*** tail");
}

TEST(RedactTest, LeavesOrdinaryTextAlone) {
  for (const char* text :
       {"", "task-description-of-a-job", "risk-assessment-long", "sk-short", "basic usage",
        "the api-key is missing", "http://host:80/a@b", "forgot password", "año 𝄞"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(RedactTest, IsIdempotent) {
  const std::string once = Redact("api-key: abc sk-aaaabbbbcccc https://a:b@c Bearer x");
  EXPECT_EQ(Redact(once), once);
}

TEST(LogTest, WritesFromTheMinimumLevelUp) {
  const FakeClock clock(kTime);
  Configure({.minimum = Level::kWarning, .format = Format::kText, .clock = &clock});
  const std::string written = CaptureStderr([] {
    Debug("one");
    Info("two");
    Warning("three {} %d", {{"k", "v"}});
    Error("four");
  });
  Configure({});
  EXPECT_EQ(written,
            "2023-11-14T22:13:20.123Z WARNING three {} %d k=v\n"
            "2023-11-14T22:13:20.123Z ERROR four\n");
}

TEST(LogTest, EntriesOfManyThreadsDoNotMix) {
  const FakeClock clock(kTime);
  Configure({.clock = &clock});
  const std::string written = CaptureStderr([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        for (int j = 0; j < 100; ++j) Info("the same entry");
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  Configure({});
  std::istringstream lines(written);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_EQ(line, "2023-11-14T22:13:20.123Z INFO the same entry");
  }
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace tunegate::log
