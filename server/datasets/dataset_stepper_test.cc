// Uploads that are never repeated by accident, and datasets that go without a trace but their
// digest.
#include "server/datasets/dataset_stepper.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_api.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::datasets {
namespace {

using providers::FakeProvider;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

class DatasetStepperTest : public jobs::JobTest {
 protected:
  DatasetStepperTest() : datasets_(&repository_, &providers_) {}

  absl::Status Upload(const std::string& name = "datasets/train") {
    v1::UploadDatasetRequest request;
    request.set_name(name);
    return datasets_.UploadDataset({}, request).status();
  }
  absl::Status Delete(const std::string& name = "datasets/train") {
    v1::DeleteDatasetRequest request;
    request.set_name(name);
    return datasets_.DeleteDataset({}, request).status();
  }
  v1::Dataset Read(const std::string& name = "datasets/train") {
    v1::GetDatasetRequest request;
    request.set_name(name);
    const auto response = datasets_.GetDataset({}, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->dataset();
  }
  v1::Dataset::ProviderFile FileOf(const std::string& name = "datasets/train") {
    const v1::Dataset dataset = Read(name);
    const auto* file = FindProviderFile(dataset, "fake");
    EXPECT_NE(file, nullptr);
    return file == nullptr ? v1::Dataset::ProviderFile() : *file;
  }

  DatasetApi datasets_;
};

TEST_F(DatasetStepperTest, UploadSendsTheBytesUnderANameThatBearsTheirDigest) {
  ASSERT_TRUE(Upload().ok());
  EXPECT_EQ(FileOf().status(), kUploading);
  RunDue();
  ASSERT_THAT(provider().files(), SizeIs(1));
  const providers::RemoteFile file = provider().files()[0];
  EXPECT_EQ(file.purpose, "fine-tune");
  EXPECT_EQ(file.file_name, RemoteFileName(Read()));
  EXPECT_THAT(file.file_name, HasSubstr(Read().sha256().substr(0, 32)));
  EXPECT_EQ(*provider().ReadFileContent(file.id), "{\"messages\":[]}\n");
  EXPECT_EQ(FileOf().file_id(), file.id);
  EXPECT_EQ(FileOf().status(), "processed") << "the provider's word";
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(DatasetStepperTest, SecondUploadOfWhatIsThereSendsNothing) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 1);
}

TEST_F(DatasetStepperTest, UploadWhoseAnswerWasLostIsFoundAgain) {
  provider().SetPageSize(1);
  provider().FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kDone);
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(FileOf().status(), kUploading);
  provider().AddFile("of others.jsonl", "fine-tune", "x");
  provider().AddFile(RemoteFileName(Read()), "fine-tune", "same name, another size");
  RunFor(absl::Seconds(5));
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
}

TEST_F(DatasetStepperTest, UploadThatNeverArrivedIsSentAgain) {
  provider().FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kNone);
  ASSERT_TRUE(Upload().ok());
  RunFor(absl::Seconds(5));
  EXPECT_EQ(provider().calls("UploadFile"), 2);
  EXPECT_THAT(provider().files(), SizeIs(1));
}

TEST_F(DatasetStepperTest, ProcessThatDiesWhileUploadingFindsTheFileAfterwards) {
  ASSERT_TRUE(Upload().ok());
  store_.before_commit = [this](const store::Transaction&) {
    return provider().calls("UploadFile") > 0 ? Unavailable("STORE_UNAVAILABLE", "dead")
                                              : absl::OkStatus();
  };
  steps_may_fail_ = true;
  RunDue();
  store_.before_commit = nullptr;
  steps_may_fail_ = false;
  clock_.Advance(absl::Seconds(41));  // the dead one's lease runs out
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
}

TEST_F(DatasetStepperTest, BusyProviderIsAskedAgain) {
  provider().FailNext("UploadFile", FakeProvider::HttpError(429, "rate_limit_exceeded", "slow"),
                      Effect::kNone, 3);
  ASSERT_TRUE(Upload().ok());
  RunFor(absl::Seconds(10));
  EXPECT_EQ(provider().calls("UploadFile"), 4);
  EXPECT_EQ(provider().calls("ListFiles"), 0) << "a refusal leaves no doubt";
  EXPECT_THAT(FileOf().file_id(), testing::Not(IsEmpty()));
}

TEST_F(DatasetStepperTest, RefusedUploadIsRecordedWithTheReasonAndMayBeAskedForAgain) {
  provider().FailNext("UploadFile", FakeProvider::HttpError(400, "invalid_file", "too short"));
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(FileOf().status(), kUploadFailed);
  EXPECT_EQ(FileOf().failure().provider_code(), "invalid_file");
  EXPECT_TRUE(NothingIsDue());
  ASSERT_TRUE(Upload().ok());
  EXPECT_FALSE(FileOf().has_failure());
  RunDue();
  EXPECT_EQ(FileOf().status(), "processed");
}

TEST_F(DatasetStepperTest, TestSetsNeverLeave) {
  const absl::Status refused = Upload("datasets/test");
  EXPECT_EQ(DetailsOf(refused).reason, "TEST_NEVER_UPLOADED");
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 0);
}

TEST_F(DatasetStepperTest, DeleteErasesBytesHereAndAtTheProvider) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  const std::string sha256 = Read().sha256();
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_THAT(provider().files(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_.GetBlob(sha256).status()));
  EXPECT_EQ(Read().state(), v1::Dataset::STATE_DELETED);
  EXPECT_EQ(Read().sha256(), sha256) << "the digest is kept";
  EXPECT_TRUE(NothingIsDue());
  EXPECT_EQ(DetailsOf(Upload()).reason, "DATASET_DELETED");
  EXPECT_EQ(DetailsOf(datasets_.ExportFile("datasets/train").status()).reason, "DATASET_DELETED");
}

TEST_F(DatasetStepperTest, BytesThatAnotherDatasetUsesAreKept) {
  AddDataset("datasets/same", v1::Dataset::SPLIT_TRAIN, "{\"messages\":[]}\n");
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_TRUE(store_.GetBlob(Read().sha256()).ok());
  ASSERT_TRUE(Delete("datasets/same").ok());
  RunDue();
  EXPECT_TRUE(absl::IsNotFound(store_.GetBlob(Read().sha256()).status()));
}

TEST_F(DatasetStepperTest, FileThatTheProviderNoLongerHasDoesNotHinderADelete) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  ASSERT_TRUE(provider().DeleteFile(FileOf().file_id()).ok());
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(Read().state(), v1::Dataset::STATE_DELETED);
}

}  // namespace
}  // namespace tunegate::datasets
