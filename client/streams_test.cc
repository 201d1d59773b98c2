// The client's streaming calls.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/channel.h"
#include "client/client.h"
#include "client/testing/fake_server.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::client {
namespace {

class StreamTest : public testing::Test {
 protected:
  Client Connect(ClientOptions options = {}) {
    return Client(*MakeChannel({.server = server_.address()}), std::move(options), &interrupt_);
  }

  FakeServer server_;
  Interrupt interrupt_;
};

TEST_F(StreamTest, ImportSendsTheSpecFirstAndThenEveryByte) {
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

TEST_F(StreamTest, ExportPassesChunksOnAndASinkMayRefuse) {
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

class FileStreamTest : public StreamTest {
 protected:
  // Every call that sends or gets a file, of a server that takes it and hangs.
  std::vector<absl::Status> CallAll(ClientOptions options) {
    for (const char* method : {"DatasetService/ImportDataset", "DatasetService/ExportDataset",
                               "EvaluationService/RenderReport", "AdminService/CreateBackup"}) {
      server_.OnStream(method, [](const FakeCall&) {
        return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
      });
    }
    Client client = Connect(std::move(options));
    const ChunkSink sink = [](std::string_view) { return absl::OkStatus(); };
    std::istringstream file("a line\n");
    return {client.ImportDataset({}, file).status(), client.ExportDataset({}, sink),
            client.RenderReport({}, sink), client.CreateBackup({}, sink)};
  }
};

TEST_F(FileStreamTest, EachHasADeadline) {
  for (const absl::Status& status : CallAll({.deadline = absl::Milliseconds(100)})) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  }
}

TEST_F(FileStreamTest, ServerThatSendsNothingMoreIsLeftBeforeThat) {
  const auto statuses = CallAll({.deadline = absl::Seconds(1), .patience = absl::Milliseconds(50)});
  EXPECT_EQ(statuses[0].code(), absl::StatusCode::kDeadlineExceeded) << "it only sends";
  EXPECT_EQ(statuses[1].code(), absl::StatusCode::kUnavailable) << statuses[1];
  EXPECT_EQ(statuses[2].code(), absl::StatusCode::kUnavailable) << statuses[2];
  EXPECT_EQ(statuses[3].code(), absl::StatusCode::kDeadlineExceeded)
      << "a server copies all that it keeps before it sends any of it";
}

TEST_F(StreamTest, BackupThatStopsAfterItsFirstPieceIsLeft) {
  server_.OnStream("AdminService/CreateBackup", [](const FakeCall&) {
    return FakeReply{.messages = {v1::CreateBackupResponse().SerializeAsString()},
                     .status = absl::OkStatus(),
                     .hold_open = true};
  });
  Client client = Connect({.deadline = absl::Seconds(60), .patience = absl::Milliseconds(50)});
  const absl::Status status =
      client.CreateBackup({}, [](std::string_view) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST_F(StreamTest, EventStreamGivesMessagesAndThenTheStatus) {
  server_.OnStream("EventService/WatchEvents", [](const FakeCall&) {
    v1::WatchEventsResponse response;
    response.set_position(7);
    return FakeReply{.messages = {response.SerializeAsString()},
                     .status = OutOfRange("POSITION_TOO_OLD", "no longer kept")};
  });
  Client client = Connect();
  const auto stream = client.WatchEvents({});
  v1::WatchEventsResponse response;
  ASSERT_TRUE(stream->Read(&response, absl::InfiniteDuration()));
  EXPECT_EQ(response.position(), 7);
  EXPECT_FALSE(stream->Read(&response, absl::InfiniteDuration()));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(StreamTest, EventStreamOnWhichNothingComesEndsUnavailable) {
  server_.OnStream("EventService/WatchEvents", [](const FakeCall&) {
    return FakeReply{.messages = {v1::WatchEventsResponse().SerializeAsString()},
                     .status = absl::OkStatus(),
                     .hold_open = true};
  });
  Client client = Connect();
  const auto stream = client.WatchEvents({});
  v1::WatchEventsResponse response;
  ASSERT_TRUE(stream->Read(&response, absl::Seconds(60)));
  EXPECT_FALSE(stream->Read(&response, absl::Milliseconds(50)));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kUnavailable);
}

TEST_F(StreamTest, EventStreamMayBeLeftAtAnyMoment) {
  server_.OnStream("EventService/WatchEvents", [](const FakeCall&) {
    return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
  });
  Client client = Connect();
  { const auto never_read = client.WatchEvents({}); }
  const auto cut_off = client.WatchEvents({});
  EXPECT_TRUE(server_.WaitForCalls("EventService/WatchEvents", 1));
  interrupt_.Trigger();
  v1::WatchEventsResponse response;
  EXPECT_FALSE(cut_off->Read(&response, absl::InfiniteDuration()));
  EXPECT_EQ(cut_off->Finish().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tunegate::client
