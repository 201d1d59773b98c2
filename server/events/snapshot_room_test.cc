// What the snapshots of many watchers may take in memory, and who has to make room.
#include "server/events/snapshot_room.h"

#include <memory>
#include <string>
#include <utility>

#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/store/test_store.h"

namespace tunegate::events {
namespace {

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
    EventFilter filter;
    filter.resources = {"jobs/1"};
    return room_.Read(store_.get(), filter);
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

}  // namespace
}  // namespace tunegate::events
