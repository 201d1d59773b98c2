// TestLog: a real store with a feed on it, and short ways to write events and to read watches.
#ifndef TUNEGATE_SERVER_EVENTS_TEST_LOG_H_
#define TUNEGATE_SERVER_EVENTS_TEST_LOG_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "gtest/gtest.h"
#include "server/events/feed.h"
#include "server/events/watch_core.h"
#include "server/store/forwarding_store.h"
#include "server/store/store.h"
#include "server/store/test_store.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {

// A store whose log can be trimmed, replaced, out of reach or stuck, and that counts what is read
// of it.
class LogStore : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<std::vector<store::StoredEvent>> ReadEvents(
      const store::EventRange& range) override;
  absl::StatusOr<store::LogInfo> ReadLogInfo() override;

  // Reads after positions from `from` on and before `to` hang until LetGo.
  void Hang(int64_t from, int64_t to);
  void LetGo() { Hang(0, 0); }
  // Waits until so many hang.
  testing::AssertionResult AwaitHanging(int count);

  std::atomic<int64_t> oldest_position = 0;
  std::atomic<int> failures_left = 0;
  std::atomic<int> event_reads = 0;
  std::atomic<int> log_reads = 0;
  std::atomic<bool> replaced = false;

 private:
  Mutex mutex_;
  CondVar changed_;
  int64_t hang_from_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t hang_to_ ABSL_GUARDED_BY(mutex_) = 0;
  int hanging_ ABSL_GUARDED_BY(mutex_) = 0;
};

class TestLog {
 public:
  // The feed is started, and poked by commits if `wake_ups`.
  explicit TestLog(FeedOptions options = {}, bool wake_ups = true);
  ~TestLog();

  static v1::Event EventOf(const std::string& resource, const std::string& message = "",
                           bool terminal = false);
  // Commits these events; returns the position.
  int64_t Commit(const std::vector<v1::Event>& events);
  int64_t Commit(const std::string& resource) { return Commit({EventOf(resource)}); }
  // Waits until the feed has read up to `position`.
  void AwaitFeed(int64_t position);
  // Waits until `done` holds; it is asked whenever the feed has grown, and now and then.
  testing::AssertionResult Await(const std::function<bool()>& done);

  std::unique_ptr<WatchCore> MustOpen(WatchRequest request, WatchOptions options = {});
  // Every message that is there now, decoded.
  std::vector<v1::WatchEventsResponse> Drain(WatchCore& watch);

  FakeClock clock{absl::FromUnixMicros(1800000000000001)};
  std::unique_ptr<store::Store> store;
  LogStore log_store;
  Feed feed;

 private:
  Mutex mutex_;
  CondVar grown_;
  int listener_;
};

// "jobs/a@3" for each event in order; "-" ends a message, "!" marks one that says caught up.
std::string Outline(const std::vector<v1::WatchEventsResponse>& messages);

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_TEST_LOG_H_
