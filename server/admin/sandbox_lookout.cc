#include "server/admin/sandbox_lookout.h"

namespace tunegate::admin {
namespace {

// A provider that is down is not asked with every call of ours.
constexpr absl::Duration kPatience = absl::Seconds(5);

}  // namespace

void SandboxLookout::Look(absl::Duration timeout) {
  std::vector<Candidate> asked;
  {
    MutexLock lock(mutex_);
    if (looking_ || open_.empty() || clock_->Monotonic() < next_look_) return;
    looking_ = true;
    asked.swap(open_);
  }
  std::vector<Candidate> unanswered;
  for (Candidate& candidate : asked) {
    const ProviderLook look = candidate.access.look(timeout);
    if (look.answered) {
      candidate.is_sandbox->store(look.sandbox);
    } else {
      unanswered.push_back(std::move(candidate));
    }
  }
  MutexLock lock(mutex_);
  open_ = std::move(unanswered);
  looking_ = false;
  next_look_ = clock_->Monotonic() + kPatience;
}

}  // namespace tunegate::admin
