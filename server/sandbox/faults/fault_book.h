// FaultBook: the rules in force, and which of them a request meets. Counting, not chance: the same
// requests in the same order meet the same faults.
#ifndef TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_BOOK_H_
#define TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_BOOK_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/mutex.h"
#include "server/sandbox/faults/fault_plan.h"

namespace tunegate::sandbox {

// Thread-safe.
class FaultBook {
 public:
  // Replaces all rules; counting starts again.
  void SetRules(std::vector<FaultRule> rules);

  // What befalls a request to this route ("GET /files/{file_id}"), in the rules' order.
  std::vector<std::shared_ptr<const FaultEffect>> Meet(std::string_view route);

  // The rules as they were written, each with how many requests it has seen and met.
  json::Value Report() const;

 private:
  struct Entry {
    FaultRule rule;
    std::shared_ptr<const FaultEffect> effect;
    int64_t seen = 0;
    int64_t applied = 0;
  };

  std::atomic<bool> any_{false};  // spares the lock where there are no rules
  mutable Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// Whether a rule's `on` means this route: "*" is any, "{...}" stands for any placeholder.
bool MeansRoute(std::string_view on, std::string_view route);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_BOOK_H_
