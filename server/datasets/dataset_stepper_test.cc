// Uploads that are never repeated by accident, and leave nothing twice.
#include "server/datasets/dataset_stepper.h"

#include <memory>
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_fixture.h"
#include "server/datasets/dataset_staging.h"
#include "server/datasets/remote_copies.h"

namespace tunegate::datasets {
namespace {

using providers::FakeProvider;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Effect = FakeProvider::Effect;

using DatasetStepperTest = DatasetTest;

// With a second provider: "another".
class TwoProvidersTest : public DatasetTest {
 protected:
  TwoProvidersTest() { steppers_["datasets"] = &stepper_; }

  void Ask(const std::string& provider) {
    const auto ask = [&](auto& stored, store::Transaction& transaction) {
      return RequestUpload(repository_, provider, /*waiter=*/"", stored, transaction);
    };
    ASSERT_TRUE(repository_.Update<store::v1::DatasetRecord>("datasets/train", ask).ok());
  }

  const std::shared_ptr<FakeProvider> another_ = std::make_shared<FakeProvider>(&clock_, "another");
  const providers::ProviderSet both_{
      std::vector<providers::ConfiguredProvider>{{provider_}, {another_}}};
  DatasetStepper stepper_{&repository_, &both_};
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
  RunFor(kSettleTime + absl::Seconds(5));
  EXPECT_EQ(provider().calls("UploadFile"), 2);
  EXPECT_THAT(provider().files(), SizeIs(1));
}

TEST_F(DatasetStepperTest, UploadOfBytesThatAreGoneSaysSoAndWaitsForThem) {
  const auto nobody = [] { return absl::StatusOr<bool>(false); };
  ASSERT_TRUE(store_.DeleteBlob(Read().sha256(), nobody).ok());
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 0);
  EXPECT_THAT(EventsOf("datasets/train").back().message(), HasSubstr("will be tried again"));
  AddDataset("datasets/again", v1::Dataset::SPLIT_TRAIN, kTrainBytes);
  RunFor(absl::Minutes(1));
  EXPECT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(FileOf().status(), "processed");
}

TEST_F(DatasetStepperTest, UploadInDoubtIsNotSentAgainBeforeTheListHasSettled) {
  LoseAnUpload();
  provider().HideFileFromLists(provider().files()[0].id, true);
  RunFor(kSettleTime - absl::Seconds(3));
  EXPECT_EQ(FileOf().status(), kUploading);
  provider().HideFileFromLists(provider().files()[0].id, false);
  RunFor(absl::Seconds(2));
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
  EXPECT_EQ(provider().calls("UploadFile"), 1);
}

TEST_F(DatasetStepperTest, TwinThatIsListedTooLateIsDeleted) {
  LoseAnUpload();
  const std::string first = provider().files()[0].id;
  provider().HideFileFromLists(first, true);
  RunFor(kSettleTime + absl::Seconds(2));
  ASSERT_THAT(provider().files(), SizeIs(2)) << "the list had none";
  EXPECT_EQ(FileOf().file_id(), provider().files()[1].id);
  provider().HideFileFromLists(first, false);
  RunFor(kSettleTime + absl::Seconds(2));
  ASSERT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(DatasetStepperTest, TwinsAreLookedForAgainAfterTrouble) {
  LoseAnUpload();
  provider().AddFile(RemoteFileName(Read()), "fine-tune", kTrainBytes);
  RunFor(absl::Seconds(1));
  const std::string kept = FileOf().file_id();
  EXPECT_THAT(provider().files(), SizeIs(1)) << "at once";
  clock_.Advance(kSettleTime);
  provider().AddFile(RemoteFileName(Read()), "fine-tune", kTrainBytes);
  provider().FailNext("ListFiles", FakeProvider::HttpError(503, "", "overloaded"));
  RunFor(absl::Minutes(2));
  ASSERT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(provider().files()[0].id, kept);
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(DatasetStepperTest, ListThatIsRefusedLeavesTheDoubt) {
  LoseAnUpload();
  provider().FailNext("ListFiles", FakeProvider::HttpError(429, "rate_limit_exceeded", "slow"));
  RunFor(absl::Seconds(10));
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
}

TEST_F(DatasetStepperTest, UploadThatIsAskedForAgainAfterADoubtFindsItsFile) {
  LoseAnUpload();
  provider().FailNext("ListFiles", FakeProvider::HttpError(401, "invalid_api_key", "revoked"));
  RunFor(absl::Seconds(2));
  EXPECT_EQ(FileOf().failure().reason(), "KEY_REJECTED");
  EXPECT_TRUE(NothingIsDue());
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
}

TEST_F(DatasetStepperTest, DatasetsWithEqualBytesMayShareAFile) {
  AddDataset("datasets/same", v1::Dataset::SPLIT_TRAIN, kTrainBytes);
  ASSERT_TRUE(Upload("datasets/same").ok());
  RunDue();
  clock_.Advance(absl::Seconds(1));
  LoseAnUpload();
  RunFor(kSettleTime + absl::Seconds(2));
  ASSERT_THAT(provider().files(), SizeIs(1)) << "what nobody names is a twin";
  EXPECT_EQ(FileOf().file_id(), provider().files()[0].id);
  EXPECT_EQ(FileOf("datasets/same").file_id(), provider().files()[0].id);
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

TEST_F(DatasetStepperTest, ProcessThatWasHeldUpBeforeItsUploadDoesNotSendIt) {
  ASSERT_TRUE(Upload().ok());
  store_.before_commit = [&, held_up = false](const store::Transaction& transaction) mutable {
    if (!held_up && transaction.keep_lease) {
      held_up = true;
      clock_.Advance(absl::Seconds(10));
    }
    return absl::OkStatus();
  };
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), 0);
  RunFor(absl::Seconds(10));
  EXPECT_EQ(provider().calls("UploadFile"), 1);
  EXPECT_THAT(FileOf().file_id(), testing::Not(IsEmpty()));
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

TEST_F(DatasetStepperTest, JobThatWaitsForAnUploadDoesNotHastenIt) {
  provider().FailNext("UploadFile", FakeProvider::HttpError(429, "rate_limit_exceeded", "slow"),
                      Effect::kNone, 1000);
  Create();
  RunFor(absl::Minutes(2));
  EXPECT_LE(provider().calls("UploadFile"), 8);
  const int tries = provider().calls("UploadFile");
  ASSERT_TRUE(Upload().ok());
  RunDue();
  EXPECT_EQ(provider().calls("UploadFile"), tries + 1) << "a person is obeyed at once";
}

TEST_F(TwoProvidersTest, ProviderThatIsDownHoldsUpNoUploadToAnother) {
  provider().FailNext("UploadFile", FakeProvider::NoConnection(), Effect::kNone, 1000);
  Ask("fake");
  Ask("another");
  RunDue();
  EXPECT_THAT(another_->files(), SizeIs(1));
  RunFor(absl::Minutes(2));
  EXPECT_LE(provider().calls("UploadFile"), 9);
}

TEST_F(TwoProvidersTest, ProviderThatIsNotConfiguredHoldsUpNoUploadToAnother) {
  Ask("gone");
  Ask("another");
  RunDue();
  EXPECT_THAT(another_->files(), SizeIs(1));
}

TEST_F(TwoProvidersTest, UploadThatIsAskedForDoesNotWaitForOneThatHasLongFailed) {
  provider().FailNext("UploadFile", FakeProvider::NoConnection(), Effect::kNone, 1000);
  Ask("fake");
  RunFor(absl::Minutes(5));
  Ask("another");
  RunDue();
  EXPECT_THAT(another_->files(), SizeIs(1));
}

TEST_F(TwoProvidersTest, UploadsThatAllFailAreTriedInTurnsWithBackOff) {
  provider().FailNext("UploadFile", FakeProvider::NoConnection(), Effect::kNone, 7);
  another_->FailNext("UploadFile", FakeProvider::NoConnection(), Effect::kNone, 7);
  Ask("fake");
  Ask("another");
  RunFor(absl::Minutes(1));
  for (FakeProvider* tried : {&provider(), another_.get()}) {
    EXPECT_GE(tried->calls("UploadFile"), 5);
    EXPECT_LE(tried->calls("UploadFile"), 6);
  }
  RunFor(absl::Minutes(3));
  EXPECT_THAT(provider().files(), SizeIs(1));
  EXPECT_THAT(another_->files(), SizeIs(1));
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(TwoProvidersTest, TwinsAreDeletedThoughAnotherProviderHasTrouble) {
  const auto down = FakeProvider::HttpError(503, "", "down");
  for (FakeProvider* asked : {&provider(), another_.get()}) {
    asked->FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kDone);
    Ask(asked->name());
  }
  RunFor(absl::Seconds(3));
  ASSERT_THAT(FileOf().file_id(), testing::Not(IsEmpty()));
  provider().FailNext("ListFiles", down, Effect::kNone, 1000);
  clock_.Advance(kSettleTime);
  another_->AddFile(RemoteFileName(Read()), "fine-tune", kTrainBytes);
  const int looks = provider().calls("ListFiles");
  RunFor(absl::Minutes(3));
  EXPECT_THAT(another_->files(), SizeIs(1));
  EXPECT_LE(provider().calls("ListFiles") - looks, 5);
}

TEST_F(TwoProvidersTest, TwinsAreDeletedThoughAnUploadElsewhereGoesOnFailing) {
  another_->FailNext("UploadFile", FakeProvider::LostAnswer(), Effect::kDone);
  Ask("another");
  RunFor(absl::Seconds(3));
  provider().FailNext("UploadFile", FakeProvider::NoConnection(), Effect::kNone, 1000);
  Ask("fake");
  another_->AddFile(RemoteFileName(Read()), "fine-tune", kTrainBytes);
  RunFor(absl::Minutes(3));
  EXPECT_THAT(another_->files(), SizeIs(1));
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

}  // namespace
}  // namespace tunegate::datasets
