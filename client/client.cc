#include "client/client.h"

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <future>

#include "client/call_scope.h"
#include "client/rpc_status.h"
#include "common/digest.h"

namespace tunegate::client {

using google::protobuf::MessageLite;

Client::Client(std::shared_ptr<grpc::Channel> channel, ClientOptions options, Interrupt* interrupt)
    : channel_(std::move(channel)), options_(std::move(options)), interrupt_(interrupt) {}

Client::~Client() = default;

absl::Status Client::CallMethod(const Method& method, const MessageLite& request,
                                MessageLite* response) {
  CallScope call(*interrupt_, options_.token,
                 options_.deadline.value_or(absl::Seconds(method.deadline_seconds)));
  grpc::TemplatedGenericStub<MessageLite, MessageLite> stub(channel_);
  std::promise<grpc::Status> done;
  stub.UnaryCall(&call.context(), method.Path(), grpc::StubOptions(), &request, response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  return FromRpc(done.get_future().get());
}

std::string Client::NewRequestId() { return RandomHex(16); }

}  // namespace tunegate::client
