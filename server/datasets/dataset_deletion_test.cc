// Datasets go without a trace but their digest, whatever a provider does, and take nothing along
// that another dataset needs.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_fixture.h"
#include "server/datasets/findings.h"
#include "server/datasets/remote_copies.h"

namespace tunegate::datasets {
namespace {

using providers::FakeProvider;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DatasetDeletionTest : public DatasetTest {
 protected:
  bool HasBytes() { return store_.GetBlob(Read().sha256()).ok(); }
  v1::Dataset::State State(const std::string& name = "datasets/train") {
    return Read(name).state();
  }
  // The provider refuses the key in the next `times` tries.
  void RefuseTheKey(int times) {
    const absl::Status refusal = FakeProvider::HttpError(401, "invalid_api_key", "revoked");
    provider().FailNext("ListFiles", refusal, Effect::kNone, times);
    provider().FailNext("DeleteFile", refusal, Effect::kNone, times);
  }
  // A copy at a provider that this server knows nothing of.
  void AddCopyAt(const std::string& provider) {
    const auto add = [&](auto& stored, store::Transaction& transaction) {
      v1::Dataset::ProviderFile& file = FileAt(stored.resource(), provider);
      file.set_file_id("file-there");
      repository_.Write(transaction, stored, v1::Event::TYPE_UPDATED, "uploaded");
      return absl::OkStatus();
    };
    ASSERT_TRUE(repository_.Update<store::v1::DatasetRecord>("datasets/train", add).ok());
  }
  int CountDeletedEvents() {
    int count = 0;
    for (const v1::Event& event : EventsOf("datasets/train")) {
      count += event.type() == v1::Event::TYPE_DELETED ? 1 : 0;
    }
    return count;
  }
};

TEST_F(DatasetDeletionTest, DeleteErasesBytesHereAndAtTheProvider) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  const std::string sha256 = Read().sha256();
  ASSERT_TRUE(Delete().ok());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING);
  RunDue();
  EXPECT_THAT(provider().files(), IsEmpty());
  EXPECT_FALSE(HasBytes());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
  EXPECT_EQ(Read().sha256(), sha256) << "the digest is kept";
  EXPECT_TRUE(NothingIsDue());
  EXPECT_EQ(DetailsOf(Upload()).reason, "DATASET_DELETED");
  EXPECT_EQ(DetailsOf(datasets_.ExportFile("datasets/train").status()).reason, "DATASET_DELETED");
}

TEST_F(DatasetDeletionTest, BytesThatAnotherDatasetUsesAreKept) {
  AddDataset("datasets/same", v1::Dataset::SPLIT_TRAIN, kTrainBytes);
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_TRUE(HasBytes());
  ASSERT_TRUE(Delete("datasets/same").ok());
  RunDue();
  EXPECT_FALSE(HasBytes());
}

TEST_F(DatasetDeletionTest, FileThatTheProviderNoLongerHasDoesNotHinderADelete) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  ASSERT_TRUE(provider().DeleteFile(FileOf().file_id()).ok());
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, FindingsThatQuoteExamplesAreErased) {
  store::Transaction findings;
  findings.rows.push_back(
      {"datasets/train", std::string(kFindingsStream), "00000001",
       MakeFinding(rules::kNotJson, {.line = 1}, "my secret").SerializeAsString()});
  ASSERT_TRUE(store_.Commit(std::move(findings)).ok());
  v1::ListFindingsRequest list;
  list.set_parent("datasets/train");
  ASSERT_EQ(datasets_.ListFindings({}, list)->findings_size(), 1);
  ASSERT_TRUE(Upload().ok());
  RunDue();
  RefuseTheKey(1);
  ASSERT_TRUE(Delete().ok());
  EXPECT_EQ(datasets_.ListFindings({}, list)->findings_size(), 0);
  RunDue();
  ASSERT_EQ(State(), v1::Dataset::STATE_DELETING) << "with the bytes, whatever a provider does";
  EXPECT_THAT(*store_.ReadRows("datasets/train", kFindingsStream, "", 10), IsEmpty());
}

TEST_F(DatasetDeletionTest, RefusedKeyIsToldAndKeepsNoBytesHere) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  RefuseTheKey(3);
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_FALSE(HasBytes());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING);
  EXPECT_EQ(FileOf().status(), kDeleting);
  EXPECT_EQ(FileOf().failure().reason(), "KEY_REJECTED");
  EXPECT_THAT(FileOf().failure().remedy(), HasSubstr("valid key"));
  const size_t told = EventsOf("datasets/train").size();
  RunFor(absl::Minutes(2));
  EXPECT_THAT(EventsOf("datasets/train"), SizeIs(told)) << "what is known is not told again";
  RunFor(absl::Minutes(1));  // the key is mended
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
  EXPECT_THAT(provider().files(), IsEmpty());
}

TEST_F(DatasetDeletionTest, DeletingAgainTriesAtOnce) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  RefuseTheKey(1);
  ASSERT_TRUE(Delete().ok());
  RunDue();
  ASSERT_EQ(State(), v1::Dataset::STATE_DELETING);
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, ProviderThatIsNotConfiguredHoldsUpNoOther) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  AddCopyAt("another");
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_FALSE(HasBytes());
  EXPECT_THAT(provider().files(), IsEmpty());
  ASSERT_THAT(Read().provider_files(), SizeIs(1));
  EXPECT_EQ(Read().provider_files(0).failure().reason(), "PROVIDER_NOT_CONFIGURED");
  EXPECT_THAT(Read().provider_files(0).failure().remedy(), HasSubstr("configure provider"));

  const auto another = std::make_shared<FakeProvider>(&clock_, "another");
  const providers::ProviderSet both(
      std::vector<providers::ConfiguredProvider>{{provider_}, {another}});
  DatasetStepper restarted(&repository_, &both);
  steppers_["datasets"] = &restarted;
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, TroubleThatLastsIsTold) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  provider().FailNext("ListFiles", FakeProvider::NoConnection(), Effect::kNone, 1000);
  ASSERT_TRUE(Delete().ok());
  RunFor(absl::Seconds(20));
  EXPECT_FALSE(FileOf().has_failure()) << "it may pass";
  RunFor(absl::Minutes(10));
  EXPECT_EQ(FileOf().failure().reason(), "PROVIDER_ERROR");
  EXPECT_THAT(FileOf().failure().remedy(), HasSubstr("network"));
  const size_t told = EventsOf("datasets/train").size();
  RunFor(absl::Minutes(10));
  EXPECT_THAT(EventsOf("datasets/train"), SizeIs(told));
}

TEST_F(DatasetDeletionTest, CopyWhoseUploadIsInDoubtIsErased) {
  LoseAnUpload();
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_THAT(provider().files(), IsEmpty());
  RunFor(kSettleTime + absl::Seconds(2));
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, CopyThatIsListedLateIsErased) {
  LoseAnUpload();
  const std::string id = provider().files()[0].id;
  provider().HideFileFromLists(id, true);
  ASSERT_TRUE(Delete().ok());
  RunFor(kSettleTime - absl::Seconds(3));
  EXPECT_FALSE(HasBytes());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING);
  provider().HideFileFromLists(id, false);
  RunFor(absl::Seconds(5));
  EXPECT_THAT(provider().files(), IsEmpty());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, DoubtThatNoListCanEndIsEndedByAPersonWhoHasLooked) {
  LoseAnUpload();
  provider().FailNext("ListFiles", FakeProvider::HttpError(404, "", "no lists"), Effect::kNone,
                      1000);
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_FALSE(HasBytes());
  EXPECT_EQ(FileOf().failure().reason(), kCopiesUnverified);
  EXPECT_THAT(FileOf().failure().remedy(), HasSubstr(RemoteFileName(Read())));
  EXPECT_THAT(FileOf().failure().remedy(), HasSubstr("tunegate dataset delete datasets/train"));
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING) << "the file may still come";
  RunFor(absl::Minutes(10));
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING) << "nobody has looked";
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
  EXPECT_TRUE(NothingIsDue());
  std::vector<std::string> messages;
  for (const v1::Event& event : EventsOf("datasets/train")) messages.push_back(event.message());
  EXPECT_THAT(messages, Contains(HasSubstr("not verified")));
}

TEST_F(DatasetDeletionTest, ListThatComesBackEndsTheDoubtItself) {
  LoseAnUpload();
  provider().FailNext("ListFiles", FakeProvider::HttpError(404, "", "no such page"));
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(FileOf().failure().reason(), kCopiesUnverified);
  RunFor(absl::Minutes(2));
  EXPECT_THAT(provider().files(), IsEmpty());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
}

TEST_F(DatasetDeletionTest, FileThatAnotherDatasetNamesIsKept) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  AddDataset("datasets/same", v1::Dataset::SPLIT_TRAIN, kTrainBytes);
  LoseAnUpload("datasets/same");
  RunFor(absl::Minutes(1));
  ASSERT_EQ(FileOf("datasets/same").file_id(), FileOf().file_id());
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
  ASSERT_THAT(provider().files(), SizeIs(1));
  ASSERT_TRUE(Delete("datasets/same").ok());
  RunDue();
  EXPECT_THAT(provider().files(), IsEmpty());
}

TEST_F(DatasetDeletionTest, UploadOfAnotherDatasetIsAwaitedThatMayTakeTheFile) {
  ASSERT_TRUE(Upload().ok());
  RunDue();
  const std::string id = FileOf().file_id();
  AddDataset("datasets/same", v1::Dataset::SPLIT_TRAIN, kTrainBytes);
  LoseAnUpload("datasets/same");
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_FALSE(FileOf().has_failure());
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETING);
  EXPECT_THAT(provider().files(), SizeIs(2));
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(), v1::Dataset::STATE_DELETED);
  EXPECT_EQ(FileOf("datasets/same").file_id(), id);
  ASSERT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(provider().files()[0].id, id);
}

TEST_F(DatasetDeletionTest, FilesFromBeforeItsUploadBelongToOthers) {
  const std::string others = provider().AddFile(RemoteFileName(Read()), "fine-tune", kTrainBytes);
  clock_.Advance(absl::Minutes(10));
  ASSERT_TRUE(Upload().ok());
  RunDue();
  ASSERT_TRUE(Delete().ok());
  RunDue();
  ASSERT_THAT(provider().files(), SizeIs(1));
  EXPECT_EQ(provider().files()[0].id, others);
}

TEST_F(DatasetDeletionTest, WhoWaitsForAnUploadIsWokenAndMayNotAskAgain) {
  const auto ask = [&](auto& stored, store::Transaction& transaction) {
    return RequestUpload(repository_, "fake", "workflows/waiter", stored, transaction);
  };
  ASSERT_TRUE(repository_.Update<store::v1::DatasetRecord>("datasets/train", ask).ok());
  ASSERT_TRUE(Delete().ok());
  RunDue();
  EXPECT_THAT(woken_, Contains("workflows/waiter"));
  EXPECT_EQ(provider().calls("UploadFile"), 0);
  const auto again = repository_.Update<store::v1::DatasetRecord>("datasets/train", ask);
  EXPECT_TRUE(absl::IsFailedPrecondition(again.status()));
  EXPECT_EQ(DetailsOf(again.status()).reason, "DATASET_DELETED");
  EXPECT_THAT(Read().provider_files(), IsEmpty());
}

TEST_F(DatasetDeletionTest, StepThatComesOnceTooOftenDeletesNothingTwice) {
  ASSERT_TRUE(Delete().ok());
  RunDue();
  ASSERT_TRUE(Delete().ok()) << "twice does no harm";
  store::Transaction wake;
  wake.schedule.push_back({"datasets/train", absl::ZeroDuration()});
  ASSERT_TRUE(store_.Commit(std::move(wake)).ok());
  RunDue();
  EXPECT_EQ(CountDeletedEvents(), 1);
  EXPECT_TRUE(NothingIsDue());
}

}  // namespace
}  // namespace tunegate::datasets
