// Calls through a real gRPC server.
#include "server/rpc/dispatcher.h"

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/digest.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/rpc/dispatcher_fixture.h"
#include "server/store/test_store.h"

namespace tunegate::rpc {
namespace {

TEST_F(DispatcherTest, AnswerOfTheHandlerArrives) {
  info_.handler = [](const Caller& caller, const InfoRequest&) {
    InfoResponse response;
    response.set_version("for " + caller.name);
    return response;
  };
  Start();
  InfoResponse response;
  ASSERT_TRUE(Call(&response).ok());
  EXPECT_EQ(response.version(), "for local") << "without tokens everyone is local";
}

TEST_F(DispatcherTest, ErrorOfTheHandlerArrivesWithItsDetails) {
  info_.handler = [](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    return FailedPrecondition("NOT_NOW", "ask later");
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "ask later");
  EXPECT_EQ(ReasonOf(status), "NOT_NOW");
}

TEST_F(DispatcherTest, NothingBlocksAGrpcThread) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start();
  constexpr int kCalls = 64;
  struct Pending {
    grpc::ClientContext context;
    InfoRequest request;
    InfoResponse response;
    grpc::Status status;
  };
  std::vector<std::unique_ptr<Pending>> calls;
  Counter answered;
  const auto stub = v1::AdminService::NewStub(channel_);
  for (int i = 0; i < kCalls; ++i) {
    Pending& call = *calls.emplace_back(std::make_unique<Pending>());
    stub->async()->GetServerInfo(&call.context, &call.request, &call.response,
                                 [&](grpc::Status status) {
                                   call.status = std::move(status);
                                   answered.Raise();
                                 });
  }
  ASSERT_TRUE(blocked.entered.Await(kPoolThreads)) << "every thread of the pool hangs in the store";
  std::string health;
  const grpc::Status status = CheckHealth(&health);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(health, std::string("\x08\x01")) << "SERVING";
  blocked.opened.Raise();
  ASSERT_TRUE(answered.Await(kCalls));
  for (const auto& call : calls) EXPECT_TRUE(call->status.ok()) << call->status.error_message();
}

TEST_F(DispatcherTest, WhatIsInMemoryIsAnsweredThoughEveryThreadHangs) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  std::atomic<bool> known = false;
  info_.peek = [&](const InfoRequest&, InfoResponse& response) {
    if (known) response.set_version("known");
    return known.load();
  };
  Start({{Sha256Hex("secret"), "someone"}}, /*threads=*/1, /*queued=*/1);
  grpc::ClientContext context;
  SetDeadline(context);
  context.AddMetadata("authorization", "Bearer secret");
  InfoRequest request;
  InfoResponse unknown;
  Counter answered;
  v1::AdminService::NewStub(channel_)->async()->GetServerInfo(
      &context, &request, &unknown, [&](const grpc::Status& status) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        answered.Raise();
      });
  ASSERT_TRUE(blocked.entered.Await(1)) << "what is not known goes to the pool";
  known = true;
  InfoResponse response;
  EXPECT_TRUE(Call(&response, "Bearer secret").ok());
  EXPECT_EQ(response.version(), "known");
  EXPECT_EQ(Call(&response).error_code(), grpc::StatusCode::UNAUTHENTICATED)
      << "nobody is told what he may not ask";
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(1));
}

TEST_F(DispatcherTest, CallsBeyondTheQueueAreToldToComeAgain) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start({}, /*threads=*/1, /*queued=*/1);
  const auto stub = v1::AdminService::NewStub(channel_);
  grpc::ClientContext contexts[2];
  InfoRequest request;
  InfoResponse responses[2];
  Counter answered;
  const auto done = [&](const grpc::Status& status) {
    EXPECT_TRUE(status.ok()) << status.error_message();
    answered.Raise();
  };
  stub->async()->GetServerInfo(&contexts[0], &request, &responses[0], done);
  ASSERT_TRUE(blocked.entered.Await(1));
  stub->async()->GetServerInfo(&contexts[1], &request, &responses[1], done);
  while (pool_->QueuedCount() == 0) std::this_thread::yield();
  const grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused), "SERVER_BUSY");
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(2));
}

TEST_F(DispatcherTest, ClientWithTooManyCallsUnderWayIsToldSo) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start({}, kPoolThreads, /*queued=*/100,
        {.per_client = 1, .reason = "TOO_MANY_CALLS", .what = "calls under way"});
  grpc::ClientContext context;
  InfoRequest request;
  InfoResponse response;
  Counter answered;
  const auto stub = v1::AdminService::NewStub(channel_);
  stub->async()->GetServerInfo(&context, &request, &response, [&](const grpc::Status& status) {
    EXPECT_TRUE(status.ok()) << status.error_message();
    answered.Raise();
  });
  ASSERT_TRUE(blocked.entered.Await(1));
  const grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_CALLS");
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(1));
}

TEST_F(DispatcherTest, RequestIdIsTheCallersOrNewAndComesBack) {
  absl::Status answer;
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    if (!answer.ok()) return answer;
    return InfoResponse();
  };
  Start();
  const auto id_of_answer = [&](const std::string& sent) {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!sent.empty()) context.AddMetadata(kRequestIdKey, sent);
    InfoResponse response;
    EXPECT_EQ(
        v1::AdminService::NewStub(channel_)->GetServerInfo(&context, InfoRequest(), &response).ok(),
        answer.ok());
    const auto& id = context.GetServerTrailingMetadata().find(kRequestIdKey)->second;
    return std::string(id.data(), id.size());
  };
  EXPECT_EQ(id_of_answer("order-17:retry.2"), "order-17:retry.2");
  const std::string first = id_of_answer("");
  EXPECT_EQ(RequestIdFrom(first), first) << first;
  EXPECT_NE(first, id_of_answer("not fit for a log line"));
  answer = FailedPrecondition("NOT_NOW", "ask later");
  EXPECT_EQ(id_of_answer("order-18"), "order-18") << "of an error, too";
}

TEST_F(DispatcherTest, PublishedRetryPolicyRepeatsWhatWeAnswerUnavailable) {
  std::atomic<int> calls = 0;
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    if (++calls < 3) return Unavailable("STORE_UNAVAILABLE", "not now");
    return InfoResponse();
  };
  Start();
  std::ifstream file("proto/tunegate/v1/service_config.json");
  const std::string policy{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_NE(policy, "");
  UseServiceConfig(policy);
  const grpc::Status status = Call();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(calls, 3);
}

TEST_F(DispatcherTest, EveryCallIsCountedByItsCode) {
  info_.handler = [](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    return FailedPrecondition("NOT_NOW", "later");
  };
  Start({{Sha256Hex("secret-of-alice-1"), "alice"}});
  auto& rpcs = metrics::TheCatalogue().rpcs;
  const int64_t refused = rpcs.Of({"GetServerInfo", "UNAUTHENTICATED"}).value();
  const int64_t failed = rpcs.Of({"GetServerInfo", "FAILED_PRECONDITION"}).value();
  EXPECT_FALSE(Call().ok());
  EXPECT_FALSE(Call(nullptr, "Bearer secret-of-alice-1").ok());
  EXPECT_EQ(rpcs.Of({"GetServerInfo", "UNAUTHENTICATED"}).value(), refused + 1);
  EXPECT_EQ(rpcs.Of({"GetServerInfo", "FAILED_PRECONDITION"}).value(), failed + 1);
}

TEST_F(DispatcherTest, TokensAreAskedForAndNameTheCaller) {
  info_.handler = [](const Caller& caller, const InfoRequest&) {
    InfoResponse response;
    response.set_version(caller.name + (caller.authenticated ? " proved" : " claimed"));
    return response;
  };
  Start({{Sha256Hex("secret-of-alice-1"), "alice"}});
  const grpc::Status missing = Call();
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(missing), "TOKEN_MISSING");
  for (const char* wrong : {"Bearer guess", "Basic secret-of-alice-1", "secret-of-alice-1"}) {
    EXPECT_EQ(ReasonOf(Call(nullptr, wrong)), "TOKEN_REJECTED") << wrong;
  }
  InfoResponse response;
  EXPECT_TRUE(Call(&response, "Bearer secret-of-alice-1").ok());
  EXPECT_EQ(response.version(), "alice proved");
}

}  // namespace
}  // namespace tunegate::rpc
