#include "server/rpc/status.h"

#include <grpcpp/support/status.h>

#include <string>

#include "common/errors.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tunegate::rpc {
namespace {

void AddDetails(const ErrorDetails& details, absl::StatusCode code, google::rpc::Status* status) {
  google::rpc::ErrorInfo info;
  info.set_reason(details.reason.empty() ? absl::StatusCodeToString(code) : details.reason);
  info.set_domain("tunegate");
  for (const auto& [key, value] : details.metadata) {
    (*info.mutable_metadata())[key] = ToValidUtf8(value);
  }
  status->add_details()->PackFrom(info);
  if (!details.field_violations.empty()) {
    google::rpc::BadRequest bad;
    for (const auto& [field, description] : details.field_violations) {
      auto* violation = bad.add_field_violations();
      violation->set_field(ToValidUtf8(field));
      violation->set_description(ToValidUtf8(description));
    }
    status->add_details()->PackFrom(bad);
  }
  if (details.retry_delay.has_value()) {
    google::rpc::RetryInfo retry;
    const int64_t nanoseconds = absl::ToInt64Nanoseconds(*details.retry_delay);
    retry.mutable_retry_delay()->set_seconds(nanoseconds / 1'000'000'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
    status->add_details()->PackFrom(retry);
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = ToValidUtf8(std::string(status.message()));
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  AddDetails(DetailsOf(status), status.code(), &details);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

}  // namespace tunegate::rpc
