#include "server/events/test_log.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::events {

absl::StatusOr<std::vector<store::StoredEvent>> LogStore::ReadEvents(
    const store::EventRange& range) {
  ++event_reads;
  if (failures_left > 0) {
    --failures_left;
    return Unavailable("STORE_UNAVAILABLE", "not now");
  }
  if (range.after_position < oldest_position) {
    return OutOfRange("POSITION_TOO_OLD", "trimmed");
  }
  {
    MutexLock lock(mutex_);
    ++hanging_;
    changed_.NotifyAll();
    changed_.Wait(lock, [&] {
      return range.after_position < hang_from_ || range.after_position >= hang_to_;
    });
    --hanging_;
  }
  return ForwardingStore::ReadEvents(range);
}

void LogStore::Hang(int64_t from, int64_t to) {
  MutexLock lock(mutex_);
  hang_from_ = from;
  hang_to_ = to;
  changed_.NotifyAll();
}

testing::AssertionResult LogStore::AwaitHanging(int count) {
  MutexLock lock(mutex_);
  if (changed_.WaitFor(lock, absl::Seconds(60), [&] { return hanging_ >= count; })) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "only " << hanging_ << " of " << count;
}

absl::StatusOr<store::LogInfo> LogStore::ReadLogInfo() {
  ++log_reads;
  TG_ASSIGN_OR_RETURN(store::LogInfo log, ForwardingStore::ReadLogInfo());
  log.oldest_position = oldest_position;
  if (replaced) log.log_id = "another-log";
  return log;
}

TestLog::TestLog(FeedOptions options, bool wake_ups)
    : store(store::OpenTestStore(&clock)), log_store(store.get()), feed(&log_store, options) {
  const absl::Status started = feed.Start();
  EXPECT_TRUE(started.ok()) << started;
  listener_ = feed.AddListener([this] {
    MutexLock lock(mutex_);
    grown_.NotifyAll();
  });
  if (wake_ups) store->SetCommitListener([this] { feed.Poke(); });
}

TestLog::~TestLog() {
  store->SetCommitListener(nullptr);
  feed.RemoveListener(listener_);
  feed.Stop();
}

v1::Event TestLog::EventOf(const std::string& resource, const std::string& message, bool terminal) {
  v1::Event event;
  event.set_resource(resource);
  event.set_type(v1::Event::TYPE_STATE_CHANGED);
  event.set_message(message);
  event.set_terminal(terminal);
  return event;
}

int64_t TestLog::Commit(const std::vector<v1::Event>& events) {
  store::Transaction transaction;
  for (const v1::Event& event : events) {
    transaction.events.push_back(
        {.resource = event.resource(), .payload = event.SerializeAsString()});
  }
  const auto done = store->Commit(std::move(transaction));
  EXPECT_TRUE(done.ok()) << done.status();
  return done.ok() ? done->position : 0;
}

testing::AssertionResult TestLog::Await(const std::function<bool()>& done) {
  MutexLock lock(mutex_);
  for (int i = 0; i < 6000; ++i) {
    if (grown_.WaitFor(lock, absl::Milliseconds(10), done)) return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "did not happen within a minute";
}

void TestLog::AwaitFeed(int64_t position) {
  EXPECT_TRUE(Await([&] { return feed.log().newest_position >= position; }));
}

std::unique_ptr<WatchCore> TestLog::MustOpen(WatchRequest request, WatchOptions options) {
  options.clock = &clock;
  auto watch = WatchCore::Open(&feed, &log_store, std::move(request), options);
  EXPECT_TRUE(watch.ok()) << watch.status();
  return watch.ok() ? *std::move(watch) : nullptr;
}

std::vector<v1::WatchEventsResponse> TestLog::Drain(WatchCore& watch) {
  std::vector<v1::WatchEventsResponse> messages;
  while (true) {
    auto message = watch.NextMessage();
    EXPECT_TRUE(message.ok()) << message.status();
    if (!message.ok() || !message->has_value()) return messages;
    EXPECT_TRUE(messages.emplace_back().ParseFromString((*message)->ToString()));
  }
}

std::string Outline(const std::vector<v1::WatchEventsResponse>& messages) {
  std::string outline;
  for (const v1::WatchEventsResponse& message : messages) {
    for (const v1::Event& event : message.events()) {
      absl::StrAppend(&outline, event.resource(), "@", event.position(), " ");
    }
    absl::StrAppend(&outline, message.position(), message.caught_up() ? "! " : "- ");
  }
  return outline;
}

}  // namespace tunegate::events
