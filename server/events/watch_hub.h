// WatchHub: wakes idle watchers, when the log has grown, when a bookmark is due, and when the
// server drains. One thread for all of them. Free of gRPC.
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_HUB_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_HUB_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/events/feed.h"

namespace tunegate::events {

// Somebody who waits. Both methods are called from the hub's thread and must not block.
class IdleWatcher {
 public:
  virtual ~IdleWatcher() = default;
  // There may be something to send. It is no longer registered.
  virtual void Wake() = 0;
  // Whether to wake it although nothing has happened.
  virtual bool BookmarkDue() = 0;
  // Up to which position it has been sent everything; kNothingSent before its first message. From
  // any thread.
  virtual int64_t SentPosition() const = 0;

 private:
  friend class WatchHub;
  // The hub's, under its mutex: where it stands among those who wait, so that ten thousand who go
  // to sleep and are woken with each event take no memory and no search.
  IdleWatcher* before_ = nullptr;
  IdleWatcher* after_ = nullptr;
  bool idle_ = false;
  bool refused_ = false;
};

inline constexpr int64_t kNothingSent = -1;

// Thread-safe.
class WatchHub {
 public:
  // `feed` outlives the hub.
  explicit WatchHub(Feed* feed);
  ~WatchHub();

  // Grows whenever the log may have: read it before looking for messages. Takes no lock.
  uint64_t generation() const { return generation_; }
  // Registers a watcher that found nothing at `seen_generation`. False, and not registered, when
  // something has happened since, the server drains, or Remove was called meanwhile: look again.
  // After true the watcher belongs to the hub: it may be woken, and gone, before this returns.
  [[nodiscard]] bool Wait(IdleWatcher* watcher, uint64_t seen_generation);
  // Takes a watcher out. False when it is not registered just now; its next Wait is then refused.
  bool Remove(IdleWatcher* watcher);

  // Watchers come and go between these: for shutdown, and for Lag.
  void Enter(IdleWatcher* watcher);
  void Leave(IdleWatcher* watcher);

  // How many positions the slowest watcher is behind `newest_position`; who waits has seen all.
  int64_t Lag(int64_t newest_position) const;

  // Wakes everybody, now and whenever they wait again; they see draining() and end.
  void Drain();
  bool draining() const { return draining_; }  // takes no lock
  // Returns when the last watcher has left, or after `timeout`. True when none is left.
  bool AwaitEmpty(absl::Duration timeout);

 private:
  void Run();
  void Poke();
  void Insert(IdleWatcher* watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(IdleWatcher* watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Feed* feed_;
  int listener_ = 0;
  mutable Mutex mutex_;
  CondVar changed_;
  // Written with the lock held, so that Wait sees what is so; read without it by every watcher at
  // every message.
  std::atomic<uint64_t> generation_{0};
  std::atomic<bool> draining_{false};
  uint64_t woken_generation_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<IdleWatcher*> present_ ABSL_GUARDED_BY(mutex_);
  IdleWatcher* first_idle_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_HUB_H_
