// FakeServer: a gRPC server on a free loopback port whose answers a test writes, by request type.
// Methods without an answer are UNIMPLEMENTED.
//
//   FakeServer server;
//   server.On<v1::GetJobRequest>([](const v1::GetJobRequest& request) -> ... { ... });
//   server.OnStream("EventService/WatchEvents", [](const auto& requests) { ... });
#ifndef TUNEGATE_CLIENT_TESTING_FAKE_SERVER_H_
#define TUNEGATE_CLIENT_TESTING_FAKE_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/methods.h"

namespace tunegate::client {

// What a call is answered with: messages, then the status; with `hold_open` the call stays open
// after the messages, until the client or the server goes away.
struct FakeReply {
  std::vector<std::string> messages = {};  // serialized
  absl::Status status = absl::OkStatus();
  bool hold_open = false;
};

// One call as it came.
struct FakeCall {
  std::string method;                 // "JobService/GetJob"
  std::vector<std::string> requests;  // serialized
  std::string authorization;
};

using FakeHandler = std::function<FakeReply(const FakeCall& call)>;

// Thread-safe.
class FakeServer {
 public:
  // Listens at once.
  FakeServer();
  // Stops at once.
  ~FakeServer();

  // "127.0.0.1:PORT"; the same after Restart.
  std::string address() const;

  template <typename Request>
  void On(
      std::function<absl::StatusOr<typename MethodOf<Request>::Response>(const Request&)> answer) {
    OnStream(MethodName(MethodOf<Request>::kMethod), [answer](const FakeCall& call) {
      Request request;
      request.ParseFromString(call.requests.empty() ? "" : call.requests.front());
      FakeReply reply;
      if (auto response = answer(request); response.ok()) {
        reply.messages = {response->SerializeAsString()};
      } else {
        reply.status = response.status();
      }
      return reply;
    });
  }
  // `method` is "EventService/WatchEvents". The handler sees all that the client sent.
  void OnStream(std::string_view method, FakeHandler handler);

  // Cuts every call off and refuses new ones, as a killed server does.
  void Stop();
  // Listens again where it listened.
  void Restart();

  // Every call so far, in order; those of one method.
  std::vector<FakeCall> Calls(std::string_view method) const;
  // Returns when there were so many calls of the method; false after ten seconds.
  bool WaitForCalls(std::string_view method, size_t count) const;

 private:
  static std::string MethodName(const Method& method);
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_TESTING_FAKE_SERVER_H_
