// The contract of Caretaker as tests, for every engine. An engine's test includes this and says:
//
//   INSTANTIATE_TEST_SUITE_P(Engine, CaretakerContract, testing::Values(SqliteCare()));
#ifndef TUNEGATE_SERVER_STORE_CARETAKER_CONTRACT_TEST_H_
#define TUNEGATE_SERVER_STORE_CARETAKER_CONTRACT_TEST_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/store/caretaker.h"
#include "server/store/store.h"

namespace tunegate::store {

struct CaredStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<Caretaker> caretaker;
};
// A new store with its caretaker.
using OpenCaredStore = std::function<CaredStore(const Clock*)>;

class CaretakerContract : public testing::TestWithParam<OpenCaredStore> {
 protected:
  CaretakerContract() : cared_(GetParam()(&clock_)) {}

  // Creates a resource, with `events` events in the commit.
  void Create(const std::string& name, bool terminal, int events = 1) {
    Transaction transaction;
    Put put;
    put.record.name = name;
    put.record.state = terminal ? "SUCCEEDED" : "RUNNING";
    put.record.terminal = terminal;
    transaction.puts.push_back(std::move(put));
    for (int i = 0; i < events; ++i) {
      transaction.events.push_back({.resource = name, .payload = "x"});
    }
    const auto done = store().Commit(std::move(transaction));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  int64_t Drop(absl::Duration max_age, int64_t max_events) {
    const auto dropped = cared_.caretaker->DropOldEvents({max_age, max_events}, {});
    EXPECT_TRUE(dropped.ok()) << dropped.status();
    return dropped.value_or(-1);
  }
  int64_t OldestPosition() { return store().ReadLogInfo()->oldest_position; }
  Store& store() { return *cared_.store; }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  CaredStore cared_;
};

TEST_P(CaretakerContract, EventsPastTheAgeGoAndTheLogSaysSo) {
  Create("jobs/old", /*terminal=*/true, /*events=*/3);
  clock_.Advance(absl::Hours(2));
  Create("jobs/new", /*terminal=*/true);
  EXPECT_EQ(Drop(absl::Hours(1), 1000), 3);
  EXPECT_EQ(OldestPosition(), 1);
  EXPECT_EQ(store().ReadLogInfo()->newest_position, 2);
  EXPECT_EQ(DetailsOf(store().ReadEvents({.after_position = 0}).status()).reason,
            "POSITION_TOO_OLD");
  EXPECT_EQ(store().ReadEvents({.after_position = 1})->size(), 1u);
  EXPECT_EQ(Drop(absl::Hours(1), 1000), 0);
}

TEST_P(CaretakerContract, EventsPastTheCountGoWithTheirWholeCommit) {
  for (int i = 0; i < 5; ++i) {
    Create("jobs/" + std::to_string(i), /*terminal=*/true, /*events=*/2);
  }
  EXPECT_EQ(Drop(absl::Hours(1), 10), 0);
  EXPECT_EQ(Drop(absl::Hours(1), 5), 6) << "5 too many: three commits of 2";
  EXPECT_EQ(OldestPosition(), 3);
  Create("jobs/more", /*terminal=*/true, /*events=*/2);
  EXPECT_EQ(Drop(absl::Hours(1), 5), 2) << "counted on from where it stood";
  EXPECT_EQ(OldestPosition(), 4);
}

TEST_P(CaretakerContract, EventsOfWhatHasNotEndedStayWithAllAfterThem) {
  Create("jobs/ended", /*terminal=*/true);
  clock_.Advance(absl::Hours(1));
  Create("jobs/live", /*terminal=*/false);
  clock_.Advance(absl::Hours(1));
  Create("jobs/later", /*terminal=*/true);
  clock_.Advance(absl::Hours(100));
  EXPECT_EQ(Drop(absl::Minutes(1), 1), 1) << "only what came before jobs/live";
  EXPECT_EQ(OldestPosition(), 1);
}

TEST_P(CaretakerContract, ManyMoreThanABatchGoInOneCall) {
  for (int i = 0; i < 30; ++i) {
    Create("jobs/" + std::to_string(i), /*terminal=*/true, /*events=*/100);
  }
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Drop(absl::Hours(1), 1'000'000), 3000);
  EXPECT_EQ(OldestPosition(), 30);
  Create("jobs/after", /*terminal=*/true);
  EXPECT_EQ(store().ReadLogInfo()->newest_position, 31) << "the counter goes on";
}

TEST_P(CaretakerContract, StoppedDropKeepsTheRestForTheNextOne) {
  for (int i = 0; i < 30; ++i) {
    Create("jobs/" + std::to_string(i), /*terminal=*/true, /*events=*/100);
  }
  clock_.Advance(absl::Hours(2));
  const Retention retention{absl::Hours(1), 1'000'000};
  int asked = 0;
  const auto stop = [&] { return ++asked > 1; };
  EXPECT_TRUE(absl::IsCancelled(cared_.caretaker->DropOldEvents(retention, stop).status()));
  EXPECT_EQ(OldestPosition(), 10) << "one batch";
  EXPECT_EQ(Drop(retention.max_event_age, retention.max_events), 2000);
}

TEST_P(CaretakerContract, RequestsAreRememberedForADayAndMore) {
  Transaction transaction;
  transaction.idempotency = Idempotency{"me", "CreateJob", "request-1", "jobs/x", "digest"};
  ASSERT_TRUE(store().Commit(std::move(transaction)).ok());
  clock_.Advance(absl::Hours(47));
  Drop(absl::Hours(1), 1000);
  EXPECT_TRUE(store().FindRequest("me", "CreateJob", "request-1")->has_value());
  clock_.Advance(absl::Hours(2));
  Drop(absl::Hours(1), 1000);
  EXPECT_FALSE(store().FindRequest("me", "CreateJob", "request-1")->has_value());
}

TEST_P(CaretakerContract, ManyOldRequestsGoInOneCallAndYoungOnesStay) {
  const auto remember = [&](int i) {
    Transaction transaction;
    const std::string number = std::to_string(i);
    transaction.idempotency = Idempotency{"me", "CreateJob", number, "jobs/" + number, "digest"};
    ASSERT_TRUE(store().Commit(std::move(transaction)).ok());
  };
  constexpr int kMany = 1100;  // more than one batch
  for (int i = 0; i < kMany; ++i) remember(i);
  clock_.Advance(absl::Hours(49));
  remember(kMany);
  Drop(absl::Hours(1), 1000);
  for (int i = 0; i <= kMany; i += 100) {
    const auto found = store().FindRequest("me", "CreateJob", std::to_string(i));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->has_value(), i == kMany) << i;
  }
}

TEST_P(CaretakerContract, BytesThatNothingNamesAreSweptOnceTheyAreOld) {
  const std::string named = Sha256Hex("named");
  const std::string orphan = Sha256Hex("orphan");
  ASSERT_TRUE(store().PutBlob(named, "named").ok());
  ASSERT_TRUE(store().PutBlob(orphan, "orphan").ok());
  EXPECT_EQ(*cared_.caretaker->SweepBlobs({named}, absl::Hours(1)), 0) << "put just now";
  EXPECT_EQ(*cared_.caretaker->SweepBlobs({named}, -absl::Hours(1)), 1);
  EXPECT_TRUE(store().GetBlob(named).ok());
  EXPECT_TRUE(absl::IsNotFound(store().GetBlob(orphan).status()));
  ASSERT_TRUE(store().PutBlob(orphan, "orphan").ok()) << "and it can be put again";
  EXPECT_EQ(*store().GetBlob(orphan), "orphan");
}

TEST_P(CaretakerContract, HealthyDatabaseHasNothingWrongAndASize) {
  Create("jobs/x", /*terminal=*/true);
  EXPECT_TRUE(cared_.caretaker->CheckDatabase({})->empty());
  EXPECT_GT(*cared_.caretaker->SizeBytes(), 0);
  EXPECT_TRUE(cared_.caretaker->GiveBackSpace({}).ok());
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CARETAKER_CONTRACT_TEST_H_
