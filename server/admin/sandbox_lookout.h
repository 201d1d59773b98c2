// SandboxLookout: finds out whether a provider is the sandbox that comes with the product although
// nobody said so (`--openai_base_url` alone), so that screens name what really answers and nothing
// the sandbox does is priced.
#ifndef TUNEGATE_SERVER_ADMIN_SANDBOX_LOOKOUT_H_
#define TUNEGATE_SERVER_ADMIN_SANDBOX_LOOKOUT_H_

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/admin/provider_access.h"

namespace tunegate::admin {

// Thread-safe.
class SandboxLookout {
 public:
  struct Candidate {
    ProviderAccess access;
    std::shared_ptr<std::atomic<bool>> is_sandbox;  // set when it says so
  };
  // `clock` outlives it.
  SandboxLookout(std::vector<Candidate> candidates, const Clock* clock)
      : clock_(clock), open_(std::move(candidates)) {}

  // Asks those that have not answered yet, each for at most `timeout`; again only after a while,
  // and never while another thread asks.
  void Look(absl::Duration timeout);

 private:
  const Clock* const clock_;
  Mutex mutex_;
  std::vector<Candidate> open_ ABSL_GUARDED_BY(mutex_);
  bool looking_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration next_look_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_SANDBOX_LOOKOUT_H_
