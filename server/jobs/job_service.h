// JobService over gRPC.
#ifndef TUNEGATE_SERVER_JOBS_JOB_SERVICE_H_
#define TUNEGATE_SERVER_JOBS_JOB_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::jobs {

class JobApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewJobService(JobApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_SERVICE_H_
