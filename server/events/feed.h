// Feed: the in-memory tail of the log, filled by one store reader for the whole process and read by
// every watcher from a position of its own. It gives bytes, not messages: an event is serialized
// once and shared by all who receive it.
//
//   Feed feed(&store, FeedOptions{});
//   TG_RETURN_IF_ERROR(feed.Start());
//   store.SetCommitListener([&] { feed.Poke(); });
//   TG_ASSIGN_OR_RETURN(auto commits, feed.Read(position, {}));
//   if (!commits.empty()) position = commits.back()->position;
//
// A wake-up, or none, gives the same stream: signals carry no data. WatchCore makes a watcher of
// it.
#ifndef TUNEGATE_SERVER_EVENTS_FEED_H_
#define TUNEGATE_SERVER_EVENTS_FEED_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace tunegate::events {

// What a watcher wants to see. All that is set must match.
struct EventFilter {
  std::set<std::string> resources;  // names; empty with kinds empty: everything
  std::set<std::string> kinds;      // from "decisions/-"
  bool include_owned = false;       // with a workflow's name: what it owns, too
  std::set<int> types;              // tunegate.v1.Event.Type; empty: all
  std::map<std::string, std::string> labels;
};

// One event of the tail: what filters need, and its bytes with position and time in them.
struct FeedEvent {
  // The serialized tunegate.v1.Event.
  std::string_view bytes() const { return std::string_view(*field).substr(head_size); }
  std::string resource;
  std::string owner;
  int type = 0;
  bool terminal = false;
  std::map<std::string, std::string> labels;
  // The event as field `events` of a WatchEventsResponse, whose bytes are its fields' in a row: a
  // head (tag and length), and what bytes() gives.
  std::shared_ptr<const std::string> field;
  size_t head_size = 0;
};

// One commit.
struct FeedCommit {
  int64_t position = 0;
  std::vector<FeedEvent> events;
  size_t size_bytes = 0;  // of its events' fields
};

bool Matches(const EventFilter& filter, const FeedEvent& event);

// The tail ends with the first commit that passes one of the limits.
struct FeedOptions {
  size_t max_tail_events = 10000;
  size_t max_tail_bytes = 64 << 20;
  // How often the store is looked at without any wake-up.
  absl::Duration poll_interval = absl::Seconds(1);
};

// How much a Read gives at most; but always one whole commit, where there is one.
struct ReadLimits {
  int64_t events = 1000;
  size_t bytes = 1 << 20;
};

// Thread-safe.
class Feed {
 public:
  Feed(store::Store* store, FeedOptions options);
  ~Feed();

  // Starts the reader thread; it reads from the log's present end.
  absl::Status Start();
  void Stop();
  // The log may have grown. Does not block.
  void Poke();

  // The log's id and ends, as last read.
  store::LogInfo log() const;
  // Of that alone; takes no lock.
  int64_t newest_position() const;
  // Another one each time the log may have become another (log().log_id); takes no lock. Never 0.
  uint64_t log_number() const;

  // Commits after `position`, oldest first; from the tail, or (blocking) from the store when the
  // tail no longer has them. Empty when there are none yet. OUT_OF_RANGE (POSITION_TOO_OLD).
  absl::StatusOr<std::vector<std::shared_ptr<const FeedCommit>>> Read(int64_t position,
                                                                      const ReadLimits& limits);
  // The same without ever blocking: nullopt when the tail no longer has them.
  std::optional<std::vector<std::shared_ptr<const FeedCommit>>> ReadTail(
      int64_t position, const ReadLimits& limits) const;

  // `listener` is called, from the reader thread and with no lock held, whenever the tail has
  // grown; it must not block. Remove returns when it is not running any more.
  int AddListener(std::function<void()> listener);
  void RemoveListener(int id);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_FEED_H_
