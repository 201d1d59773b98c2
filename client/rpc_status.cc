#include "client/rpc_status.h"

#include <grpcpp/support/status.h>

#include <utility>

#include "absl/strings/cord.h"
#include "absl/time/time.h"
#include "common/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tunegate::client {
namespace {

constexpr char kFromRpcUrl[] = "tunegate/from-rpc";

// Adds what `detail` holds to `error`; messages of other types say nothing to us.
void AddDetail(const google::protobuf::Any& detail, Error& error) {
  if (google::rpc::BadRequest request; detail.UnpackTo(&request)) {
    for (const auto& violation : request.field_violations()) {
      std::move(error).Field(violation.field(), violation.description());
    }
  } else if (google::rpc::RetryInfo retry; detail.UnpackTo(&retry)) {
    std::move(error).RetryAfter(absl::Seconds(retry.retry_delay().seconds()) +
                                absl::Nanoseconds(retry.retry_delay().nanos()));
  }
}

google::rpc::ErrorInfo FindInfo(const google::rpc::Status& rich) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : rich.details()) {
    if (detail.UnpackTo(&info)) return info;
  }
  return {};
}

}  // namespace

absl::Status FromRpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) rich.Clear();
  const google::rpc::ErrorInfo info = FindInfo(rich);
  Error error(static_cast<absl::StatusCode>(status.error_code()), info.reason(),
              status.error_message());
  for (const auto& [key, value] : info.metadata()) std::move(error).Metadata(key, value);
  for (const auto& detail : rich.details()) AddDetail(detail, error);
  absl::Status result = error;
  result.SetPayload(kFromRpcUrl, absl::Cord());
  return result;
}

bool IsFromRpc(const absl::Status& status) { return status.GetPayload(kFromRpcUrl).has_value(); }

}  // namespace tunegate::client
