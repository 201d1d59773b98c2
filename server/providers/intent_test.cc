#include "server/providers/intent.h"

#include "common/clock.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/providers/fake_provider.h"
#include "server/providers/remote_file.h"

namespace tunegate::providers {
namespace {

class IntentTest : public ::testing::Test {
 protected:
  std::string AddJob(const std::string& intent, int64_t time) {
    RemoteJob job;
    if (!intent.empty()) job.metadata = {{std::string(kIntentKey), intent}};
    job.create_time = absl::FromUnixSeconds(time);
    return provider_.AddJob(std::move(job));
  }
  absl::StatusOr<std::vector<RemoteJob>> All() {
    return ListAll<RemoteJob>([&](const std::string& after) { return provider_.ListJobs(after); });
  }

  FakeClock clock_{absl::FromUnixSeconds(1000)};
  FakeProvider provider_{&clock_};
};

TEST_F(IntentTest, EveryPageIsSearchedAndTheOldestComesFirst) {
  const std::string second = AddJob("mine", 20);
  const std::string first = AddJob("mine", 10);
  AddJob("another's", 5);
  AddJob("", 1);
  provider_.SetPageSize(1);
  const auto listed = All();
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->size(), 4u);
  const std::vector<RemoteJob> ours = WithIntent(*listed, "mine");
  ASSERT_EQ(ours.size(), 2u);
  EXPECT_EQ(ours[0].id, first);
  EXPECT_EQ(ours[1].id, second);
  EXPECT_TRUE(WithIntent(*listed, "nobody's").empty());
}

TEST_F(IntentTest, WhatAListRepeatsIsNoTwin) {
  const std::string first = AddJob("mine", 10);
  const std::string second = AddJob("mine", 20);
  std::vector<RemoteJob> listed = *All();
  listed.insert(listed.end(), {listed[0], listed[1], listed[0]});
  // A provider may tell of a job in one page otherwise than in the next.
  listed.back().create_time = absl::FromUnixSeconds(5);
  const std::vector<RemoteJob> ours = WithIntent(listed, "mine");
  ASSERT_EQ(ours.size(), 2u);
  EXPECT_NE(ours[0].id, ours[1].id);
}

TEST_F(IntentTest, AListThatGoesInACircleIsAnErrorAndNotReadForEver) {
  const auto listed = ListAll<RemoteJob>([](const std::string& after) {
    Page<RemoteJob> page;
    page.next_after = after == "a" ? "b" : "a";
    return absl::StatusOr<Page<RemoteJob>>(page);
  });
  EXPECT_EQ(DetailsOf(listed.status()).reason, "PROVIDER_ANSWER_INVALID");
}

TEST_F(IntentTest, ABrokenPageIsAnErrorAndNoEmptyList) {
  AddJob("mine", 1);
  provider_.FailNext("ListJobs", FakeProvider::NoConnection());
  EXPECT_FALSE(All().ok());
}

TEST_F(IntentTest, AFileIsFoundByNameAndSizeOnAnyPage) {
  const std::string id = provider_.AddFile("tunegate-abc.jsonl", "batch", "12345");
  provider_.AddFile("tunegate-abc.jsonl", "batch", "123");
  provider_.AddFile("other", "batch", "12345");
  provider_.SetPageSize(1);
  EXPECT_EQ((*FindRemoteFile(provider_, "tunegate-abc.jsonl", 5))->id, id);
  EXPECT_FALSE(FindRemoteFile(provider_, "tunegate-abc.jsonl", 6)->has_value());
  provider_.FailNext("ListFiles", FakeProvider::NoConnection());
  EXPECT_FALSE(FindRemoteFile(provider_, "tunegate-abc.jsonl", 5).ok());
}

TEST_F(IntentTest, OfTwinFilesTheOldestComesFirst) {
  const std::string first = provider_.AddFile("tunegate-abc.jsonl", "batch", "12345");
  clock_.Advance(absl::Seconds(1));
  const std::string second = provider_.AddFile("tunegate-abc.jsonl", "batch", "54321");
  const auto twins = FindRemoteFiles(provider_, "tunegate-abc.jsonl", 5);
  ASSERT_TRUE(twins.ok()) << twins.status();
  ASSERT_EQ(twins->size(), 2u);
  EXPECT_EQ((*twins)[0].id, first);
  EXPECT_EQ((*twins)[1].id, second);
  EXPECT_EQ((*FindRemoteFile(provider_, "tunegate-abc.jsonl", 5))->id, first);
}

TEST_F(IntentTest, DeletingAFileThatIsGoneIsDone) {
  const std::string id = provider_.AddFile("tunegate-abc.jsonl", "batch", "12345");
  provider_.FailNext("DeleteFile", FakeProvider::NoConnection());
  EXPECT_FALSE(DeleteRemoteFile(provider_, id).ok());
  EXPECT_TRUE(DeleteRemoteFile(provider_, id).ok());
  EXPECT_TRUE(DeleteRemoteFile(provider_, id).ok());
  EXPECT_TRUE(provider_.files().empty());
}

}  // namespace
}  // namespace tunegate::providers
