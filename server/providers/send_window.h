// SendWindow: for how long after its intent something may be sent that must happen once. An outside
// call never outlives its lease: the intent is committed with a lease of the call's time-out and a
// margin, and a process that was frozen for longer than the margin may wake up when another has
// long settled what became of the intent, and sent it itself.
//
//   intent.lease_duration = timeout + SendWindow::kMargin;
//   const SendWindow window(&clock);
//   TG_RETURN_IF_ERROR(store.Commit(std::move(intent)).status());
//   if (const absl::Status held_up = window.Check(); !held_up.ok()) ...  // not sent
//   provider.CreateJob(call, timeout)
#ifndef TUNEGATE_SERVER_PROVIDERS_SEND_WINDOW_H_
#define TUNEGATE_SERVER_PROVIDERS_SEND_WINDOW_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/errors.h"

namespace tunegate::providers {

class SendWindow {
 public:
  // What may pass from before the intent's commit until the call is sent.
  static constexpr absl::Duration kMargin = absl::Seconds(10);

  // Opens now: before the lease is taken. `clock` outlives it.
  explicit SendWindow(const Clock* clock) : clock_(*clock), begin_(clock->Monotonic()) {}

  // UNAVAILABLE (SEND_HELD_UP), of which SentOf says that nothing was sent, once it is over.
  absl::Status Check() const {
    if (clock_.Monotonic() - begin_ < kMargin) return absl::OkStatus();
    return Unavailable("SEND_HELD_UP", "held up before it was sent").Metadata("sent", "no");
  }

 private:
  const Clock& clock_;
  const absl::Duration begin_;
};

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_SEND_WINDOW_H_
