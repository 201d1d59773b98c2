#include "client/cli/admin.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "client/cli/testing/cli_test.h"
#include "common/backup/test_backup.h"
#include "common/digest.h"
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
    return Proto<v1::CheckStoreResponse>(
        "resource_count: 7 event_count: 120 row_count: 52 blob_count: 1");
  });
  const Ran ran = Run({"admin", "check"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "read 7 resources, 120 events, 52 rows and 1 blob: all is well\n");
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

class BackupTest : public AdminTest {
 protected:
  // The server sends this archive in pieces, and then the status.
  void AnswerBackup(const std::string& archive, absl::Status status = absl::OkStatus()) {
    server_.OnStream("AdminService/CreateBackup", [=](const client::FakeCall&) {
      client::FakeReply reply;
      for (size_t at = 0; at < archive.size(); at += 1000) {
        v1::CreateBackupResponse response;
        response.set_chunk(archive.substr(at, 1000));
        reply.messages.push_back(response.SerializeAsString());
      }
      reply.status = status;
      return reply;
    });
  }
  // Names in the test's folder.
  std::vector<std::string> Remains() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  static std::string ContentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  BackupTest() { std::filesystem::create_directories(folder_); }

  const std::string folder_ = testing::TempDir() + "/admin-backup-" + RandomHex(8);
  const std::string file_ = folder_ + "/monday.tar";
  const std::string directory_ = folder_ + "/data";
  const std::string archive_ = backup::MakeBackup("database", {"one", "two"});
};

TEST_F(BackupTest, BackupIsWrittenWholeForItsOwnerOnly) {
  AnswerBackup(archive_);
  const Ran ran = Run({"admin", "backup", file_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ContentOf(file_), archive_);
  EXPECT_THAT(ran.out, HasSubstr("1,841"));
  EXPECT_THAT(ran.out, HasSubstr("2 blobs"));
  EXPECT_THAT(ran.out, HasSubstr("admin restore"));
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(Remains().size(), 1u);
}

TEST_F(BackupTest, FileThatIsThereIsReplacedOnlyWhenToldTo) {
  AnswerBackup(archive_);
  std::ofstream(file_) << "precious";
  const Ran refused = Run({"admin", "backup", file_});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(ContentOf(file_), "precious");
  EXPECT_EQ(Run({"admin", "backup", file_, "--force"}).code, 0);
  EXPECT_EQ(ContentOf(file_), archive_);
}

TEST_F(BackupTest, BackupThatBreaksOffOrIsDamagedLeavesNothing) {
  AnswerBackup(archive_.substr(0, 2000), Unavailable("SERVER_DRAINING", "the server stops"));
  EXPECT_EQ(Run({"admin", "backup", file_}).code, 64 + 14);
  AnswerBackup(archive_.substr(0, 3000));
  const Ran ran = Run({"admin", "backup", file_});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("cut off"));
  EXPECT_TRUE(Remains().empty());
}

TEST_F(BackupTest, ServersOwnRefusalIsTold) {
  AnswerBackup("", FailedPrecondition("NOT_HERE", "use pg_dump"));
  const Ran ran = Run({"admin", "backup", file_});
  EXPECT_EQ(ran.code, 64 + 9);
  EXPECT_THAT(ran.err, HasSubstr("use pg_dump"));
  EXPECT_TRUE(Remains().empty());
}

TEST_F(BackupTest, RestoreMakesADataDirectoryAndSaysWhatIsNext) {
  const std::string file = WriteFile("restore.tar", archive_);
  const Ran ran = Run({"admin", "restore", file, "--data_dir", directory_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ContentOf(directory_ + "/tunegate.db"), "database");
  EXPECT_THAT(ran.out, HasSubstr("decision_key.pem"));
  EXPECT_THAT(ran.out, HasSubstr("OUT_OF_RANGE"));
  EXPECT_THAT(ran.out, HasSubstr("tunegated"));
  EXPECT_TRUE(server_.Calls("AdminService/CreateBackup").empty());
  EXPECT_EQ(Run({"admin", "restore", file, "--data_dir", directory_}).code, 1) << "not empty now";
}

TEST_F(BackupTest, DamagedArchiveRestoresNothing) {
  std::string damaged = archive_;
  damaged[damaged.rfind("database")] = 'D';
  const std::string file = WriteFile("damaged.tar", damaged);
  const Ran ran = Run({"admin", "restore", file, "--data_dir", directory_});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("tunegate.db"));
  EXPECT_TRUE(Remains().empty());
  EXPECT_EQ(Run({"admin", "restore", folder_ + "/none.tar", "--data_dir", directory_}).code, 1);
  EXPECT_THAT(UsageErrorOf({"admin", "restore", file}), StartsWith("--data_dir: missing"));
}

TEST_F(BackupTest, BackupAndRestoreAsJsonAreOneObjectEach) {
  AnswerBackup(archive_);
  const Ran made = Run({"admin", "backup", file_, "--output", "json"});
  EXPECT_THAT(made.out, HasSubstr("\"position\":\"1841\""));
  EXPECT_TRUE(IsJsonLines(made.out));
  const Ran restored =
      Run({"admin", "restore", file_, "--data_dir", directory_, "--output", "json"});
  EXPECT_THAT(restored.out, HasSubstr("\"blobCount\":\"2\""));
  EXPECT_TRUE(IsJsonLines(restored.out));
}

}  // namespace
}  // namespace tunegate::cli
