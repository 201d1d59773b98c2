#include "server/maintenance/trimmer.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace tunegate::maintenance {

void Trimmer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Trimmer::BeginStop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.NotifyAll();
}

void Trimmer::Stop() {
  BeginStop();
  if (thread_.joinable()) thread_.join();
}

void Trimmer::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      const auto stopping = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_; };
      if (changed_.WaitFor(lock, interval_, stopping)) return;
    }
    const auto stop = [this] {
      MutexLock lock(mutex_);
      return stopping_;
    };
    const absl::StatusOr<int64_t> dropped = caretaker_.DropOldEvents(retention_, stop);
    if (absl::IsCancelled(dropped.status())) continue;
    if (!dropped.ok()) {
      log::Warning("old events could not be dropped", {{"error", dropped.status().ToString()}});
    } else if (*dropped > 0) {
      log::Info("old events dropped", {{"events", *dropped}});
    }
  }
}

}  // namespace tunegate::maintenance
