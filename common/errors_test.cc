// Details survive the journey inside absl::Status.
#include "common/errors.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::Status Plain() { return InvalidArgument("X", "y"); }
absl::StatusOr<int> OfInt() { return NotFound("X", "y").Metadata("name", "jobs/x"); }
absl::StatusOr<std::string> OfString() { return Aborted("X", "y").Field("a", "b"); }
absl::StatusOr<bool> OfBool() { return Internal("X", "y"); }
absl::StatusOr<std::unique_ptr<int>> OfPointer() { return Unavailable("X", "y"); }

TEST(ErrorTest, ConvertsToStatusAndAnyStatusOr) {
  EXPECT_EQ(Plain().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OfInt().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OfString().status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(OfBool().status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(OfPointer().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Plain().message(), "y");
}

TEST(ErrorTest, EveryDetailComesBack) {
  const absl::Status status = ResourceExhausted("QUOTA", "no quota is left")
                                  .Field("job.spec", "is 3: too many")
                                  .Field("job.spec", "")
                                  .Metadata("limit", "5:5")
                                  .Metadata("bytes", std::string("\0\xff", 2))
                                  .RetryAfter(absl::Milliseconds(1500));
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "QUOTA");
  EXPECT_THAT(details.field_violations,
              ElementsAre(Pair("job.spec", "is 3: too many"), Pair("job.spec", "")));
  EXPECT_THAT(details.metadata,
              ElementsAre(Pair("bytes", std::string("\0\xff", 2)), Pair("limit", "5:5")));
  EXPECT_EQ(details.retry_delay, absl::Milliseconds(1500));
}

TEST(ErrorTest, WithoutRetryAfterThereIsNoDelay) {
  EXPECT_FALSE(DetailsOf(Plain()).retry_delay.has_value());
}

TEST(ErrorTest, LaterMetadataReplacesEarlier) {
  const absl::Status status = Internal("X", "y").Metadata("k", "1").Metadata("k", "2");
  EXPECT_THAT(DetailsOf(status).metadata, ElementsAre(Pair("k", "2")));
}

TEST(DetailsOfTest, ForeignStatusesHaveNone) {
  for (const absl::Status& status : {absl::OkStatus(), absl::InternalError("plain")}) {
    const ErrorDetails details = DetailsOf(status);
    EXPECT_EQ(details.reason, "");
    EXPECT_THAT(details.metadata, IsEmpty());
    EXPECT_THAT(details.field_violations, IsEmpty());
  }
}

TEST(DetailsOfTest, DamagedPayloadsAreReadAsFarAsTheyGo) {
  absl::Status status = Plain();
  for (const char* payload : {"", "3", "3:", "99999999999999999999:x", "-1:x", "4:abcd9:x"}) {
    status.SetPayload("tunegate/error-details", absl::Cord(payload));
    EXPECT_THAT(DetailsOf(status).field_violations, IsEmpty()) << payload;
  }
  EXPECT_EQ(DetailsOf(status).reason, "abcd");
}

TEST(InvalidFieldTest, NamesTheFieldInMessageAndDetails) {
  const absl::Status status = InvalidField("job.n_epochs", "is 0; expected 1 to 50");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "job.n_epochs: is 0; expected 1 to 50");
  EXPECT_EQ(DetailsOf(status).reason, "INVALID_FIELD");
  EXPECT_THAT(DetailsOf(status).field_violations,
              ElementsAre(Pair("job.n_epochs", "is 0; expected 1 to 50")));
}

absl::StatusOr<int> Twice(absl::StatusOr<int> input) {
  TG_ASSIGN_OR_RETURN(const int value, std::move(input));
  TG_RETURN_IF_ERROR(value < 0 ? absl::Status(OutOfRange("NEGATIVE", "below 0"))
                               : absl::OkStatus());
  return 2 * value;
}

TEST(MacrosTest, ReturnTheFirstErrorWithItsDetails) {
  EXPECT_EQ(*Twice(21), 42);
  EXPECT_EQ(DetailsOf(Twice(-1).status()).reason, "NEGATIVE");
  EXPECT_EQ(DetailsOf(Twice(PermissionDenied("DENIED", "no")).status()).reason, "DENIED");
}

TEST(ErrorTest, GrowsInALoop) {
  Error error = InvalidArgument("MANY", "two faults");
  for (const char* field : {"a", "b"}) error = std::move(error).Field(field, "wrong");
  EXPECT_EQ(DetailsOf(error).reason, "MANY");
  EXPECT_EQ(DetailsOf(error).field_violations.size(), 2u);
}

TEST(ErrorTest, EachConstructorHasItsCode) {
  const auto code = [](const Error& error) { return absl::Status(error).code(); };
  EXPECT_EQ(code(AlreadyExists("X", "y")), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(code(FailedPrecondition("X", "y")), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(ResourceExhausted("X", "y")), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(OutOfRange("X", "y")), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(code(PermissionDenied("X", "y")), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code(Unauthenticated("X", "y")), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code(DeadlineExceeded("X", "y")), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace tunegate
