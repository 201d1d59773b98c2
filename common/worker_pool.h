// WorkerPool: a fixed number of threads with a bounded queue. What blocks (store, files, provider)
// runs here and never on a gRPC callback thread, of which there are two.
#ifndef TUNEGATE_COMMON_WORKER_POOL_H_
#define TUNEGATE_COMMON_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace tunegate {

// Thread-safe. The destructor runs what was accepted, then joins.
class WorkerPool {
 public:
  WorkerPool(size_t threads, size_t max_queued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `work` on one of the threads, in the order of submission. False, and `work` is dropped,
  // when the queue is full or the pool is shutting down.
  [[nodiscard]] bool Submit(std::function<void()> work);

  // Refuses new work, runs what was accepted, joins. Idempotent; not from one of its own threads.
  void Shutdown();

  size_t QueuedCount() const;

 private:
  // A thread's bed; as long-lived as the pool.
  struct Idle {
    CondVar woken;
    bool wake = false;  // guarded by mutex_
  };

  void Run(Idle& self);
  // The thread to be woken, without the lock, by whoever asks; nullptr: none. The one that lay down
  // last is the warmest. While one is on its way nobody wakes another: it does so itself when there
  // is more than it takes. So a burst costs who submits it one wake-up.
  Idle* TakeIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_queued_;
  mutable Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;  // a thread was woken and has not looked yet
  std::vector<Idle*> idle_ ABSL_GUARDED_BY(mutex_);
  std::deque<Idle> beds_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_WORKER_POOL_H_
