// The one conversion from absl::Status to grpc::Status: code and message as they are, the details
// of common/errors.h as google.rpc messages in the grpc-status-details-bin trailer.
#ifndef TUNEGATE_SERVER_RPC_STATUS_H_
#define TUNEGATE_SERVER_RPC_STATUS_H_

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace tunegate::rpc {

// ErrorInfo (domain "tunegate") is always there; an error without a reason of its own says its
// code's name.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_STATUS_H_
