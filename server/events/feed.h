// Feed: the in-memory tail of the log, filled by one store reader for the whole process and read by
// every watcher from a position of its own. It gives bytes, not messages: an event is serialized
// once and shared by all who receive it.
//
//   Feed feed(&store, FeedOptions{});
//   TG_RETURN_IF_ERROR(feed.Start());
//   store.SetCommitListener([&] { feed.Poke(); });
//   TG_ASSIGN_OR_RETURN(auto commits, feed.Read(position, 100));
//   if (!commits.empty()) position = commits.back()->position;
//
// A wake-up, or none, gives the same stream: signals carry no data. WatchCore makes a watcher of
// it.
#ifndef TUNEGATE_SERVER_EVENTS_FEED_H_
#define TUNEGATE_SERVER_EVENTS_FEED_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
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
  std::string resource;
  std::string owner;
  int type = 0;
  bool terminal = false;
  std::map<std::string, std::string> labels;
  std::shared_ptr<const std::string> bytes;  // a complete serialized tunegate.v1.Event
};

// One commit.
struct FeedCommit {
  int64_t position = 0;
  std::vector<FeedEvent> events;
};

bool Matches(const EventFilter& filter, const FeedEvent& event);

struct FeedOptions {
  size_t max_tail_events = 10000;
  // How often the store is looked at without any wake-up.
  absl::Duration poll_interval = absl::Seconds(1);
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

  // Commits after `position`, oldest first, at most `max_events` events but at least one whole
  // commit; from the tail, or (blocking) from the store when the tail no longer has them. Empty
  // when there are none yet. OUT_OF_RANGE (POSITION_TOO_OLD).
  absl::StatusOr<std::vector<std::shared_ptr<const FeedCommit>>> Read(int64_t position,
                                                                      int64_t max_events);
  // True when Read(position) will be served from memory (and so does not block).
  bool InTail(int64_t position) const;

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
