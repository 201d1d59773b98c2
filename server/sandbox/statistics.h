// Statistics: how often each route was asked, what it answered, and how often a fault was served.
#ifndef TUNEGATE_SERVER_SANDBOX_STATISTICS_H_
#define TUNEGATE_SERVER_SANDBOX_STATISTICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/json.h"
#include "common/mutex.h"

namespace tunegate::sandbox {

// Thread-safe.
class Statistics {
 public:
  // `route` is "" for requests that none answers; `status` 0 for a connection that was reset.
  void Count(std::string_view route, int status, bool fault);

  // {"requests": n, "routes": {"POST /files": {"requests": n, "faults": n, "statuses": {"200":
  // n}}}}
  json::Value Report() const;

 private:
  struct Counters {
    int64_t requests = 0;
    int64_t faults = 0;
    std::map<int, int64_t> statuses;
  };
  mutable Mutex mutex_;
  std::map<std::string, Counters, std::less<>> routes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_STATISTICS_H_
