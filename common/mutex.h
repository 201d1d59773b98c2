// Mutex, MutexLock, CondVar: std's, with Clang's thread-safety annotations, so that both its static
// analysis and ThreadSanitizer (which does not understand absl::Mutex in Debian's library) see
// them.
//
//   Mutex mutex_;
//   int count_ ABSL_GUARDED_BY(mutex_);
//   { MutexLock lock(mutex_); ++count_; }
//   { MutexLock lock(mutex_); changed_.Wait(lock, [&] { return count_ > 3; }); }
#ifndef TUNEGATE_COMMON_MUTEX_H_
#define TUNEGATE_COMMON_MUTEX_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace tunegate {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds the mutex from construction to destruction.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

class CondVar {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

  // Returns when done() holds; done is called with the mutex held.
  template <typename Predicate>
  void Wait(MutexLock& lock, Predicate done) {
    condition_.wait(lock.lock_, done);
  }

  // As Wait, but gives up after `timeout` of real time. Returns done().
  template <typename Predicate>
  bool WaitFor(MutexLock& lock, absl::Duration timeout, Predicate done) {
    // The standard library adds it to the time; what is as good as for ever must not overflow.
    const absl::Duration bounded = std::min(timeout, absl::Hours(24 * 365));
    return condition_.wait_for(lock.lock_, absl::ToChronoNanoseconds(bounded), done);
  }

 private:
  std::condition_variable condition_;
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_MUTEX_H_
