// A backup is the archive of one moment; what is unpacked from it is a store that goes on.
#include "server/maintenance/backup.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "common/backup/backup_reader.h"
#include "common/backup/unpack.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/maintenance/maintenance_fixture.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::maintenance {
namespace {

using testing::HasSubstr;

class BackupTest : public MaintenanceFixture {
 protected:
  absl::StatusOr<std::unique_ptr<Backup>> Begin(const store::StopCheck& stop = {}) {
    return Backup::Begin(*caretaker_, "1.0.0", clock_.Now(), stop);
  }
  // The rest of the archive.
  static absl::StatusOr<std::string> Drain(Backup& backup) {
    std::string archive;
    while (true) {
      TG_ASSIGN_OR_RETURN(const std::string piece, backup.Next());
      EXPECT_LE(piece.size(), kBackupPieceBytes);
      if (piece.empty()) return archive;
      archive += piece;
    }
  }
  static backup::ByteSource SourceOf(std::string bytes) {
    return [bytes = std::move(bytes), at = size_t{0}](
               char* buffer, size_t size) mutable -> absl::StatusOr<size_t> {
      const size_t taken = std::min(size, bytes.size() - at);
      bytes.copy(buffer, taken, at);
      at += taken;
      return taken;
    };
  }
};

TEST_F(BackupTest, UnpackedBackupIsAStoreWithEverythingOfThatMoment) {
  const std::string large(700'001, 'x');
  PutDataset("datasets/small", "small");
  PutDataset("datasets/large", large);
  PutDataset("datasets/same", "small");
  NameBytes("datasets/gone", "gone", v1::Dataset::STATE_DELETED);
  auto begun = Begin();
  ASSERT_TRUE(begun.ok()) << begun.status();
  PutDataset("datasets/later", "later");
  const auto archive = Drain(**begun);
  ASSERT_TRUE(archive.ok()) << archive.status();

  const std::string restored = directory_ + "-restored";
  const auto manifest = backup::UnpackBackup(SourceOf(*archive), restored);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->position, 4);
  EXPECT_EQ(manifest->blob_count, 2);
  EXPECT_EQ(manifest->blob_bytes, 700'006);
  EXPECT_EQ(manifest->software_version, "1.0.0");
  EXPECT_EQ(manifest->create_time, clock_.Now());
  options_.data_dir = restored;
  const auto store = store::OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*(*store)->GetBlob(Sha256Hex(large)), large);
  EXPECT_TRUE((*store)->Get("datasets/same").ok());
  EXPECT_TRUE(absl::IsNotFound((*store)->Get("datasets/later").status()));
  EXPECT_NE((*store)->ReadLogInfo()->log_id, store_->ReadLogInfo()->log_id);
}

TEST_F(BackupTest, BytesDeletedWhileItIsReadAreInIt) {
  PutDataset("datasets/a", "a");
  auto begun = Begin();
  ASSERT_TRUE(begun.ok()) << begun.status();
  ASSERT_TRUE(store_->DeleteBlob(Sha256Hex("a"), [] { return false; }).ok());
  const auto archive = Drain(**begun);
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_TRUE(backup::ReadBackup(SourceOf(*archive), nullptr).ok());
}

TEST_F(BackupTest, BytesThatAreMissingOrDamagedAreToldInPlaceOfAHollowBackup) {
  PutDataset("datasets/a", "a");
  std::ofstream(BlobFile("a")) << "b";
  auto begun = Begin();
  ASSERT_TRUE(begun.ok()) << begun.status();
  absl::Status status = Drain(**begun).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(Sha256Hex("a")));
  begun->reset();
  std::filesystem::remove(BlobFile("a"));
  status = Begin().status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("tunegate admin check"));
}

TEST_F(BackupTest, NothingOfItStaysWhenItIsGivenUp) {
  PutDataset("datasets/a", std::string(1'000'000, 'a'));
  auto begun = Begin();
  ASSERT_TRUE(begun.ok()) << begun.status();
  ASSERT_TRUE((*begun)->Next().ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/backup.part"));
  begun->reset();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/backup.part"));
}

TEST_F(BackupTest, NobodyWaitingStopsIt) {
  PutDataset("datasets/a", "a");
  int stopped_at = 0;
  while (true) {
    ++stopped_at;
    std::atomic<int> asked{0};
    const absl::Status status = Begin([&] { return ++asked >= stopped_at; }).status();
    if (status.ok()) break;
    EXPECT_TRUE(absl::IsCancelled(status)) << stopped_at << ": " << status;
    EXPECT_FALSE(std::filesystem::exists(directory_ + "/backup.part"));
  }
  EXPECT_GT(stopped_at, 3) << "asked again and again";
}

}  // namespace
}  // namespace tunegate::maintenance
