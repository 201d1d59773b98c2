// A backup is unpacked whole or not at all, and whatever is not as it was written is told.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/backup/backup_reader.h"
#include "common/backup/manifest.h"
#include "common/backup/test_backup.h"
#include "common/backup/unpack.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::backup {
namespace {

using testing::HasSubstr;

const std::string kDatabase(5000, 'd');

std::string Reason(const absl::Status& status) { return DetailsOf(status).reason; }
absl::Status Check(const std::string& archive) {
  return ReadBackup(SourceOf(archive), nullptr).status();
}
std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class BackupTest : public testing::Test {
 protected:
  BackupTest() { std::filesystem::create_directories(parent_); }

  absl::StatusOr<Manifest> Unpack(const std::string& archive) {
    return UnpackBackup(SourceOf(archive), directory_);
  }
  // Names in the folder where the restore happens.
  int Remains() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(parent_)) ++count;
    return count;
  }

  const std::string parent_ = testing::TempDir() + "/unpack-" + RandomHex(8);
  const std::string directory_ = parent_ + "/data";
  const std::string archive_ = MakeBackup(kDatabase, {"one", "two", "three"});
};

TEST_F(BackupTest, ManifestReadsBackAsItWasWritten) {
  const Manifest written = MakeManifest(kDatabase, {"one", "two"});
  const auto read = ParseManifest(WriteManifest(written));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->software_version, "1.2.3");
  EXPECT_EQ(read->schema_version, 4);
  EXPECT_EQ(read->create_time, written.create_time);
  EXPECT_EQ(read->position, 1841);
  EXPECT_EQ(read->database_sha256, Sha256Hex(kDatabase));
  EXPECT_EQ(read->blob_count, 2);
  EXPECT_EQ(read->blob_bytes, 6);
}

TEST_F(BackupTest, NewerFormatNamesTheProgramThatMadeIt) {
  std::string text = WriteManifest(MakeManifest(kDatabase, {}));
  text.replace(text.find("\"format\": 1"), 11, "\"format\": 2");
  const absl::Status status = ParseManifest(text).status();
  EXPECT_EQ(Reason(status), "BACKUP_TOO_NEW") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("(1.2.3)"));
}

TEST_F(BackupTest, ChangedManifestIsTold) {
  std::string text = WriteManifest(MakeManifest(kDatabase, {}));
  text.replace(text.find("1841"), 4, "1842");
  EXPECT_EQ(Reason(ParseManifest(text).status()), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(ParseManifest("no JSON").status()), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(ParseManifest("{}").status()), "BACKUP_DAMAGED");
}

TEST_F(BackupTest, BackupBecomesADataDirectory) {
  const auto manifest = Unpack(archive_);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->position, 1841);
  EXPECT_EQ(ContentOf(directory_ + "/tunegate.db"), kDatabase);
  for (const char* bytes : {"one", "two", "three"}) {
    EXPECT_EQ(ContentOf(directory_ + "/" + BlobName(Sha256Hex(bytes))), bytes);
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/manifest.json"));
  EXPECT_EQ(Remains(), 1);
}

TEST_F(BackupTest, EmptyDirectoryIsFilledAndATrailingSlashDoesNoHarm) {
  std::filesystem::create_directories(directory_);
  EXPECT_TRUE(UnpackBackup(SourceOf(archive_), directory_ + "/").ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/tunegate.db"));
}

TEST_F(BackupTest, DirectoryInUseIsLeftAlone) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ + "/mine") << "mine";
  EXPECT_EQ(Reason(Unpack(archive_).status()), "DATA_DIR_NOT_EMPTY");
  EXPECT_EQ(ContentOf(directory_ + "/mine"), "mine");
  EXPECT_EQ(Remains(), 1);
}

TEST_F(BackupTest, RestoreThatWasKilledIsNamed) {
  std::filesystem::create_directories(directory_ + ".part");
  const absl::Status status = Unpack(archive_).status();
  EXPECT_EQ(Reason(status), "RESTORE_UNDER_WAY");
  EXPECT_THAT(std::string(status.message()), HasSubstr("rm -r " + directory_ + ".part"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + ".part"));
}

TEST_F(BackupTest, MissingParentIsNamed) {
  const absl::Status status = UnpackBackup(SourceOf(archive_), parent_ + "/not/there").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("No such file or directory"));
}

TEST_F(BackupTest, BackupCutAnywhereIsToldAndLeavesNothing) {
  // The last 1,024 bytes are the archive's end, without which it is whole all the same.
  for (size_t size = 0; size < archive_.size() - 1024; size += 511) {
    EXPECT_EQ(Reason(Unpack(archive_.substr(0, size)).status()), "BACKUP_DAMAGED") << size;
  }
  EXPECT_EQ(Remains(), 0);
}

TEST_F(BackupTest, ChangedByteAnywhereIsTold) {
  int found = 0;
  for (size_t at = 0; at < archive_.size() - 1024; at += 97) {
    std::string changed = archive_;
    changed[at] = static_cast<char>(changed[at] ^ 0x04);
    const absl::Status status = Check(changed);
    if (!status.ok()) ++found;
    // What is between the files belongs to none.
    const bool is_filling = archive_[at] == '\0';
    EXPECT_TRUE(!status.ok() || is_filling) << at;
  }
  EXPECT_GT(found, 50);
}

TEST_F(BackupTest, NamesThatLeadElsewhereAreRefused) {
  const std::string manifest = WriteManifest(MakeManifest(kDatabase, {"x"}));
  for (const std::string name :
       {"../evil", "/etc/evil", "blobs/../../evil", "tunegate.db", "decision_key.pem",
        "blobs/2d/2D711642B726B04401627CA9FBAC32F5C8530FB1903CC4DB02258717921A4881"}) {
    const std::string archive =
        MakeTar({{kManifestName, manifest}, {kDatabaseName, kDatabase}, {name, "x"}});
    const absl::Status status = Unpack(archive).status();
    EXPECT_EQ(Reason(status), "BACKUP_DAMAGED") << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(name));
  }
  EXPECT_EQ(Remains(), 0);
}

TEST_F(BackupTest, BlobThatIsMissingOrTwiceOrForeignIsTold) {
  const std::string manifest = WriteManifest(MakeManifest(kDatabase, {"x"}));
  const std::pair<std::string, std::string> first{kManifestName, manifest};
  const std::pair<std::string, std::string> second{kDatabaseName, kDatabase};
  const std::pair<std::string, std::string> blob{BlobName(Sha256Hex("x")), "x"};
  const std::pair<std::string, std::string> other{BlobName(Sha256Hex("y")), "y"};
  EXPECT_TRUE(Check(MakeTar({first, second, blob})).ok());
  EXPECT_EQ(Reason(Check(MakeTar({first, second}))), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(Check(MakeTar({first, second, blob, blob}))), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(Check(MakeTar({first, second, other}))), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(Check(MakeTar({second, first, blob}))), "BACKUP_DAMAGED");
  EXPECT_EQ(Reason(Check(MakeTar({first, {kDatabaseName, kDatabase + "d"}, blob}))),
            "BACKUP_DAMAGED");
}

}  // namespace
}  // namespace tunegate::backup
