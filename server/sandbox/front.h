// Front: what every request passes before and after its handler: request id, key, statistics,
// latency. The faults and rate limits hook in here, so that handlers stay those of a healthy
// server.
#ifndef TUNEGATE_SERVER_SANDBOX_FRONT_H_
#define TUNEGATE_SERVER_SANDBOX_FRONT_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/sandbox/faults/fault_book.h"
#include "server/sandbox/http/router.h"
#include "server/sandbox/statistics.h"

namespace tunegate::sandbox {

// Handle and IsHeavy are thread-safe.
class Front {
 public:
  struct Options {
    std::string api_key;  // "": any key that is not empty
  };

  // All but the options must outlive it.
  Front(const Router& router, FaultBook& faults, Statistics& statistics, const Clock& clock,
        Options options);

  // Whether Handle(request) may take longer than a loop thread should.
  bool IsHeavy(const Request& request) const;
  Response Handle(Request& request);

  // How long a chat completion takes at least.
  void SetChatLatency(absl::Duration latency) {
    chat_latency_nanoseconds_ = absl::ToInt64Nanoseconds(latency);
  }

 private:
  using Effects = std::vector<std::shared_ptr<const FaultEffect>>;
  Response Answer(Request& request, const Router::Match& match, Effects& effects);
  absl::Status Authenticate(const Request& request) const;

  const Router& router_;
  FaultBook& faults_;
  Statistics& statistics_;
  const Clock& clock_;
  const Options options_;
  const std::string request_id_prefix_;
  std::atomic<uint64_t> request_count_{0};
  std::atomic<int64_t> chat_latency_nanoseconds_{0};
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FRONT_H_
