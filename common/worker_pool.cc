#include "common/worker_pool.h"

#include <utility>

namespace tunegate {

WorkerPool::WorkerPool(size_t threads, size_t max_queued) : max_queued_(max_queued) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    Idle& bed = beds_.emplace_back();
    threads_.emplace_back([this, &bed] { Run(bed); });
  }
}

WorkerPool::~WorkerPool() { Shutdown(); }

bool WorkerPool::Submit(std::function<void()> work) {
  Idle* wake = nullptr;
  {
    MutexLock lock(mutex_);
    if (stopping_ || queue_.size() >= max_queued_) return false;
    queue_.push_back(std::move(work));
    wake = TakeIdle();
  }
  if (wake != nullptr) wake->woken.NotifyOne();
  return true;
}

WorkerPool::Idle* WorkerPool::TakeIdle() {
  if (queue_.empty() || idle_.empty() || waking_) return nullptr;
  Idle* last = idle_.back();
  idle_.pop_back();
  last->wake = true;
  waking_ = true;
  return last;
}

void WorkerPool::Shutdown() {
  std::vector<std::thread> joining;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    joining.swap(threads_);
    for (Idle* idle : idle_) {
      idle->wake = true;
      idle->woken.NotifyOne();
    }
    idle_.clear();
  }
  for (std::thread& thread : joining) thread.join();
}

size_t WorkerPool::QueuedCount() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void WorkerPool::Run(Idle& self) {
  while (true) {
    std::function<void()> work;
    Idle* wake = nullptr;
    {
      MutexLock lock(mutex_);
      while (queue_.empty()) {
        if (stopping_) return;
        self.wake = false;
        idle_.push_back(&self);
        self.woken.Wait(lock, [&self] { return self.wake; });
        waking_ = false;
      }
      work = std::move(queue_.front());
      queue_.pop_front();
      wake = TakeIdle();
    }
    if (wake != nullptr) wake->woken.NotifyOne();
    work();
  }
}

}  // namespace tunegate
