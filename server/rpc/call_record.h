// CallRecord: one call from its arrival to its status: its id, its figures, its line in the log.
// Every RPC has one, whoever writes its answer. Free of gRPC.
#ifndef TUNEGATE_SERVER_RPC_CALL_RECORD_H_
#define TUNEGATE_SERVER_RPC_CALL_RECORD_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "server/metrics/catalogue.h"

namespace tunegate::rpc {

// The metadata, asked and answered, that holds a call's id.
inline constexpr char kRequestIdKey[] = "x-request-id";

// `given` where a caller may choose it: 1 to 64 of A-Z a-z 0-9 . _ : - ; otherwise a new id, unique
// for this process and, by chance, for all.
std::string RequestIdFrom(std::string_view given);

// Used by one thread at a time.
class CallRecord {
 public:
  // Only a unary call is timed: a stream lasts as long as its bytes, a watch as its subscriber
  // likes.
  enum class Shape { kUnary, kStream, kWatch };

  // `method` is a literal, or lives as long ("GetJob"). `given_id` is what the caller sent.
  CallRecord(std::string_view method, Shape shape, std::string_view given_id);
  // A call that nobody ended has been cancelled.
  ~CallRecord();
  CallRecord(const CallRecord&) = delete;
  CallRecord& operator=(const CallRecord&) = delete;

  const std::string& id() const { return id_; }
  std::string_view method() const { return method_; }
  // What is known of it before its end: who calls, and which resource is meant.
  void SetCaller(std::string_view caller) { caller_ = caller; }
  void SetResource(std::string_view resource);
  const std::string& resource() const { return resource_; }

  // Counts the call, and logs it when it failed. What follows the first time is ignored.
  void End(const absl::Status& status);

 private:
  const std::string_view method_;
  const Shape shape_;
  const std::string id_;
  const absl::Duration begin_;
  const metrics::InFlight in_flight_;
  std::string caller_;
  std::string resource_;
  bool ended_ = false;
};

// Puts a call's id, and the resource that it is about, on every log line of this thread.
class CallScope {
 public:
  explicit CallScope(const CallRecord& call) : id_({{"request_id", call.id()}}) {
    if (!call.resource().empty()) resource_.emplace(log::Fields{{"resource", call.resource()}});
  }

 private:
  const log::Scope id_;
  std::optional<log::Scope> resource_;
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_CALL_RECORD_H_
