#include "server/providers/provider_error.h"

#include <string>

#include "common/errors.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Refusal RefusalOf(int http_status) {
  Refusal refusal;
  refusal.http_status = http_status;
  refusal.provider = "openai";
  return refusal;
}

TEST(ProviderError, HttpStatusDecidesTheCode) {
  const std::pair<int, absl::StatusCode> cases[] = {
      {400, absl::StatusCode::kInvalidArgument},  {401, absl::StatusCode::kUnauthenticated},
      {403, absl::StatusCode::kPermissionDenied}, {404, absl::StatusCode::kNotFound},
      {408, absl::StatusCode::kDeadlineExceeded}, {409, absl::StatusCode::kAborted},
      {418, absl::StatusCode::kInvalidArgument},  {429, absl::StatusCode::kResourceExhausted},
      {500, absl::StatusCode::kUnavailable},      {503, absl::StatusCode::kUnavailable},
      {302, absl::StatusCode::kInternal},
  };
  for (const auto& [http_status, code] : cases) {
    EXPECT_EQ(RefusalStatus(RefusalOf(http_status)).code(), code) << http_status;
  }
}

TEST(ProviderError, RefusedRequestsWereNotActedUponAndServerErrorsLeaveDoubt) {
  for (int refused : {400, 401, 403, 404, 409, 429, 302}) {
    EXPECT_EQ(SentOf(RefusalStatus(RefusalOf(refused))), Sent::kNo) << refused;
  }
  for (int doubtful : {408, 500, 502, 503, 504}) {
    EXPECT_EQ(SentOf(RefusalStatus(RefusalOf(doubtful))), Sent::kMaybe) << doubtful;
  }
}

TEST(ProviderError, WhatTheProviderSaidTravelsInTheMetadata) {
  Refusal refusal = RefusalOf(400);
  refusal.message = "Invalid file";
  refusal.code = "invalid_file";
  refusal.type = "invalid_request_error";
  refusal.param = "training_file";
  refusal.request_id = "req_1";
  const absl::Status status = RefusalStatus(refusal);
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "PROVIDER_ERROR");
  EXPECT_EQ(details.metadata.at("provider_code"), "invalid_file");
  EXPECT_EQ(details.metadata.at("provider_type"), "invalid_request_error");
  EXPECT_EQ(details.metadata.at("provider_param"), "training_file");
  EXPECT_EQ(details.metadata.at("provider_request_id"), "req_1");
  EXPECT_EQ(details.metadata.at("http_status"), "400");
  EXPECT_EQ(details.metadata.at("sent"), "no");
  EXPECT_EQ(status.message(), "provider 'openai' answered HTTP 400 (invalid_file): Invalid file");
}

TEST(ProviderError, QuotaAndKeyAreReasonsOfTheirOwnWithARemedy) {
  Refusal quota = RefusalOf(429);
  quota.code = "insufficient_quota";
  const absl::Status quota_status = RefusalStatus(quota);
  EXPECT_EQ(DetailsOf(quota_status).reason, "QUOTA_EXHAUSTED");
  EXPECT_THAT(std::string(quota_status.message()), HasSubstr("billing"));

  const absl::Status key_status = RefusalStatus(RefusalOf(401));
  EXPECT_EQ(DetailsOf(key_status).reason, "KEY_REJECTED");
  EXPECT_THAT(std::string(key_status.message()), HasSubstr("OPENAI_API_KEY"));

  EXPECT_EQ(DetailsOf(RefusalStatus(RefusalOf(429))).reason, "PROVIDER_ERROR");
}

TEST(ProviderError, TextsAreCutAndValidUtf8) {
  Refusal refusal = RefusalOf(500);
  refusal.message = std::string(100'000, 'x') + "\xff";
  refusal.code = "\xc3";
  const absl::Status status = RefusalStatus(refusal);
  EXPECT_LT(status.message().size(), 1'500u);
  EXPECT_TRUE(IsValidUtf8(std::string(status.message())));
  EXPECT_TRUE(IsValidUtf8(DetailsOf(status).metadata.at("provider_code")));
}

TEST(ProviderError, SilenceIsUnavailableOrADeadline) {
  const absl::Status refused = NoAnswerStatus("p", "connection refused", false, Sent::kNo);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(SentOf(refused), Sent::kNo);
  const absl::Status late = NoAnswerStatus("p", "timed out", true, Sent::kMaybe);
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(SentOf(late), Sent::kMaybe);
}

TEST(ProviderError, NonsenseAfterAcceptanceWasActedUpon) {
  const absl::Status status =
      InvalidAnswerStatus("p", "expected a JSON object", "<html>hello", 200, "req_2");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(DetailsOf(status).reason, "PROVIDER_ANSWER_INVALID");
  EXPECT_EQ(SentOf(status), Sent::kYes);
  EXPECT_THAT(std::string(status.message()), HasSubstr("<html>hello"));
}

TEST(ProviderError, StatusesOfOthersAreNotSent) {
  EXPECT_EQ(SentOf(absl::OkStatus()), Sent::kNo);
  EXPECT_EQ(SentOf(absl::UnknownError("x")), Sent::kNo);
}

}  // namespace
}  // namespace tunegate::providers
