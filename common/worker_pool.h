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
  void Run();

  const size_t max_queued_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_WORKER_POOL_H_
