#include "client/cli/admin.h"

#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "common/evidence/certificate/signature.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AdminTest : public CliTest {
 protected:
  void AnswerInfo(std::string_view info) {
    const auto response = Proto<v1::GetServerInfoResponse>(info);
    server_.On<v1::GetServerInfoRequest>(
        [response](const v1::GetServerInfoRequest&) { return response; });
  }
};

TEST_F(AdminTest, PauseNeedsAReason) {
  EXPECT_EQ(ParseAs<AdminPause>({"admin", "pause", "--reason", "wrong bills"})->reason,
            "wrong bills");
  EXPECT_THAT(UsageErrorOf({"admin", "pause"}), StartsWith("--reason: missing"));
}

TEST_F(AdminTest, InfoNamesProviderLogAndPause) {
  AnswerInfo(R"(version: "1.0.0" default_provider: "sandbox" provider_is_sandbox: true
                provider_base_url: "http://127.0.0.1:4181/v1" oldest_position: 3
                newest_position: 1841 log_id: "log-1" store: "sqlite" work_paused: true
                work_paused_reason: "wrong bills" start_time { seconds: 1795338000 }
                default_base_model: "sandbox-keyword-1")");
  const Ran ran = Run({"admin", "info"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("1.0.0 at " + server_.address() + ", up 1h 00m"));
  EXPECT_THAT(ran.out, HasSubstr("the sandbox: small local classifiers"));
  EXPECT_THAT(ran.out, HasSubstr("positions 3 to 1841, log log-1"));
  EXPECT_THAT(ran.out, HasSubstr("PAUSED: wrong bills"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate admin resume"));
}

TEST_F(AdminTest, InfoSaysWhichKeySignsDecisions) {
  AnswerInfo(R"(version: "1.0.0")");
  EXPECT_THAT(Run({"admin", "info"}).out, HasSubstr("nothing: decisions are not signed"));
  const auto key = certificates::SigningKey::Generate().public_key();
  v1::GetServerInfoResponse info;
  info.set_decision_public_key(key.ToPem());
  AnswerInfo(info.ShortDebugString());
  EXPECT_THAT(Run({"admin", "info"}).out,
              HasSubstr("Ed25519 key " + key.Fingerprint().substr(0, 12)));
}

TEST_F(AdminTest, InfoAsJsonIsOneObject) {
  AnswerInfo(R"(version: "1.0.0" newest_position: 5)");
  const Ran ran = Run({"admin", "info", "--output", "json"});
  EXPECT_EQ(ran.out, "{\"version\":\"1.0.0\",\"newestPosition\":\"5\"}\n");
}

TEST_F(AdminTest, PauseSendsTheReasonAndSaysHowToGoOn) {
  server_.On<v1::PauseWorkRequest>([](const v1::PauseWorkRequest&) {
    return Proto<v1::PauseWorkResponse>("pause_time { seconds: 1795341600 }");
  });
  const Ran ran = Run({"admin", "pause", "--reason", "wrong bills"});
  EXPECT_EQ(Sent<v1::PauseWorkRequest>().reason(), "wrong bills");
  EXPECT_THAT(ran.out, HasSubstr("2026-11-22 10:00 UTC: wrong bills"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate admin resume"));
}

TEST_F(AdminTest, ResumeIsPassedOn) {
  server_.On<v1::ResumeWorkRequest>(
      [](const v1::ResumeWorkRequest&) { return v1::ResumeWorkResponse(); });
  EXPECT_EQ(Run({"admin", "resume"}).code, 0);
  Sent<v1::ResumeWorkRequest>();
}

TEST_F(AdminTest, CheckOfAHealthyStoreEndsWithZero) {
  server_.On<v1::CheckStoreRequest>([](const v1::CheckStoreRequest&) {
    return Proto<v1::CheckStoreResponse>("resource_count: 7 event_count: 120 blob_count: 1");
  });
  const Ran ran = Run({"admin", "check"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "read 7 resources, 120 events and 1 blob: all is well\n");
}

TEST_F(AdminTest, CheckThatFindsSomethingNamesItAndEndsWithOne) {
  server_.On<v1::CheckStoreRequest>([](const v1::CheckStoreRequest&) {
    return Proto<v1::CheckStoreResponse>(R"(
        diagnoses { check: "store.blob" severity: SEVERITY_ERROR
                    message: "the bytes of datasets/a are gone" remedy: "restore a backup" }
        resource_count: 7 event_count: 120 blob_count: 1)");
  });
  const Ran ran = Run({"admin", "check"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("ERROR    store.blob          the bytes of datasets/a are gone"));
  EXPECT_THAT(ran.out, HasSubstr("restore a backup"));
  EXPECT_THAT(ran.out, HasSubstr("1 thing is wrong"));
}

TEST_F(AdminTest, CompactSaysWhatWent) {
  server_.On<v1::CompactStoreRequest>([](const v1::CompactStoreRequest&) {
    return Proto<v1::CompactStoreResponse>("dropped_events: 3 dropped_blobs: 1 freed_bytes: 4096");
  });
  const Ran ran = Run({"admin", "compact"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("3 old events and 1 blob that nothing named"));
  EXPECT_THAT(ran.out, HasSubstr("4096 bytes"));
}

}  // namespace
}  // namespace tunegate::cli
