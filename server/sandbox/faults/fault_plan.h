// FaultPlan: what the sandbox does wrong on purpose, as data. ../README.md lists every key.
//
//   {"rules": [{"on": "POST /chat/completions", "every": 10, "do": {"status": 503}}],
//    "chat_latency_ms": 20}
#ifndef TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_PLAN_H_
#define TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/json.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

// What happens to one request. Whatever is unset stays as a healthy server does it.
struct FaultEffect {
  enum class Reset { kNever, kBefore, kAfter };  // of handling the request

  // Instead of handling the request:
  std::optional<int> status;
  json::Value error;  // members of the error object; null: fitting ones
  // Before the request is handled:
  std::vector<std::string> ignore_query;  // parameters that are dropped, with all NAME[...]
  std::vector<std::string> ignore_body;   // members of the body that are dropped
  json::Value job;                        // see JobFault
  json::Value batch;                      // see BatchFault
  // To the answer:
  Pairs headers;
  std::optional<std::string> body;  // this text instead of the answer's
  std::string content_type;
  json::Value set;                  // {path: value} into the answer's JSON
  std::vector<std::string> remove;  // paths out of it
  std::string invalid_utf8;         // path of a string that gets bytes which are no UTF-8
  int64_t late_seconds = 0;         // a list leaves out what is younger
  bool repeat = false;              // a list gives each item twice
  bool reverse = false;             // a list comes the other way round
  // To its delivery:
  Reset reset = Reset::kNever;
  absl::Duration delay = absl::ZeroDuration();
  std::optional<size_t> cut_after_bytes;
  int64_t bytes_per_second = 0;
};

// Applies to every `every`th of the requests that match `on`, after the first `after` of them, at
// most `times` times (0: without end).
struct FaultRule {
  std::string on;
  int64_t every = 1;
  int64_t after = 0;
  int64_t times = 0;
  FaultEffect effect;
  json::Value source;  // as it was written
};

struct FaultPlan {
  std::vector<FaultRule> rules;
  std::optional<absl::Duration> chat_latency;
  std::optional<absl::Duration> train_time_per_step;
  std::optional<absl::Duration> batch_time_per_line;
};

// 400 naming the member that is unknown, of a wrong type or out of range.
absl::StatusOr<FaultPlan> ParseFaultPlan(const json::Value& document);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_PLAN_H_
