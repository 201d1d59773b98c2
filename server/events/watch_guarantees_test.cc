// The guarantees of WatchEvents, each by its name, with concurrent writers and random watchers. The
// seed is printed; TUNEGATE_TEST_SEED repeats a run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/events/test_log.h"
#include "server/events/watch_core.h"

namespace tunegate::events {
namespace {

constexpr int kWriters = 4;
constexpr int kCommits = 60;  // a writer

uint64_t Seed() {
  const char* given = std::getenv("TUNEGATE_TEST_SEED");
  const uint64_t seed =
      given != nullptr
          ? std::strtoull(given, nullptr, 10)
          : static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::printf("TUNEGATE_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// An event as a test compares it.
struct Seen {
  int64_t position;
  std::string resource;
  std::string message;
  friend bool operator==(const Seen&, const Seen&) = default;
};

void AppendSeen(const v1::WatchEventsResponse& message, std::vector<Seen>& seen) {
  for (const v1::Event& event : message.events()) {
    seen.push_back({event.position(), event.resource(), event.message()});
  }
}

// Writers that commit one to four events of random jobs and datasets a time.
class Writers {
 public:
  Writers(TestLog* log, uint64_t seed) {
    for (int w = 0; w < kWriters; ++w) {
      threads_.emplace_back([=] {
        Random random(seed, "writer-" + std::to_string(w));
        for (int i = 0; i < kCommits; ++i) {
          std::vector<v1::Event> events(1 + random.Below(4));
          for (v1::Event& event : events) {
            const std::string kind = random.Chance(0.5) ? "jobs/" : "datasets/";
            event = TestLog::EventOf(kind + std::to_string(random.Below(5)),
                                     std::to_string(w) + "-" + std::to_string(i));
          }
          log->Commit(events);
        }
      });
    }
  }
  ~Writers() { Join(); }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

constexpr int64_t kLastPosition = kWriters * kCommits;

// What the store says the whole stream is.
std::vector<Seen> TruthOf(TestLog& log, const EventFilter& filter) {
  std::vector<Seen> truth;
  const auto events = log.store->ReadEvents({.after_position = 0, .max_events = 1000000});
  EXPECT_TRUE(events.ok()) << events.status();
  for (const store::StoredEvent& stored : *events) {
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(stored.payload));
    FeedEvent facts;
    facts.resource = stored.resource;
    facts.type = event.type();
    if (Matches(filter, facts))
      truth.push_back({stored.position, stored.resource, event.message()});
  }
  return truth;
}

// Reads a watch until it has reached the end of what the writers write. `each` may return false to
// break off.
void Follow(TestLog& log, WatchCore& watch,
            const std::function<bool(const v1::WatchEventsResponse&)>& each) {
  int64_t reached = 0;
  while (reached < kLastPosition) {
    auto message = watch.NextMessage();
    ASSERT_TRUE(message.ok()) << message.status();
    if (!message->has_value()) {
      // So that a filtered watch says where it is when the last commits are not for it.
      log.clock.Advance(absl::Seconds(1));
      std::this_thread::yield();
      continue;
    }
    v1::WatchEventsResponse decoded;
    ASSERT_TRUE(decoded.ParseFromString((*message)->ToString()));
    reached = decoded.position();
    if (!each(decoded)) return;
  }
}

// The stream of one watcher over everything, while four writers write.
std::vector<v1::WatchEventsResponse> StreamUnderLoad(TestLog& log, uint64_t seed) {
  WatchRequest request;
  request.after_position = 0;
  const auto watch = log.MustOpen(request);
  std::vector<v1::WatchEventsResponse> stream;
  Writers writers(&log, seed);
  Follow(log, *watch, [&](const v1::WatchEventsResponse& message) {
    stream.push_back(message);
    return true;
  });
  return stream;
}

TEST(WatchGuarantees, Ordered) {
  TestLog log;
  int64_t last = 0;
  for (const auto& message : StreamUnderLoad(log, Seed())) {
    EXPECT_GE(message.position(), last);
    last = message.position();
    for (const v1::Event& event : message.events()) EXPECT_EQ(event.position(), last);
  }
}

TEST(WatchGuarantees, Unique) {
  TestLog log;
  int64_t last = 0;
  for (const auto& message : StreamUnderLoad(log, Seed())) {
    if (message.events_size() == 0) continue;
    EXPECT_GT(message.position(), last) << "a commit came in two messages";
    last = message.position();
  }
}

TEST(WatchGuarantees, Reliable) {
  TestLog log;
  std::vector<Seen> seen;
  for (const auto& message : StreamUnderLoad(log, Seed())) AppendSeen(message, seen);
  EXPECT_EQ(seen, TruthOf(log, {}));
}

TEST(WatchGuarantees, Atomic) {
  TestLog log;
  const auto stream = StreamUnderLoad(log, Seed());
  std::map<int64_t, int> sizes;
  for (const Seen& event : TruthOf(log, {})) ++sizes[event.position];
  for (const auto& message : stream) {
    if (message.events_size() == 0) continue;
    EXPECT_EQ(message.events_size(), sizes[message.position()]);
  }
}

TEST(WatchGuarantees, Resumable) {
  const uint64_t seed = Seed();
  // A small tail, so that some resumptions read from the store.
  TestLog log({.max_tail_events = 40, .poll_interval = absl::Hours(1)});
  Random random(seed, "resumption");
  WatchRequest request;
  request.after_position = 0;
  request.filter.kinds = {"jobs"};
  std::vector<Seen> seen;
  Writers writers(&log, seed);
  int connections = 0;
  while (*request.after_position < kLastPosition) {
    const auto watch = log.MustOpen(request);
    request.log_id = log.feed.log().log_id;
    ++connections;
    Follow(log, *watch, [&](const v1::WatchEventsResponse& message) {
      AppendSeen(message, seen);
      request.after_position = message.position();
      return !random.Chance(0.2);
    });
    ASSERT_FALSE(HasFailure());
    EXPECT_EQ(watch->position(), *request.after_position);
  }
  writers.Join();
  EXPECT_GT(connections, 1);
  EXPECT_EQ(seen, TruthOf(log, request.filter));
}

TEST(WatchGuarantees, ResumableFromEveryPosition) {
  const uint64_t seed = Seed();
  // Of some positions the tail has all that follows, of most it has not.
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Hours(1)});
  { Writers writers(&log, seed); }
  log.AwaitFeed(kLastPosition);
  Random random(seed, "positions");
  WatchRequest request;
  request.filter.kinds = {"jobs"};
  const std::vector<Seen> truth = TruthOf(log, request.filter);
  for (int64_t position = 0; position <= kLastPosition; ++position) {
    request.after_position = position;
    WatchOptions options;
    options.read.events = 1 + static_cast<int64_t>(random.Below(50));
    options.read.bytes = 1 + random.Below(2000);
    const auto watch = log.MustOpen(request, options);
    std::vector<Seen> seen;
    for (const auto& message : log.Drain(*watch)) AppendSeen(message, seen);
    const auto rest = std::find_if(truth.begin(), truth.end(),
                                   [&](const Seen& event) { return event.position > position; });
    ASSERT_EQ(seen, std::vector<Seen>(rest, truth.end())) << "after " << position;
  }
}

TEST(WatchGuarantees, Bookmarkable) {
  TestLog log;
  WatchRequest request;
  request.filter.kinds = {"decisions"};  // of which there are none
  WatchOptions options;
  options.bookmark_interval = absl::Seconds(10);
  const auto watch = log.MustOpen(request, options);
  EXPECT_EQ(Outline(log.Drain(*watch)), "0! ");
  log.AwaitFeed(log.Commit("jobs/a"));
  log.clock.Advance(absl::Seconds(9));
  EXPECT_EQ(Outline(log.Drain(*watch)), "");
  EXPECT_EQ(watch->UntilBookmark(), absl::Seconds(1));
  log.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(Outline(log.Drain(*watch)), "1! ") << "the position moves on though nothing matched";
  EXPECT_EQ(watch->UntilBookmark(), absl::Seconds(10));
  log.clock.Advance(absl::Seconds(10));
  EXPECT_EQ(Outline(log.Drain(*watch)), "1! ") << "a sign of life on an idle log";
}

TEST(WatchGuarantees, SlowWatcherLosesNothingAndDelaysNobody) {
  const uint64_t seed = Seed();
  TestLog log({.max_tail_events = 10, .poll_interval = absl::Hours(1)});
  WatchRequest request;
  request.after_position = 0;
  const auto slow = log.MustOpen(request);
  std::vector<Seen> seen;
  {
    auto first = slow->NextMessage();
    ASSERT_TRUE(first.ok() && first->has_value());
  }
  // All of it is written, and followed by another, while this one does not move.
  StreamUnderLoad(log, seed);
  log.AwaitFeed(kLastPosition);
  const int reads_before = log.log_store.event_reads;
  const auto from_memory = slow->NextMessage(WatchCore::Mode::kNeverBlocks);
  ASSERT_TRUE(from_memory.ok() && !from_memory->has_value());
  EXPECT_TRUE(slow->must_block());
  Follow(log, *slow, [&](const v1::WatchEventsResponse& message) {
    AppendSeen(message, seen);
    return true;
  });
  EXPECT_GT(log.log_store.event_reads, reads_before) << "it caught up from the store";
  ASSERT_TRUE(slow->NextMessage(WatchCore::Mode::kNeverBlocks).ok());
  EXPECT_FALSE(slow->must_block()) << "it reads from memory again";
  EXPECT_EQ(seen, TruthOf(log, {}));
}

TEST(WatchGuarantees, MissedWakeUpsGiveTheSameStream) {
  TestLog log({.max_tail_events = 1000, .poll_interval = absl::Milliseconds(2)}, false);
  std::vector<Seen> seen;
  for (const auto& message : StreamUnderLoad(log, Seed())) AppendSeen(message, seen);
  EXPECT_EQ(seen, TruthOf(log, {}));
}

// One of many watchers: a random filter, a random start, now and then a new connection.
void WatchAtRandom(TestLog& log, uint64_t seed, int number) {
  Random random(seed, "watcher-" + std::to_string(number));
  WatchRequest request;
  request.after_position = 0;
  if (random.Chance(0.5)) request.filter.kinds = {random.Chance(0.5) ? "jobs" : "datasets"};
  if (random.Chance(0.3)) request.filter.resources = {"jobs/1", "datasets/2"};
  WatchOptions options;
  options.read.events = 1 + static_cast<int64_t>(random.Below(30));
  std::vector<Seen> seen;
  while (*request.after_position < kLastPosition && !testing::Test::HasFailure()) {
    const auto watch = log.MustOpen(request, options);
    Follow(log, *watch, [&](const v1::WatchEventsResponse& message) {
      AppendSeen(message, seen);
      request.after_position = message.position();
      return !random.Chance(0.02);
    });
  }
  EXPECT_EQ(seen, TruthOf(log, request.filter)) << "watcher " << number;
}

TEST(WatchGuarantees, HoldForAHundredWatchersAtOnce) {
  const uint64_t seed = Seed();
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Milliseconds(50)});
  std::vector<std::thread> watchers;
  Writers writers(&log, seed);
  for (int i = 0; i < 100; ++i) watchers.emplace_back([&, i] { WatchAtRandom(log, seed, i); });
  for (std::thread& watcher : watchers) watcher.join();
}

}  // namespace
}  // namespace tunegate::events
