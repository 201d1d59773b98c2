// WatchEvents for crowds and for those who sleep, through a real gRPC server: nobody is delayed, no
// event is lost, limits hold, and what is left is given back.
#include <memory>
#include <string>
#include <vector>

#include "common/digest.h"
#include "gtest/gtest.h"
#include "server/events/event_service_fixture.h"

namespace tunegate::events {
namespace {

class WatchCrowdTest : public EventServiceFixture {
 protected:
  explicit WatchCrowdTest(const Setup& setup = {}) : EventServiceFixture(setup) {}
};

TEST_F(WatchCrowdTest, ManySubscribersAllSeeTheSame) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 50; ++i) watches.push_back(Open(FromTheStart()));
  for (int i = 0; i < 20; ++i) log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i))});
  const std::string first = watches[0]->Read(20);
  EXPECT_EQ(first.substr(0, 8), "0 1 2 3 ");
  for (size_t i = 1; i < watches.size(); ++i) EXPECT_EQ(watches[i]->Read(20), first) << i;
}

// 2,000 streams; the server keeps only the last ten events in memory.
class SmallTailTest : public WatchCrowdTest {
 protected:
  static constexpr int kCrowd = 2000;
  SmallTailTest()
      : WatchCrowdTest({.feed = {.max_tail_events = 10, .poll_interval = absl::Hours(1)},
                        .most_watches = kCrowd,
                        .most_watches_of_a_client = kCrowd}) {}

  // Events of 10 KB with the numbers 0, 1, ...: far more together than any buffer on the way holds.
  void CommitLarge(int count) {
    for (int i = 0; i < count; ++i) {
      log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i) + std::string(10'000, 'x'))});
    }
  }
  // The numbers of the next `count` of them.
  static std::vector<int> ReadLarge(Watch& watch, int count) {
    std::vector<int> numbers;
    while (static_cast<int>(numbers.size()) < count && watch.reader->Read(&watch.message)) {
      for (const v1::Event& event : watch.message.events()) {
        numbers.push_back(std::stoi(event.message()));
      }
    }
    return numbers;
  }
  static std::vector<int> UpTo(int count) {
    std::vector<int> numbers(count);
    for (int i = 0; i < count; ++i) numbers[i] = i;
    return numbers;
  }
};

TEST_F(SmallTailTest, SleeperDelaysNobodyAndGoesOnFromTheStore) {
  constexpr int kEvents = 1000;
  const auto sleeper = Open(FromTheStart());
  const auto quick = Open(FromTheStart());
  CommitLarge(kEvents);  // returns, although one subscriber does not read
  EXPECT_EQ(ReadLarge(*quick, kEvents), UpTo(kEvents));
  const int reads = log_.log_store.event_reads;
  EXPECT_EQ(ReadLarge(*sleeper, kEvents), UpTo(kEvents));
  EXPECT_GT(log_.log_store.event_reads, reads) << "memory no longer had what it had missed";
  EXPECT_EQ(sleeper->message.position(), quick->message.position());
}

TEST_F(SmallTailTest, WhoIsFarBehindHoldsUpNobodyThoughTheStoreHangs) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  for (int i = 0; i < 100; ++i) log_.Commit("jobs/b");
  log_.AwaitFeed(101);
  // What is read at first is sent; going on behind it hangs.
  log_.log_store.Hang(2, 90);
  v1::WatchEventsRequest request = FromTheStart();
  request.add_resources("jobs/a");
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 20; ++i) watches.push_back(Open(request));
  ASSERT_TRUE(log_.log_store.AwaitHanging(2)) << "as many threads as gRPC has on two cores";
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + absl::Seconds(10)));
  v1::ListEventsRequest unfit;
  unfit.add_resources("gadgets/a");
  v1::ListEventsResponse response;
  EXPECT_EQ(stub_->ListEvents(&context, unfit, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  log_.log_store.LetGo();
  log_.Commit({TestLog::EventOf("jobs/a", "2")});
  for (const auto& watch : watches) EXPECT_EQ(watch->Read(2), "1 2 ");
}

TEST_F(SmallTailTest, SleeperCanBeCutOff) {
  const auto sleeper = Open(FromTheStart());
  CommitLarge(500);
  hub_.Drain();
  sleeper->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  EXPECT_EQ(slots_.held(), 0);
}

TEST_F(SmallTailTest, CrowdThatComesBackFromThePastGetsAllOfIt) {
  constexpr int kBack = 300;
  for (int i = 0; i < 100; ++i) log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i))});
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kBack; ++i) watches.push_back(Open(FromTheStart()));
  const std::string all = watches[0]->Read(100);
  EXPECT_EQ(all.substr(0, 8), "0 1 2 3 ");
  for (const auto& watch : watches) {
    if (watch == watches[0]) continue;
    EXPECT_EQ(watch->Read(100), all);
  }
}

TEST_F(SmallTailTest, ThousandsWhoCancelAtOnceLeaveNothingBehind) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kCrowd; ++i) watches.push_back(Open(FromTheStart()));
  for (const auto& watch : watches) ASSERT_EQ(watch->Read(1), "1 ");
  EXPECT_EQ(slots_.held(), kCrowd);
  for (const auto& watch : watches) watch->context.TryCancel();
  log_.Commit({TestLog::EventOf("jobs/a", "2")});  // wakes those who have not been taken out yet
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  EXPECT_EQ(slots_.held(), 0);
  // The next one is served, and drained.
  const auto next = Open(FromTheStart());
  EXPECT_EQ(next->Read(2), "1 2 ");
  hub_.Drain();
  EXPECT_EQ(next->End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(SmallTailTest, DrainEndsACrowdWithEachOnesPosition) {
  const int64_t position = log_.Commit({TestLog::EventOf("jobs/a", "1")});
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kCrowd; ++i) watches.push_back(Open(FromTheStart()));
  for (const auto& watch : watches) ASSERT_EQ(watch->Read(1), "1 ");
  hub_.Drain();
  for (const auto& watch : watches) {
    const grpc::Status status = watch->End();
    ASSERT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    ASSERT_EQ(InfoOf(status).metadata().at("position"), std::to_string(position));
  }
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

class LimitedWatchesTest : public WatchCrowdTest {
 protected:
  static constexpr char kAlice[] = "Bearer secret-of-alice-1";
  static constexpr char kBob[] = "Bearer secret-of-bob-123";
  LimitedWatchesTest()
      : WatchCrowdTest({.callers = {{Sha256Hex("secret-of-alice-1"), "alice"},
                                    {Sha256Hex("secret-of-bob-123"), "bob"}},
                        .most_watches = 5,
                        .most_watches_of_a_client = 3}) {
    log_.Commit({TestLog::EventOf("jobs/a", "1")});
  }
  // `count` streams that have been let in.
  std::vector<std::unique_ptr<Watch>> OpenFor(const std::string& authorization, int count) {
    std::vector<std::unique_ptr<Watch>> watches;
    for (int i = 0; i < count; ++i) {
      watches.push_back(Open(FromTheStart(), authorization));
      EXPECT_EQ(watches.back()->Read(1), "1 ");
    }
    return watches;
  }
  void ExpectRefused(const std::string& authorization, const std::string& whose_limit) {
    const grpc::Status status = Open(FromTheStart(), authorization)->End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(InfoOf(status).reason(), "TOO_MANY_WATCHES");
    EXPECT_EQ(InfoOf(status).metadata().at("limit"), whose_limit);
  }
};

TEST_F(LimitedWatchesTest, ClientBeyondItsLimitIsRefusedAndOthersAreNot) {
  const auto of_alice = OpenFor(kAlice, 3);
  ExpectRefused(kAlice, "3");
  const auto of_bob = OpenFor(kBob, 2);
  ExpectRefused(kBob, "5");  // the server's own
}

TEST_F(LimitedWatchesTest, PlaceOfAWatchThatEndsIsFreeAgain) {
  for (const auto& watch : OpenFor(kAlice, 3)) watch->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  OpenFor(kAlice, 3);
}

}  // namespace
}  // namespace tunegate::events
