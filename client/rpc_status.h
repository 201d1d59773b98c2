// What a server answered when it refused: grpc::Status with its google.rpc details becomes
// absl::Status with the ErrorDetails of common/errors.h, so that nothing above speaks gRPC.
#ifndef TUNEGATE_CLIENT_RPC_STATUS_H_
#define TUNEGATE_CLIENT_RPC_STATUS_H_

#include "absl/status/status.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace tunegate::client {

// Code, message, ErrorInfo (reason, metadata), BadRequest (field violations) and RetryInfo. Details
// that cannot be read are left out: the code and message still say what happened.
absl::Status FromRpc(const grpc::Status& status);

// True for statuses made by FromRpc: a call's outcome, not a fault found on this side.
bool IsFromRpc(const absl::Status& status);

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_RPC_STATUS_H_
