#include "server/rpc/status.h"

#include <grpcpp/support/status.h>

#include <string>

#include "common/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace tunegate::rpc {
namespace {

google::rpc::Status DetailsIn(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

// The first detail of this type; a default one when there is none.
template <typename Detail>
Detail Find(const grpc::Status& status, bool* found = nullptr) {
  Detail detail;
  const google::rpc::Status details = DetailsIn(status);
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&detail)) {
      if (found != nullptr) *found = true;
      return detail;
    }
  }
  if (found != nullptr) *found = false;
  return Detail();
}

TEST(StatusTest, OkIsOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(StatusTest, CodeMessageAndReasonArrive) {
  const grpc::Status status =
      ToGrpcStatus(NotFound("TASK_UNKNOWN", "there is no tasks/x").Metadata("resource", "tasks/x"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "there is no tasks/x");
  EXPECT_EQ(DetailsIn(status).code(), static_cast<int>(grpc::StatusCode::NOT_FOUND));
  EXPECT_EQ(DetailsIn(status).message(), "there is no tasks/x");
  const auto info = Find<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "TASK_UNKNOWN");
  EXPECT_EQ(info.domain(), "tunegate");
  EXPECT_EQ(info.metadata().at("resource"), "tasks/x");
}

TEST(StatusTest, FieldViolationsArriveInTheirOrder) {
  const grpc::Status status =
      ToGrpcStatus(InvalidArgument("BAD", "two faults").Field("a.b", "first").Field("c", "second"));
  const auto bad = Find<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "a.b");
  EXPECT_EQ(bad.field_violations(0).description(), "first");
  EXPECT_EQ(bad.field_violations(1).field(), "c");
}

TEST(StatusTest, RetryDelayArrives) {
  const grpc::Status status =
      ToGrpcStatus(Unavailable("BUSY", "later").RetryAfter(absl::Milliseconds(1500)));
  const auto retry = Find<google::rpc::RetryInfo>(status);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(StatusTest, WhatIsNotThereIsNotSent) {
  const grpc::Status status = ToGrpcStatus(Aborted("X", "y"));
  bool found = true;
  Find<google::rpc::BadRequest>(status, &found);
  EXPECT_FALSE(found);
  Find<google::rpc::RetryInfo>(status, &found);
  EXPECT_FALSE(found);
}

TEST(StatusTest, ErrorWithoutAReasonSaysItsCode) {
  const grpc::Status status = ToGrpcStatus(absl::DataLossError("oh"));
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(status).reason(), "DATA_LOSS");
}

TEST(StatusTest, InvalidUtf8IsMadeValidOnTheWay) {
  const grpc::Status status = ToGrpcStatus(
      InvalidArgument("BAD", "got \xff").Field("f\xff", "d\xff").Metadata("k", "v\xff"));
  EXPECT_EQ(status.error_message(), "got \xEF\xBF\xBD");
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(status).metadata().at("k"), "v\xEF\xBF\xBD");
  EXPECT_EQ(Find<google::rpc::BadRequest>(status).field_violations(0).field(), "f\xEF\xBF\xBD");
}

TEST(StatusTest, EveryCodeKeepsItsNumber) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), ""));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
  }
}

}  // namespace
}  // namespace tunegate::rpc
