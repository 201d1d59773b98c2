#include "server/sandbox/upload_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

class UploadStoreTest : public ::testing::Test {
 protected:
  UploadStoreTest() {
    RemoveAll(directory_);
    files_ = *FileStore::Open(directory_ + "/files", clock_);
    uploads_ = *UploadStore::Open(directory_ + "/uploads", *files_, clock_);
  }
  std::string Part(const std::string& upload, const char* content) {
    return (*uploads_->AddPart(upload, content))["id"].String();
  }
  static std::string Message(const absl::Status& status) { return std::string(status.message()); }

  const std::string directory_ = ::testing::TempDir() + "/upload_store_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<UploadStore> uploads_;
};

TEST_F(UploadStoreTest, JoinsPartsInTheOrderOfCompletion) {
  const std::string id = uploads_->Create("a", "batch", 6)->id;
  const std::string second = Part(id, "two");
  const std::string first = Part(id, "one");
  const Upload done = *uploads_->Complete(id, {first, second});
  EXPECT_EQ(done.status, "completed");
  EXPECT_EQ(*files_->Content(done.file->id), "onetwo");
}

TEST_F(UploadStoreTest, SizesMustAddUp) {
  const std::string id = uploads_->Create("a", "batch", 7)->id;
  const std::string part = Part(id, "one");
  EXPECT_THAT(Message(uploads_->Complete(id, {part}).status()), HasSubstr("7 were announced"));
  EXPECT_THAT(Message(uploads_->Complete(id, {part, part}).status()), HasSubstr("twice"));
  EXPECT_THAT(Message(uploads_->Complete(id, {"part_x"}).status()), HasSubstr("part_x"));
  EXPECT_TRUE(files_->NewestFirst().empty());
}

TEST_F(UploadStoreTest, EndedUploadsTakeNothingMore) {
  const std::string cancelled = uploads_->Create("a", "batch", 1)->id;
  ASSERT_TRUE(uploads_->Cancel(cancelled).ok());
  EXPECT_THAT(Message(uploads_->AddPart(cancelled, "x").status()), HasSubstr("is cancelled"));
  const std::string old = uploads_->Create("a", "batch", 1)->id;
  clock_.Advance(absl::Hours(2));
  EXPECT_THAT(Message(uploads_->AddPart(old, "x").status()), HasSubstr("is expired"));
  EXPECT_TRUE(absl::IsNotFound(uploads_->Cancel("upload_x").status()));
}

}  // namespace
}  // namespace tunegate::sandbox
