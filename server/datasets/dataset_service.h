// DatasetService over gRPC.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_SERVICE_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::datasets {

class DatasetApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewDatasetService(DatasetApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_SERVICE_H_
