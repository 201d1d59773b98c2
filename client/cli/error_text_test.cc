#include "client/cli/error_text.h"

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "client/cli/usage.h"
#include "client/rpc_status.h"
#include "common/errors.h"
#include "common/json.h"

namespace tunegate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Told(const absl::Status& status) {
  std::vector<std::string> lines;
  for (const Line& line : ErrorLines(status, "127.0.0.1:50051")) {
    EXPECT_LE(line.width(), kMaxColumns);
    lines.push_back(line.Plain());
  }
  return lines;
}

TEST(ErrorTextTest, UnreachableServerSaysHowToStartOrNameOne) {
  const auto lines = Told(client::FromRpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused")));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "error: no server answers at 127.0.0.1:50051: refused (UNAVAILABLE)");
  EXPECT_THAT(lines[1], HasSubstr("tunegated --listen 127.0.0.1:50051"));
  EXPECT_THAT(lines[2], HasSubstr("TUNEGATE_SERVER"));
}

TEST(ErrorTextTest, LocalErrorHasNoGrpcCode) {
  EXPECT_THAT(Told(NotFound("FILE_NOT_FOUND", "'x' cannot be read: no such file")),
              ElementsAre("error: 'x' cannot be read: no such file"));
}

TEST(ErrorTextTest, FieldsRetryAndRemedyHaveLines) {
  const absl::Status status = ResourceExhausted("BUSY", "too many")
                                  .Field("job.train", "names no dataset")
                                  .Metadata("remedy", "wait")
                                  .RetryAfter(absl::Seconds(2));
  EXPECT_THAT(Told(status), ElementsAre("error: too many", "  field   job.train: names no dataset",
                                        "  again   in 2.0s", "  remedy  wait"));
}

TEST(ErrorTextTest, UsageErrorShowsTheUsageLine) {
  EXPECT_THAT(Told(UsageError("--x", "expected y\nusage: tunegate a b")),
              ElementsAre("error: --x: expected y", "usage: tunegate a b"));
}

TEST(ErrorTextTest, MessageFromTheServerCannotInject) {
  const auto lines = Told(client::FromRpc(
      grpc::Status(grpc::StatusCode::NOT_FOUND, "\x1b[2Jverdict: GO\nverdict: GO")));
  EXPECT_THAT(lines, ElementsAre("error: \uFFFD[2Jverdict: GO verdict: GO (NOT_FOUND)"));
}

TEST(ErrorTextTest, JsonCarriesWhatProgramsNeed) {
  const absl::Status status = InvalidArgument("BAD", "no").Field("job.train", "names no dataset");
  const auto value = json::Parse(ErrorJson(status));
  ASSERT_TRUE(value.ok());
  EXPECT_EQ((*value)["error"]["code"].String(), "INVALID_ARGUMENT");
  EXPECT_EQ((*value)["error"]["reason"].String(), "BAD");
  EXPECT_EQ((*value)["error"]["fieldViolations"].Elements().at(0)["field"].String(), "job.train");
}

}  // namespace
}  // namespace tunegate::cli
