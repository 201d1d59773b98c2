#include "client/client.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "client/channel.h"
#include "client/rpc_status.h"
#include "client/testing/fake_server.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::client {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class ClientTest : public testing::Test {
 protected:
  Client Connect(ClientOptions options = {}) {
    return Client(*MakeChannel({.server = server_.address()}), options, &interrupt_);
  }

  FakeServer server_;
  Interrupt interrupt_;
};

TEST_F(ClientTest, RequestTypeNamesTheMethod) {
  server_.On<v1::GetJobRequest>([](const v1::GetJobRequest& request) {
    v1::GetJobResponse response;
    response.mutable_job()->set_name(request.name());
    return response;
  });
  Client client = Connect();
  v1::GetJobRequest request;
  request.set_name("jobs/nov");
  const auto response = client.Call(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->job().name(), "jobs/nov");
}

TEST_F(ClientTest, TokenTravelsAsBearer) {
  server_.On<v1::GetServerInfoRequest>(
      [](const v1::GetServerInfoRequest&) { return v1::GetServerInfoResponse(); });
  Client client = Connect({.token = "secret", .deadline = std::nullopt});
  ASSERT_TRUE(client.Call(v1::GetServerInfoRequest()).ok());
  EXPECT_EQ(server_.Calls("AdminService/GetServerInfo").at(0).authorization, "Bearer secret");
}

TEST_F(ClientTest, CreationIsRepeatedWithTheSameRequestId) {
  std::atomic<int> calls = 0;
  server_.On<v1::CreateJobRequest>(
      [&](const v1::CreateJobRequest&) -> absl::StatusOr<v1::CreateJobResponse> {
        if (++calls < 3) return Unavailable("STORE_UNAVAILABLE", "not now");
        return v1::CreateJobResponse();
      });
  Client client = Connect();
  ASSERT_TRUE(client.Call(v1::CreateJobRequest()).ok());
  std::vector<std::string> ids;
  for (const FakeCall& call : server_.Calls("JobService/CreateJob")) {
    v1::CreateJobRequest request;
    request.ParseFromString(call.requests.at(0));
    ids.push_back(request.request_id());
  }
  ASSERT_THAT(ids, SizeIs(3));
  EXPECT_THAT(ids[0], SizeIs(32));
  EXPECT_THAT(ids, ElementsAre(ids[0], ids[0], ids[0]));
}

TEST_F(ClientTest, TwoCreationsHaveTwoRequestIds) {
  server_.On<v1::CreateJobRequest>(
      [](const v1::CreateJobRequest&) { return v1::CreateJobResponse(); });
  Client client = Connect();
  ASSERT_TRUE(client.Call(v1::CreateJobRequest()).ok());
  ASSERT_TRUE(client.Call(v1::CreateJobRequest()).ok());
  const auto calls = server_.Calls("JobService/CreateJob");
  EXPECT_NE(calls.at(0).requests, calls.at(1).requests);
}

TEST_F(ClientTest, CancelIsNotRepeated) {
  server_.On<v1::CancelJobRequest>(
      [](const v1::CancelJobRequest&) -> absl::StatusOr<v1::CancelJobResponse> {
        return Unavailable("STORE_UNAVAILABLE", "not now");
      });
  Client client = Connect();
  EXPECT_EQ(client.Call(v1::CancelJobRequest()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(server_.Calls("JobService/CancelJob"), SizeIs(1));
}

TEST_F(ClientTest, OtherErrorsAreNotRepeated) {
  server_.On<v1::GetJobRequest>([](const v1::GetJobRequest&) -> absl::StatusOr<v1::GetJobResponse> {
    return NotFound("JOB_NOT_FOUND", "there is no jobs/nov").Field("name", "names no job");
  });
  Client client = Connect();
  const absl::Status status = client.Call(v1::GetJobRequest()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailsOf(status).reason, "JOB_NOT_FOUND");
  EXPECT_TRUE(IsFromRpc(status));
  EXPECT_THAT(server_.Calls("JobService/GetJob"), SizeIs(1));
}

TEST_F(ClientTest, ServerThatNeverAnswersMeetsTheDeadline) {
  server_.OnStream("JobService/GetJob", [](const FakeCall&) {
    return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
  });
  Client client = Connect({.token = "", .deadline = absl::Milliseconds(50)});
  EXPECT_EQ(client.Call(v1::GetJobRequest()).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ClientTest, InterruptCancelsACall) {
  server_.OnStream("JobService/GetJob", [](const FakeCall&) {
    return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
  });
  Client client = Connect();
  std::thread later([&] {
    EXPECT_TRUE(server_.WaitForCalls("JobService/GetJob", 1));
    interrupt_.Trigger();
  });
  EXPECT_EQ(client.Call(v1::GetJobRequest()).status().code(), absl::StatusCode::kCancelled);
  later.join();
}

}  // namespace
}  // namespace tunegate::client
