#include "client/cli/app.h"

#include "client/cli/testing/cli_test.h"
#include "client/cli/usage.h"
#include "common/errors.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class AppTest : public CliTest {};

TEST_F(AppTest, EndingsHaveTheirExitCodes) {
  EXPECT_EQ(ExitCode(Ending::kDone, false), 0);
  EXPECT_EQ(ExitCode(Ending::kFailed, false), 1);
  EXPECT_EQ(ExitCode(Ending::kNoGo, false), 3);
  EXPECT_EQ(ExitCode(Ending::kInconclusive, false), 4);
  EXPECT_EQ(ExitCode(Ending::kCancelled, false), 5);
  EXPECT_EQ(ExitCode(Ending::kInterrupted, false), 130);
  EXPECT_EQ(ExitCode(UsageError("--x", "no"), false), 2);
  EXPECT_EQ(ExitCode(NotFound("FILE_NOT_FOUND", "no"), false), 1);
}

TEST_F(AppTest, GrpcErrorExitsWithSixtyFourPlusItsCode) {
  server_.On<v1::GetJobRequest>([](const v1::GetJobRequest&) -> absl::StatusOr<v1::GetJobResponse> {
    return NotFound("JOB_NOT_FOUND", "there is no jobs/nov; see tunegate job list");
  });
  const Ran ran = Run({"job", "show", "nov"});
  EXPECT_EQ(ran.code, 64 + 5);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_EQ(ran.err,
            "error: there is no jobs/nov; see tunegate job list (NOT_FOUND, JOB_NOT_FOUND)\n");
}

TEST_F(AppTest, UnreachableServerIsToldInAFewLines) {
  server_.Stop();
  const Ran ran = Run({"job", "cancel", "nov"});
  EXPECT_EQ(ran.code, 64 + 14);
  EXPECT_THAT(ran.err, StartsWith("error: no server answers at " + server_.address()));
  EXPECT_THAT(ran.err, HasSubstr("remedy"));
  EXPECT_LE(Lines(ran.err).size(), 6u);
}

TEST_F(AppTest, ErrorAsJsonGoesToTheErrorStream) {
  server_.On<v1::GetJobRequest>([](const v1::GetJobRequest&) -> absl::StatusOr<v1::GetJobResponse> {
    return InvalidField("name", "expected jobs/ID");
  });
  const Ran ran = Run({"job", "show", "nov", "--output", "json"});
  EXPECT_EQ(ran.code, 64 + 3);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_TRUE(IsJsonLines(ran.err)) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("\"reason\":\"INVALID_FIELD\""));
}

TEST_F(AppTest, UsageErrorsExitWithTwoAndShowTheUsage) {
  const Ran ran = Run({"job", "create", "--train", "nov-train", "--epochs", "many"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, StartsWith("error: --epochs: expected a whole number from 1 to 50, got "
                                  "'many'\nusage: tunegate job create --train DATASET"));
}

TEST_F(AppTest, HelpOfEveryVerbFitsAndExitsWithZero) {
  const Ran ran = Run({"--help"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_LE(WidestLine(ran.out), 100);
  EXPECT_THAT(ran.out, HasSubstr("Exit codes: 0 done or GO"));
  const std::map<std::string, std::vector<std::string>> verbs = {
      {"task", {"infer", "create", "list", "show"}},
      {"dataset", {"generate", "import", "export", "upload", "list", "show", "findings", "delete"}},
      {"job", {"create", "adopt", "list", "show", "watch", "metrics", "cancel", "pause", "resume"}},
      {"eval", {"create", "list", "show", "watch", "results", "report", "cancel", "resume"}},
      {"decision",
       {"create", "list", "show", "override", "forecast", "certificate", "verify", "public-key"}},
      {"workflow", {"run", "list", "show", "watch", "cancel", "resume"}},
      {"event", {"watch", "list"}},
      {"admin", {"info", "pause", "resume"}}};
  for (const auto& [noun, names] : verbs) {
    for (const std::string& verb : names) {
      const Ran help = Run({noun, verb, "--help"});
      EXPECT_EQ(help.code, 0) << noun << " " << verb;
      EXPECT_THAT(help.out, StartsWith("tunegate " + noun + " " + verb));
      EXPECT_LE(WidestLine(help.out), 100) << help.out;
    }
  }
}

TEST_F(AppTest, ServerComesFromTheEnvironmentUnlessNamed) {
  environment_["TUNEGATE_SERVER"] = server_.address();
  server_.On<v1::ListJobsRequest>(
      [](const v1::ListJobsRequest&) { return v1::ListJobsResponse(); });
  EXPECT_EQ(Run({"job", "list"}).code, 0);
}

TEST_F(AppTest, TokenComesFromTheEnvironment) {
  environment_["TUNEGATE_TOKEN"] = "secret";
  server_.On<v1::ListJobsRequest>(
      [](const v1::ListJobsRequest&) { return v1::ListJobsResponse(); });
  EXPECT_EQ(Run({"job", "list"}).code, 0);
  EXPECT_EQ(server_.Calls("JobService/ListJobs").at(0).authorization, "Bearer secret");
}

TEST_F(AppTest, TokenIsNotSentInTheClearAndTheErrorSaysWhy) {
  environment_["TUNEGATE_TOKEN"] = "secret";
  environment_["TUNEGATE_SERVER"] = "tunegate.example:443";
  const Ran ran = Run({"job", "list"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("use --tls"));
  EXPECT_THAT(ran.err, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace tunegate::cli
