// What the snapshots of many watchers may take in memory, and who has to make room.
#include "server/events/snapshot_room.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/mutex.h"
#include "gtest/gtest.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::events {
namespace {

// A store whose log never stands still, and that counts who reads everything at once.
class BusyStore : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<store::LogInfo> ReadLogInfo() override {
    store::Transaction transaction;
    transaction.events.push_back({.resource = "jobs/1", .payload = ""});
    EXPECT_TRUE(Commit(std::move(transaction)).ok());
    return ForwardingStore::ReadLogInfo();
  }
  absl::StatusOr<store::Snapshot> ReadSnapshot(const std::vector<std::string>& kinds) override {
    {
      MutexLock lock(mutex_);
      most_ = std::max(most_, ++reading_);
      changed_.NotifyAll();
      // Long enough for another one to come, if it may.
      changed_.WaitFor(lock, absl::Milliseconds(200), [&] { return reading_ > 1; });
      --reading_;
    }
    return ForwardingStore::ReadSnapshot(kinds);
  }
  int most_at_once() {
    MutexLock lock(mutex_);
    return most_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int reading_ ABSL_GUARDED_BY(mutex_) = 0;
  int most_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Ten jobs of 10 KB, in a room for two snapshots of all of them and some more.
class SnapshotRoomTest : public testing::Test {
 protected:
  static constexpr size_t kRecordBytes = 10'000;

  SnapshotRoomTest() {
    for (int i = 0; i < 10; ++i) {
      store::Transaction transaction;
      store::Record record;
      record.name = "jobs/" + std::to_string(i);
      record.payload = std::string(kRecordBytes, 'x');
      transaction.puts.push_back({.record = record, .expected_revision = 0});
      EXPECT_TRUE(store_->Commit(std::move(transaction)).ok());
    }
  }
  absl::StatusOr<std::unique_ptr<SnapshotRoom::Snapshot>> ReadAll() {
    EventFilter filter;
    filter.kinds = {"jobs"};
    return room_.Read(store_.get(), filter);
  }
  absl::StatusOr<std::unique_ptr<SnapshotRoom::Snapshot>> ReadOne() {
    return ReadOneOf(store_.get());
  }
  absl::StatusOr<std::unique_ptr<SnapshotRoom::Snapshot>> ReadOneOf(store::Store* store) {
    EventFilter filter;
    filter.resources = {"jobs/1"};
    return room_.Read(store, filter);
  }
  // "0 1 2 ": the ids of what it gives, to its end.
  static std::string Drain(SnapshotRoom::Snapshot& snapshot) {
    std::string ids;
    while (true) {
      const auto records = snapshot.Take(2 * kRecordBytes);
      if (!records.ok()) return DetailsOf(records.status()).reason;
      if (records->empty()) return ids;
      EXPECT_LE(records->size(), 2u);
      for (const store::Record& record : *records) ids += record.name.substr(5) + " ";
    }
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> store_ = store::OpenTestStore(&clock_);
  SnapshotRoom room_{{.bytes = 250'000, .patience = absl::Seconds(30)}, &clock_};
};

TEST_F(SnapshotRoomTest, SnapshotIsGivenPieceByPiece) {
  const auto snapshot = ReadAll();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(Drain(**snapshot), "0 1 2 3 4 5 6 7 8 9 ");
}

TEST_F(SnapshotRoomTest, WhoComesWhenItIsFullIsToldToComeBack) {
  const auto first = ReadAll();
  const auto second = ReadAll();
  ASSERT_TRUE(first.ok() && second.ok()) << "half of the room was not full yet";
  const absl::Status refused = ReadAll().status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "NO_ROOM_FOR_SNAPSHOT");
  EXPECT_TRUE(DetailsOf(refused).retry_delay.has_value());
  EXPECT_EQ(Drain(**first), "0 1 2 3 4 5 6 7 8 9 ");
  EXPECT_TRUE(ReadAll().ok()) << "what is taken is not held any more";
}

TEST_F(SnapshotRoomTest, SnapshotThatIsLeftMakesRoom) {
  {
    const auto first = ReadAll();
    const auto second = ReadAll();
    EXPECT_FALSE(ReadAll().ok());
  }
  EXPECT_TRUE(ReadAll().ok());
}

TEST_F(SnapshotRoomTest, NamedResourcesFindRoomThoughThoseOfAllHaveNone) {
  const auto first = ReadAll();
  const auto second = ReadAll();
  EXPECT_FALSE(ReadAll().ok());
  const auto named = ReadOne();
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(Drain(**named), "1 ");
}

TEST_F(SnapshotRoomTest, OnlyWhoDoesNotReadHasToMakeRoom) {
  const auto sleeper = ReadAll();
  const auto reader = ReadAll();
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ((*reader)->Take(1)->size(), 1u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(ReadAll().ok());
  EXPECT_EQ(Drain(**sleeper), "SNAPSHOT_NOT_READ");
  EXPECT_EQ(Drain(**reader), "1 2 3 4 5 6 7 8 9 ");
}

TEST_F(SnapshotRoomTest, WhoDoesNotReadKeepsItsSnapshotWhileNobodyNeedsTheRoom) {
  const auto sleeper = ReadAll();
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(ReadOne().ok());
  EXPECT_EQ(Drain(**sleeper), "0 1 2 3 4 5 6 7 8 9 ");
}

TEST_F(SnapshotRoomTest, WhoReadsSlowestHasToMakeRoomForAnother) {
  const auto slow = ReadAll();
  const auto slower = ReadAll();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(10));
    EXPECT_EQ((*slow)->Take(2 * kRecordBytes)->size(), 2u);
    EXPECT_EQ((*slower)->Take(kRecordBytes)->size(), 1u);
  }
  EXPECT_TRUE(ReadAll().ok());
  EXPECT_EQ(Drain(**slower), "SNAPSHOT_NOT_READ");
  EXPECT_EQ(Drain(**slow), "6 7 8 9 ") << "one was enough";
}

TEST_F(SnapshotRoomTest, WhoHasOnlyJustBegunIsNotTooSlow) {
  const auto first = ReadAll();
  const auto second = ReadAll();
  clock_.Advance(absl::Seconds(29));
  EXPECT_FALSE(ReadAll().ok());
}

TEST_F(SnapshotRoomTest, WhoReadsFastEnoughIsLeftItsSnapshotHoweverOld) {
  SnapshotRoom room({.bytes = 100'000, .least_pace = 1000}, &clock_);
  EventFilter filter;
  filter.kinds = {"jobs"};
  const auto steady = room.Read(store_.get(), filter);
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(10));
    EXPECT_EQ((*steady)->Take(kRecordBytes)->size(), 1u);
  }
  EXPECT_FALSE(room.Read(store_.get(), filter).ok());
  EXPECT_EQ(Drain(**steady), "4 5 6 7 8 9 ");
}

TEST_F(SnapshotRoomTest, PieceThatIsBeingSentStillTakesRoom) {
  const auto first = ReadAll();
  const auto second = ReadAll();
  EXPECT_EQ((*first)->Take(10 * kRecordBytes)->size(), 10u);
  EXPECT_FALSE(ReadAll().ok());
  EXPECT_TRUE((*first)->Take(1)->empty()) << "it was sent";
  EXPECT_TRUE(ReadAll().ok());
}

TEST_F(SnapshotRoomTest, PieceThatIsBeingSentIsNotGivenUp) {
  const auto half_sent = ReadAll();
  const auto being_sent = ReadAll();
  EXPECT_EQ((*half_sent)->Take(5 * kRecordBytes)->size(), 5u);
  EXPECT_EQ((*being_sent)->Take(10 * kRecordBytes)->size(), 10u);
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(ReadAll().ok()) << "one and a half are still in memory";
  EXPECT_EQ(Drain(**half_sent), "SNAPSHOT_NOT_READ");
  EXPECT_TRUE(ReadAll().ok());
  EXPECT_EQ(Drain(**being_sent), "");
}

TEST_F(SnapshotRoomTest, NamedResourcesThatChangeTooFastAreReadOneAfterTheOther) {
  BusyStore busy(store_.get());
  std::thread other([&] { EXPECT_TRUE(ReadOneOf(&busy).ok()); });
  const auto snapshot = ReadOneOf(&busy);
  other.join();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(Drain(**snapshot), "1 ");
  EXPECT_EQ(busy.most_at_once(), 1);
}

}  // namespace
}  // namespace tunegate::events
