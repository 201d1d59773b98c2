#include "server/events/watch_hub.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tunegate::events {
namespace {

// How exact bookmarks are.
constexpr absl::Duration kBookmarkTick = absl::Seconds(1);

}  // namespace

WatchHub::WatchHub(Feed* feed) : feed_(feed) {
  listener_ = feed_->AddListener([this] { Poke(); });
  thread_ = std::thread([this] { Run(); });
}

WatchHub::~WatchHub() {
  feed_->RemoveListener(listener_);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void WatchHub::Poke() {
  {
    MutexLock lock(mutex_);
    ++generation_;
  }
  changed_.NotifyAll();
}

bool WatchHub::Wait(IdleWatcher* watcher, uint64_t seen_generation) {
  MutexLock lock(mutex_);
  if (draining_ || generation_ != seen_generation) return false;
  if (std::exchange(watcher->refused_, false)) return false;
  Insert(watcher);
  return true;
}

bool WatchHub::Remove(IdleWatcher* watcher) {
  MutexLock lock(mutex_);
  if (watcher->idle_) {
    Erase(watcher);
    return true;
  }
  watcher->refused_ = true;
  return false;
}

void WatchHub::Insert(IdleWatcher* watcher) {
  watcher->idle_ = true;
  watcher->before_ = nullptr;
  watcher->after_ = first_idle_;
  if (first_idle_ != nullptr) first_idle_->before_ = watcher;
  first_idle_ = watcher;
}

void WatchHub::Erase(IdleWatcher* watcher) {
  watcher->idle_ = false;
  if (watcher->after_ != nullptr) watcher->after_->before_ = watcher->before_;
  (watcher->before_ != nullptr ? watcher->before_->after_ : first_idle_) = watcher->after_;
}

void WatchHub::Enter(IdleWatcher* watcher) {
  MutexLock lock(mutex_);
  present_.insert(watcher);
}

void WatchHub::Leave(IdleWatcher* watcher) {
  MutexLock lock(mutex_);
  present_.erase(watcher);
  // With the lock held: whoever waits for the last to leave may take the hub down at once.
  if (present_.empty()) changed_.NotifyAll();
}

void WatchHub::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
    ++generation_;
  }
  changed_.NotifyAll();
}

bool WatchHub::AwaitEmpty(absl::Duration timeout) {
  MutexLock lock(mutex_);
  return changed_.WaitFor(lock, timeout, [this] { return present_.empty(); });
}

int64_t WatchHub::Lag(int64_t newest_position) const {
  MutexLock lock(mutex_);
  int64_t lag = 0;
  for (IdleWatcher* watcher : present_) {
    const int64_t sent = watcher->SentPosition();
    if (sent == kNothingSent || watcher->idle_) continue;
    lag = std::max(lag, newest_position - sent);
  }
  return lag;
}

void WatchHub::Run() {
  std::vector<IdleWatcher*> woken;
  while (true) {
    woken.clear();
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(lock, kBookmarkTick,
                       [this] { return stopping_ || generation_ != woken_generation_; });
      if (stopping_) return;
      const bool all = generation_ != woken_generation_;
      woken_generation_ = generation_;
      // BookmarkDue is asked under the lock, so that a watcher cannot leave while it is asked; once
      // it is not idle any more, Remove answers false and the watcher stays until Wake was called.
      for (IdleWatcher *watcher = first_idle_, *next; watcher != nullptr; watcher = next) {
        next = watcher->after_;
        if (!all && !watcher->BookmarkDue()) continue;
        woken.push_back(watcher);
        Erase(watcher);
      }
    }
    for (IdleWatcher* watcher : woken) watcher->Wake();
  }
}

}  // namespace tunegate::events
