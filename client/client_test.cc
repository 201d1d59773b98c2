#include "client/client.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "client/channel.h"
#include "client/rpc_status.h"
#include "client/testing/fake_server.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/event.pb.h"
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

TEST_F(ClientTest, ImportSendsTheSpecFirstAndThenEveryByte) {
  server_.OnStream("DatasetService/ImportDataset", [](const FakeCall&) {
    return FakeReply{.messages = {v1::ImportDatasetResponse().SerializeAsString()}};
  });
  Client client = Connect();
  const std::string bytes(700'001, 'x');
  std::istringstream file(bytes);
  v1::ImportDatasetRequest first;
  first.mutable_spec()->set_file_name("mine.jsonl");
  ASSERT_TRUE(client.ImportDataset(first, file).ok());
  std::string received;
  std::string file_name;
  const auto calls = server_.Calls("DatasetService/ImportDataset");
  for (const std::string& raw : calls.at(0).requests) {
    v1::ImportDatasetRequest piece;
    piece.ParseFromString(raw);
    if (piece.has_spec()) {
      EXPECT_EQ(received, "");
      EXPECT_NE(piece.spec().request_id(), "");
      file_name = piece.spec().file_name();
    }
    EXPECT_LE(piece.chunk().size(), 1u << 20);
    received += piece.chunk();
  }
  EXPECT_EQ(file_name, "mine.jsonl");
  EXPECT_EQ(received, bytes);
}

TEST_F(ClientTest, ExportPassesChunksOnAndASinkMayRefuse) {
  server_.OnStream("DatasetService/ExportDataset", [](const FakeCall&) {
    FakeReply reply;
    for (const char* text : {"one", "two"}) {
      v1::ExportDatasetResponse piece;
      piece.set_chunk(text);
      reply.messages.push_back(piece.SerializeAsString());
    }
    return reply;
  });
  Client client = Connect();
  std::string all;
  EXPECT_TRUE(client
                  .ExportDataset({},
                                 [&](std::string_view chunk) {
                                   all += chunk;
                                   return absl::OkStatus();
                                 })
                  .ok());
  EXPECT_EQ(all, "onetwo");
  const absl::Status refused =
      client.ExportDataset({}, [](std::string_view) { return Internal("DISK_FULL", "no room"); });
  EXPECT_EQ(DetailsOf(refused).reason, "DISK_FULL");
}

TEST_F(ClientTest, EventStreamGivesMessagesAndThenTheStatus) {
  server_.OnStream("EventService/WatchEvents", [](const FakeCall&) {
    v1::WatchEventsResponse response;
    response.set_position(7);
    return FakeReply{.messages = {response.SerializeAsString()},
                     .status = OutOfRange("POSITION_TOO_OLD", "no longer kept")};
  });
  Client client = Connect();
  const auto stream = client.WatchEvents({});
  v1::WatchEventsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.position(), 7);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace tunegate::client
