// Trimmer: applies the retention once a minute, for as long as the server runs.
#ifndef TUNEGATE_SERVER_MAINTENANCE_TRIMMER_H_
#define TUNEGATE_SERVER_MAINTENANCE_TRIMMER_H_

#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/store/caretaker.h"

namespace tunegate::maintenance {

// Thread-safe. What fails is logged, and tried again the next time.
class Trimmer {
 public:
  // `caretaker` outlives it.
  Trimmer(store::Caretaker* caretaker, const store::Retention& retention,
          absl::Duration interval = absl::Minutes(1))
      : caretaker_(*caretaker), retention_(retention), interval_(interval) {}
  ~Trimmer() { Stop(); }

  void Start();
  // Stops what is being dropped, and drops nothing more. Does not block.
  void BeginStop();
  // The same, and returns when nothing is being dropped any more. Idempotent.
  void Stop();

 private:
  void Run();

  store::Caretaker& caretaker_;
  const store::Retention retention_;
  const absl::Duration interval_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_TRIMMER_H_
