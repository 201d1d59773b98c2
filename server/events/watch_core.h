// WatchCore: one watcher of the log as a state machine, free of gRPC. It gives messages one by one;
// whoever writes them asks for the next one when the last is gone, so a slow subscriber holds one
// message, and what WatchOptions says was read ahead, and delays nobody.
//
//   TG_ASSIGN_OR_RETURN(auto watch, WatchCore::Open(&feed, &store, request, options));
//   while (true) {
//     TG_ASSIGN_OR_RETURN(auto message, watch->NextMessage());
//     if (message) { write(*message); continue; }
//     if (watch->ended()) break;            // all is terminal: finish the stream with OK
//     wait for a feed listener's call, at most watch->UntilBookmark();
//   }
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_CORE_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_CORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/events/feed.h"
#include "server/events/snapshot_room.h"
#include "server/store/store.h"

namespace tunegate::events {

// WatchEventsRequest, decoded.
struct WatchRequest {
  EventFilter filter;
  // Unset: from now. 0: from the oldest that is kept; with a log_id it is a position like others.
  std::optional<int64_t> after_position;
  bool snapshot = false;
  bool stop_when_terminal = false;
  std::string log_id;  // empty: any
};

struct WatchOptions {
  // An idle stream gets a position this often.
  absl::Duration bookmark_interval = absl::Seconds(10);
  const Clock* clock = &RealClock();  // outlives the watch
  // How much is read ahead: what a watcher holds in memory, however long its subscriber sleeps; a
  // snapshot that it asked for is held in the room.
  ReadLimits read = {.events = 32, .bytes = 32 << 10};
  SnapshotRoom* room = &TheSnapshotRoom();  // outlives the watch
};

// A serialized tunegate.v1.WatchEventsResponse, in pieces: its fields `events` (FeedEvent::field),
// which are shared by all who receive them, and then the others.
struct WatchMessage {
  absl::InlinedVector<std::shared_ptr<const std::string>, 1> events;
  std::string rest;

  std::string ToString() const;
};

// Used by one thread at a time.
class WatchCore {
 public:
  // Blocks (it reads from the store). `feed` and `store` outlive the watch. Returns OUT_OF_RANGE
  // (POSITION_TOO_OLD, LOG_REPLACED), INVALID_ARGUMENT for requests that contradict themselves,
  // NOT_FOUND for stop_when_terminal with a name that does not exist, RESOURCE_EXHAUSTED
  // (NO_ROOM_FOR_SNAPSHOT).
  static absl::StatusOr<std::unique_ptr<WatchCore>> Open(Feed* feed, store::Store* store,
                                                         WatchRequest request,
                                                         WatchOptions options);

  // Whether NextMessage may take its time and read from the store.
  enum class Mode { kMayBlock, kNeverBlocks };
  // The next message; nullopt when there is none now, none ever (ended), or none without blocking
  // (must_block). Messages of a snapshot have position 0: only with the bookmark that follows them
  // can the stream be resumed. OUT_OF_RANGE (POSITION_TOO_OLD, LOG_REPLACED) and
  // RESOURCE_EXHAUSTED (SNAPSHOT_NOT_READ) end the watch.
  absl::StatusOr<std::optional<WatchMessage>> NextMessage(Mode mode = Mode::kMayBlock);

  // The last NextMessage gave nothing because it may not block: what comes next is not in memory.
  bool must_block() const { return must_block_; }
  // stop_when_terminal has come true and all was sent.
  bool ended() const { return ended_; }
  // Real time until NextMessage gives a bookmark if nothing else happens; may be 0.
  absl::Duration UntilBookmark() const;
  // Everything up to here has been given out: where a stream that is cut off now resumes. nullopt
  // until a snapshot is complete: it can only begin anew.
  std::optional<int64_t> position() const { return sent_position_; }

 private:
  // For stop_when_terminal: what is known of the named resources.
  struct Ending {
    std::map<std::string, bool> terminal;  // by name
    int64_t read_after = 0;                // events up to here are in `terminal` already
    int64_t valid_from = 0;                // what `terminal` says holds from this position on
  };

  WatchCore(Feed* feed, store::Store* store, WatchRequest request, WatchOptions options)
      : feed_(*feed), store_(*store), request_(std::move(request)), options_(options) {}

  absl::Status Begin();
  absl::Status BeginSnapshot();
  absl::Status BeginEnding();
  absl::Status CheckLog();
  absl::StatusOr<std::optional<WatchMessage>> NextSnapshotMessage();
  absl::StatusOr<std::optional<WatchMessage>> NextLogMessage(int64_t newest_position, Mode mode);
  absl::Status ReadAhead(Mode mode);
  WatchMessage IdleMessage(int64_t newest_position);
  void NoteForEnding(const FeedCommit& commit);
  bool AllTerminal() const;
  // `message` with its events.
  WatchMessage Finish(WatchMessage message, std::optional<int64_t> position, bool caught_up);

  Feed& feed_;
  store::Store& store_;
  const WatchRequest request_;
  const WatchOptions options_;

  std::string log_id_;
  uint64_t log_number_ = 0;                              // of the feed, when its id was ours
  int64_t cursor_ = 0;                                   // the last commit that was looked at
  std::vector<std::shared_ptr<const FeedCommit>> read_;  // commits after cursor_, from next_ on
  size_t next_ = 0;
  std::unique_ptr<SnapshotRoom::Snapshot> snapshot_;  // null when all of it was sent
  std::optional<Ending> ending_;

  bool bookmark_owed_ = true;  // whatever the time: at the start and after a snapshot
  bool said_caught_up_ = false;
  bool said_log_id_ = false;
  bool must_block_ = false;
  bool ended_ = false;
  std::optional<int64_t> sent_position_;
  absl::Duration last_message_;  // of the monotonic clock
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_CORE_H_
