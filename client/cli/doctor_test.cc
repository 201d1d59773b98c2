#include "client/cli/doctor.h"

#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class DoctorTest : public CliTest {
 protected:
  void Answer(std::string_view diagnoses) {
    const auto response = Proto<v1::DiagnoseResponse>(diagnoses);
    server_.On<v1::DiagnoseRequest>([response](const v1::DiagnoseRequest&) { return response; });
  }
};

constexpr char kKeyRejected[] = R"pb(
  diagnoses {
    check: "provider.key"
    severity: SEVERITY_ERROR
    message: "provider 'openai' answered HTTP 401 (https://api.openai.com/v1)"
    remedy: "give the server a valid key and restart it"
  })pb";
constexpr char kClock[] = R"(
    diagnoses { check: "clock.skew" severity: SEVERITY_WARNING message: "is 40 seconds behind"
                remedy: "run an NTP client" })";
constexpr char kDisk[] = R"(
    diagnoses { check: "disk.space" severity: SEVERITY_OK message: "50.0 GiB are free" })";

TEST_F(DoctorTest, NeedsNoVerb) {
  EXPECT_NE(ParseAs<Doctor>({"doctor"}), nullptr);
  EXPECT_NE(ParseAs<Doctor>({"doctor", "--output", "json"}), nullptr);
  EXPECT_THAT(UsageErrorOf({"doctor", "show"}), StartsWith("'show' was not expected here"));
  EXPECT_THAT(Run({"doctor", "--help"}).out, StartsWith("tunegate doctor\n"));
  EXPECT_THAT(Run({"--help"}).out, HasSubstr("What is wrong with the server"));
}

TEST_F(DoctorTest, HealthyServerEndsWithZero) {
  Answer(kDisk);
  const Ran ran = Run({"doctor"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "ok       disk.space          50.0 GiB are free\nall is well\n");
}

TEST_F(DoctorTest, WarningsAloneNeedNobody) {
  Answer(std::string(kClock) + kDisk);
  const Ran ran = Run({"doctor"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("warning  clock.skew          is 40 seconds behind\n"
                                 "           remedy            run an NTP client\n"));
  EXPECT_THAT(ran.out, HasSubstr("nobody is needed; 1 warning\n"));
}

TEST_F(DoctorTest, ErrorsEndWithOneAndSayWhatToDo) {
  Answer(std::string(kKeyRejected) + kClock + kDisk);
  const Ran ran = Run({"doctor"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("ERROR    provider.key"));
  EXPECT_THAT(ran.out, HasSubstr("give the server a valid key"));
  EXPECT_THAT(ran.out, HasSubstr("a person is needed: 1 error, 1 warning\n"));
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST_F(DoctorTest, JsonIsTheAnswerAndTheExitCodeTheSame) {
  Answer(kKeyRejected);
  const Ran ran = Run({"doctor", "--output", "json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(IsJsonLines(ran.out));
  EXPECT_THAT(ran.out, HasSubstr("\"severity\":\"SEVERITY_ERROR\""));
}

TEST_F(DoctorTest, ServerThatIsDownIsADiagnosisOfItsOwn) {
  server_.Stop();
  const Ran ran = Run({"doctor"});
  EXPECT_EQ(ran.code, 1) << "not a gRPC error: it is what was asked about";
  EXPECT_THAT(ran.out, StartsWith("ERROR    server.answer"));
  EXPECT_THAT(ran.out, HasSubstr("no server answers at"));
  EXPECT_THAT(ran.out, HasSubstr("start it"));
  const Ran json = Run({"doctor", "--output", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_TRUE(IsJsonLines(json.out));
  EXPECT_THAT(json.out, HasSubstr("\"check\":\"server.answer\""));
}

TEST_F(DoctorTest, ServerThatRefusesUsSaysHowToGetIn) {
  server_.On<v1::DiagnoseRequest>(
      [](const v1::DiagnoseRequest&) -> absl::StatusOr<v1::DiagnoseResponse> {
        return Unauthenticated("TOKEN_MISSING", "this server wants a token");
      });
  const Ran ran = Run({"doctor"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("set TUNEGATE_TOKEN"));
}

}  // namespace
}  // namespace tunegate::cli
