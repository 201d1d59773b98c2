// Sandbox: all parts of the server put together over one data directory, without a socket: tests
// speak to it through Handle.
#ifndef TUNEGATE_SERVER_SANDBOX_SANDBOX_H_
#define TUNEGATE_SERVER_SANDBOX_SANDBOX_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/sandbox/batches/batch_engine.h"
#include "server/sandbox/chat/chat_service.h"
#include "server/sandbox/faults/fault_book.h"
#include "server/sandbox/file_store.h"
#include "server/sandbox/front.h"
#include "server/sandbox/http/router.h"
#include "server/sandbox/jobs/job_engine.h"
#include "server/sandbox/jobs/job_store.h"
#include "server/sandbox/models.h"
#include "server/sandbox/rate_limiter.h"
#include "server/sandbox/statistics.h"
#include "server/sandbox/upload_store.h"

namespace tunegate::sandbox {

// Thread-safe.
class Sandbox {
 public:
  struct Options {
    std::string data_dir;
    std::string api_key;
    absl::Duration chat_latency = absl::ZeroDuration();
    absl::Duration train_time_per_step = absl::ZeroDuration();
    absl::Duration batch_time_per_line = absl::ZeroDuration();
    RateLimiter::Limits rate_limits;
    FaultPlan faults;  // its latency and pace, when set, go before the ones above
  };

  // Reads what the directory holds and goes on with jobs that were under way. `clock` must outlive
  // the sandbox.
  static absl::StatusOr<std::unique_ptr<Sandbox>> Open(const Options& options, const Clock& clock);

  bool IsHeavy(const Request& request) const { return front_->IsHeavy(request); }
  Response Handle(Request& request) { return front_->Handle(request); }

 private:
  Sandbox() = default;
  void AddRoutes();
  void Apply(FaultPlan plan);

  // In the order of their dependencies: destroyed from the bottom up.
  Router router_;
  FaultBook faults_;
  Statistics statistics_;
  std::unique_ptr<RateLimiter> limiter_;
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<ModelStore> models_;
  std::unique_ptr<JobStore> jobs_;
  std::unique_ptr<JobEngine> engine_;
  std::unique_ptr<UploadStore> uploads_;
  std::unique_ptr<ChatService> chat_;
  std::unique_ptr<BatchEngine> batches_;
  std::unique_ptr<Front> front_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_SANDBOX_H_
