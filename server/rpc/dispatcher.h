// Dispatcher: the one home of what every RPC does around its own work: know the caller, run on the
// worker pool (never on a gRPC thread), convert the status, log what failed.
//
// A domain's API is a plain class of methods
//     absl::StatusOr<v1::GetJobResponse> GetJob(const Caller&, const v1::GetJobRequest&);
// and its gRPC service is a list of them:
//     class JobServiceImpl final : public v1::JobService::CallbackService {
//       TG_UNARY_RPC(GetJob)
#ifndef TUNEGATE_SERVER_RPC_DISPATCHER_H_
#define TUNEGATE_SERVER_RPC_DISPATCHER_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/worker_pool.h"
#include "server/rpc/caller.h"
#include "server/rpc/slots.h"
#include "server/rpc/status.h"

namespace tunegate::rpc {

// Thread-safe. Outlives the server that uses it.
class Dispatcher {
 public:
  // `callers_by_token`: empty means that everyone is "local". `pool` is not owned.
  Dispatcher(WorkerPool* pool, std::map<std::string, std::string> callers_by_token,
             SlotLimits calls = {})
      : pool_(pool), callers_by_token_(std::move(callers_by_token)), calls_(std::move(calls)) {}

  // UNAUTHENTICATED when tokens are configured and the call has none of them.
  absl::StatusOr<Caller> Identify(const grpc::CallbackServerContext& context) const;

  // A call that may be made, while this is kept.
  struct Admission {
    Caller caller;
    Slots::Slot slot;
  };
  // As Identify; RESOURCE_EXHAUSTED when the client has as many calls under way as it may.
  absl::StatusOr<Admission> Admit(const grpc::CallbackServerContext& context);

  // Runs `work` on the pool. False, when the pool is full or shut down: answer with Overloaded().
  [[nodiscard]] bool Run(std::function<void()> work) { return pool_->Submit(std::move(work)); }
  static absl::Status Overloaded();

  // Logs a failed call. `method` is for people.
  static void LogOutcome(std::string_view method, const Caller& caller, const absl::Status& status);

  // Answers with what `handler(caller, request)` gives: an absl::StatusOr<Response>.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Request* request,
                                  Response* response, std::string_view method, Handler handler) {
    auto* reactor = context->DefaultReactor();
    absl::StatusOr<Admission> admitted = Admit(*context);
    if (!admitted.ok()) {
      reactor->Finish(ToGrpcStatus(admitted.status()));
      return reactor;
    }
    const bool accepted = Run([reactor, request, response, method, handler = std::move(handler),
                               call = std::make_shared<Admission>(*std::move(admitted))] {
      absl::StatusOr<Response> result = handler(call->caller, *request);
      if (result.ok()) *response = *std::move(result);
      LogOutcome(method, call->caller, result.status());
      reactor->Finish(ToGrpcStatus(result.status()));
    });
    if (!accepted) reactor->Finish(ToGrpcStatus(Overloaded()));
    return reactor;
  }

 private:
  WorkerPool* pool_;
  std::map<std::string, std::string> callers_by_token_;  // by SHA-256 of the token
  Slots calls_;
};

}  // namespace tunegate::rpc

// Overrides `Method` of a CallbackService with a call of api_->Method on dispatcher_'s pool.
#define TG_UNARY_RPC(Method)                                                              \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,                  \
                                   const ::tunegate::v1::Method##Request* request,        \
                                   ::tunegate::v1::Method##Response* response) override { \
    return dispatcher_->Unary(context, request, response, #Method,                        \
                              [this](const ::tunegate::rpc::Caller& caller,               \
                                     const ::tunegate::v1::Method##Request& parsed) {     \
                                return api_->Method(caller, parsed);                      \
                              });                                                         \
  }

#endif  // TUNEGATE_SERVER_RPC_DISPATCHER_H_
