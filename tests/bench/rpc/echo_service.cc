#include "tests/bench/rpc/echo_service.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

namespace tunegate::bench {
namespace {

// What the generated code of a service with one raw callback method does.
class EchoService final : public grpc::Service {
 public:
  explicit EchoService(const std::string& answer) {
    const grpc::Slice slice(answer);
    answer_ = grpc::ByteBuffer(&slice, 1);
    AddMethod(new grpc::internal::RpcServiceMethod(kEchoMethod,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(
        0, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
               [this](grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                      grpc::ByteBuffer* response) {
                 *response = answer_;
                 grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                 reactor->Finish(grpc::Status::OK);
                 return reactor;
               }));
  }

 private:
  grpc::ByteBuffer answer_;  // a copy shares the bytes
};

class EchoPlugin final : public grpc::ServerBuilderPlugin {
 public:
  explicit EchoPlugin(const std::string& answer)
      : service_(std::make_shared<EchoService>(answer)) {}
  grpc::string name() override { return "echo"; }
  void InitServer(grpc::ServerInitializer* server) override { server->RegisterService(service_); }
  void Finish(grpc::ServerInitializer*) override {}
  void ChangeArguments(const grpc::string&, void*) override {}

 private:
  const std::shared_ptr<EchoService> service_;
};

std::string& TheAnswer() {
  static std::string& answer = *new std::string;
  return answer;
}

std::unique_ptr<grpc::ServerBuilderPlugin> MakePlugin() {
  return std::make_unique<EchoPlugin>(TheAnswer());
}

}  // namespace

void AddEchoToServers(const std::string& answer) {
  TheAnswer() = answer;
  grpc::ServerBuilder::InternalAddPluginFactory(&MakePlugin);
}

}  // namespace tunegate::bench
