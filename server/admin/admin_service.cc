#include "server/admin/admin_service.h"

#include "server/admin/admin_api.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/streams.h"
#include "tunegate/v1/admin.grpc.pb.h"

namespace tunegate::admin {
namespace {

class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(AdminApi* api, rpc::Dispatcher* dispatcher)
      : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(GetServerInfo)
  TG_UNARY_RPC(PauseWork)
  TG_UNARY_RPC(ResumeWork)
  TG_UNARY_RPC(Diagnose)
  TG_UNARY_RPC(CheckStore)
  TG_UNARY_RPC(CompactStore)

  grpc::ServerWriteReactor<v1::CreateBackupResponse>* CreateBackup(
      grpc::CallbackServerContext* context, const v1::CreateBackupRequest* request) override {
    using Stream = rpc::SourceStream<v1::CreateBackupResponse>;
    return new Stream(context, dispatcher_, *request,
                      [this, request = *request](const rpc::Caller& caller)
                          -> absl::StatusOr<rpc::Source<v1::CreateBackupResponse>> {
                        return api_->CreateBackup(caller, request);
                      });
  }

 private:
  AdminApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAdminService(AdminApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<AdminServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::admin
