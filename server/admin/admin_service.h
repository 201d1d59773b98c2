// AdminService over gRPC.
#ifndef TUNEGATE_SERVER_ADMIN_ADMIN_SERVICE_H_
#define TUNEGATE_SERVER_ADMIN_ADMIN_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::admin {

class AdminApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewAdminService(AdminApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_ADMIN_SERVICE_H_
