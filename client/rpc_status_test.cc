#include "client/rpc_status.h"

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "common/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tunegate::client {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RpcStatusTest, OkIsOk) {
  EXPECT_TRUE(FromRpc(grpc::Status::OK).ok());
  EXPECT_FALSE(IsFromRpc(absl::OkStatus()));
}

TEST(RpcStatusTest, DetailsBecomeErrorDetails) {
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  info.set_reason("TASK_UNKNOWN");
  (*info.mutable_metadata())["task"] = "tasks/x";
  rich.add_details()->PackFrom(info);
  google::rpc::BadRequest request;
  auto* violation = request.add_field_violations();
  violation->set_field("job.task");
  violation->set_description("names no task");
  rich.add_details()->PackFrom(request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  rich.add_details()->PackFrom(retry);

  const absl::Status status = FromRpc(
      grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no task", rich.SerializeAsString()));

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "no task");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "TASK_UNKNOWN");
  EXPECT_THAT(details.metadata, ElementsAre(Pair("task", "tasks/x")));
  EXPECT_THAT(details.field_violations, ElementsAre(Pair("job.task", "names no task")));
  EXPECT_EQ(details.retry_delay, absl::Seconds(2));
  EXPECT_TRUE(IsFromRpc(status));
}

TEST(RpcStatusTest, DetailsThatCannotBeReadAreLeftOut) {
  const absl::Status status =
      FromRpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone", "\xff no protobuf"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "gone");
  EXPECT_EQ(DetailsOf(status).reason, "");
  EXPECT_TRUE(IsFromRpc(status));
}

}  // namespace
}  // namespace tunegate::client
