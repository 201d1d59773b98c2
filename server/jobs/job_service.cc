#include "server/jobs/job_service.h"

#include "server/jobs/job_api.h"
#include "server/rpc/dispatcher.h"
#include "tunegate/v1/job.grpc.pb.h"

namespace tunegate::jobs {
namespace {

class JobServiceImpl final : public v1::JobService::CallbackService {
 public:
  JobServiceImpl(JobApi* api, rpc::Dispatcher* dispatcher) : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(CreateJob)
  TG_UNARY_RPC(AdoptJob)
  TG_GET_RPC(GetJob)
  TG_UNARY_RPC(ListJobs)
  TG_UNARY_RPC(ListJobMetrics)
  TG_UNARY_RPC(ListProviderEvents)
  TG_UNARY_RPC(CancelJob)
  TG_UNARY_RPC(PauseJob)
  TG_UNARY_RPC(ResumeJob)

 private:
  JobApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewJobService(JobApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<JobServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::jobs
