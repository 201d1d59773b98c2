#include "server/events/watch_hub.h"

#include <algorithm>
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

uint64_t WatchHub::generation() const {
  MutexLock lock(mutex_);
  return generation_;
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
  if (draining_ || generation_ != seen_generation || refused_.erase(watcher) > 0) return false;
  idle_.insert(watcher);
  return true;
}

bool WatchHub::Remove(IdleWatcher* watcher) {
  MutexLock lock(mutex_);
  if (idle_.erase(watcher) > 0) return true;
  refused_.insert(watcher);
  return false;
}

void WatchHub::Enter(IdleWatcher* watcher) {
  MutexLock lock(mutex_);
  present_.insert(watcher);
}

void WatchHub::Leave(IdleWatcher* watcher) {
  {
    MutexLock lock(mutex_);
    refused_.erase(watcher);
    present_.erase(watcher);
  }
  changed_.NotifyAll();
}

void WatchHub::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
    ++generation_;
  }
  changed_.NotifyAll();
}

bool WatchHub::draining() const {
  MutexLock lock(mutex_);
  return draining_;
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
    if (sent == kNothingSent || idle_.contains(watcher)) continue;
    lag = std::max(lag, newest_position - sent);
  }
  return lag;
}

void WatchHub::Run() {
  while (true) {
    std::vector<IdleWatcher*> woken;
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(lock, kBookmarkTick,
                       [this] { return stopping_ || generation_ != woken_generation_; });
      if (stopping_) return;
      const bool all = generation_ != woken_generation_;
      woken_generation_ = generation_;
      // BookmarkDue is asked under the lock, so that a watcher cannot leave while it is asked; once
      // it is out of idle_, Remove answers false and the watcher stays until Wake was called.
      for (auto i = idle_.begin(); i != idle_.end();) {
        if (all || (*i)->BookmarkDue()) {
          woken.push_back(*i);
          i = idle_.erase(i);
        } else {
          ++i;
        }
      }
    }
    for (IdleWatcher* watcher : woken) watcher->Wake();
  }
}

}  // namespace tunegate::events
