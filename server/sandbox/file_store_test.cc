#include "server/sandbox/file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

class FileStoreTest : public ::testing::Test {
 protected:
  FileStoreTest() { RemoveAll(directory_); }
  std::unique_ptr<FileStore> Open() { return *FileStore::Open(directory_, clock_); }

  const std::string directory_ = ::testing::TempDir() + "/file_store_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
};

TEST_F(FileStoreTest, KeepsBytesNameAndTime) {
  auto store = Open();
  const StoredFile file = *store->Create("a.jsonl", "fine-tune", std::string("x\0y", 3));
  EXPECT_EQ(file.bytes, 3);
  EXPECT_EQ(file.created_at, 1000);
  EXPECT_EQ(*store->Content(file.id), std::string("x\0y", 3));
  EXPECT_EQ(store->Get(file.id)->filename, "a.jsonl");
}

TEST_F(FileStoreTest, SurvivesARestartInOrder) {
  std::string first;
  {
    auto store = Open();
    first = store->Create("1", "batch", "one")->id;
    (void)store->Create("2", "batch", "two");
  }
  auto store = Open();
  (void)store->Create("3", "batch", "three");
  std::string names;
  for (const StoredFile& file : store->NewestFirst()) names += file.filename;
  EXPECT_EQ(names, "321");
  EXPECT_EQ(*store->Content(first), "one");
}

TEST_F(FileStoreTest, DeletedFilesAreGoneForGood) {
  auto store = Open();
  const std::string id = store->Create("1", "batch", "one")->id;
  ASSERT_TRUE(store->Delete(id).ok());
  EXPECT_TRUE(absl::IsNotFound(store->Delete(id)));
  EXPECT_TRUE(absl::IsNotFound(store->Content(id).status()));
  EXPECT_TRUE(Open()->NewestFirst().empty());
}

TEST_F(FileStoreTest, IdsCannotLeaveTheDirectory) {
  EXPECT_TRUE(absl::IsNotFound(Open()->Content("../../etc/passwd").status()));
}

TEST_F(FileStoreTest, DamagedRecordsAreReported) {
  (void)Open();
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/x.json", "{").ok());
  EXPECT_FALSE(FileStore::Open(directory_, clock_).ok());
}

}  // namespace
}  // namespace tunegate::sandbox
