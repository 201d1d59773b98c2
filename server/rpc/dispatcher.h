// Dispatcher: the one home of what every RPC does around its own work: know the caller, run on the
// worker pool (never on a gRPC thread, unless the answer is in memory), convert the status, count
// it, log what failed. Each call has a request id, the caller's `x-request-id` or a new one: it is
// in every log line that the call causes, and goes back as trailing metadata of the same name.
//
// A domain's API is a plain class of methods
//     absl::StatusOr<v1::GetJobResponse> GetJob(const Caller&, const v1::GetJobRequest&);
// and its gRPC service is a list of them:
//     class JobServiceImpl final : public v1::JobService::CallbackService {
//       TG_UNARY_RPC(ListJobs)
//       TG_GET_RPC(GetJob)
#ifndef TUNEGATE_SERVER_RPC_DISPATCHER_H_
#define TUNEGATE_SERVER_RPC_DISPATCHER_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/worker_pool.h"
#include "server/rpc/call_record.h"
#include "server/rpc/caller.h"
#include "server/rpc/callers.h"
#include "server/rpc/slots.h"
#include "server/rpc/status.h"

namespace tunegate::rpc {

// Which resource a request is about, for the log: its `name`, or its `parent`; empty for others.
template <typename Request>
std::string_view ResourceOf(const Request& request) {
  if constexpr (requires { std::string_view(request.name()); }) {
    return request.name();
  } else if constexpr (requires { std::string_view(request.parent()); }) {
    return request.parent();
  } else {
    return {};
  }
}

// Thread-safe. Outlives the server that uses it.
class Dispatcher {
 public:
  // `callers_by_token`: empty means that everyone is "local". `pool` is not owned.
  Dispatcher(WorkerPool* pool, std::map<std::string, std::string> callers_by_token,
             SlotLimits calls = {})
      : pool_(pool), callers_(std::move(callers_by_token)), calls_(std::move(calls)) {}

  const Callers& callers() const { return callers_; }

  // A call, for as long as this is kept.
  struct Call {
    std::unique_ptr<CallRecord> record;
    Caller caller;
    Slots::Slot slot;
  };
  // The record of a call that has arrived; its id is set to go back to the caller.
  static std::unique_ptr<CallRecord> Open(grpc::CallbackServerContext* context,
                                          std::string_view method, CallRecord::Shape shape);
  // Fills in who calls; `context` lives until the call is answered. UNAUTHENTICATED when tokens are
  // configured and the call has none of them.
  absl::Status Identify(const grpc::CallbackServerContext& context, Call& call) const;
  // As Identify; RESOURCE_EXHAUSTED when the client has as many calls under way as it may.
  absl::Status Admit(const grpc::CallbackServerContext& context, Call& call);

  // Runs `work` on the pool. False, when the pool is full or shut down: answer with Overloaded().
  [[nodiscard]] bool Run(std::function<void()> work) { return pool_->Submit(std::move(work)); }
  static absl::Status Overloaded();

  // Answers with what `handler(caller, request)` gives: an absl::StatusOr<Response>. Before it goes
  // to the pool, `peek(request, response)` may answer on gRPC's thread: it does not block, and is
  // true when the response is there.
  template <typename Request, typename Response, typename Handler,
            typename Peek = bool (*)(const Request&, Response&)>
  grpc::ServerUnaryReactor* Unary(
      grpc::CallbackServerContext* context, const Request* request, Response* response,
      std::string_view method, Handler handler,
      Peek peek = [](const Request&, Response&) { return false; }) {
    auto* reactor = context->DefaultReactor();
    auto call = std::make_shared<Call>();
    call->record = Open(context, method, CallRecord::Shape::kUnary);
    call->record->SetResource(ResourceOf(*request));
    absl::Status status = Admit(*context, *call);
    if (status.ok() && !peek(*request, *response)) {
      const auto answer = [reactor, request, response, call, handler = std::move(handler)] {
        const CallScope scope(*call->record);
        absl::StatusOr<Response> result = handler(call->caller, *request);
        if (result.ok()) *response = *std::move(result);
        call->record->End(result.status());
        reactor->Finish(ToGrpcStatus(result.status()));
      };
      if (Run(answer)) return reactor;
      status = Overloaded();
    }
    call->record->End(status);
    reactor->Finish(ToGrpcStatus(status));
    return reactor;
  }

 private:
  WorkerPool* pool_;
  const Callers callers_;
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

// The same for a Get whose answer may be in memory: api_->Peek is asked first.
#define TG_GET_RPC(Method)                                                                        \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,                          \
                                   const ::tunegate::v1::Method##Request* request,                \
                                   ::tunegate::v1::Method##Response* response) override {         \
    return dispatcher_->Unary(                                                                    \
        context, request, response, #Method,                                                      \
        [this](const ::tunegate::rpc::Caller& caller,                                             \
               const ::tunegate::v1::Method##Request& parsed) {                                   \
          return api_->Method(caller, parsed);                                                    \
        },                                                                                        \
        [this](const ::tunegate::v1::Method##Request& parsed,                                     \
               ::tunegate::v1::Method##Response& answer) { return api_->Peek(parsed, answer); }); \
  }

#endif  // TUNEGATE_SERVER_RPC_DISPATCHER_H_
