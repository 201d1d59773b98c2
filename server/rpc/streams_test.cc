// Streams through a real gRPC server.
#include "server/rpc/streams.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/log.h"
#include "gtest/gtest.h"
#include "server/rpc/dispatcher_fixture.h"

namespace tunegate::rpc {
namespace {

TEST_F(DispatcherTest, SourceStreamGivesItsPiecesInOrderAndEnds) {
  pieces_.source = [](const Caller&) -> absl::StatusOr<Source<Exported>> {
    return Source<Exported>([i = 0]() mutable -> absl::StatusOr<std::optional<Exported>> {
      if (i == 100) return std::nullopt;
      Exported piece;
      piece.set_chunk(std::to_string(i++));
      return piece;
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  int read = 0;
  while (reader->Read(&piece)) EXPECT_EQ(piece.chunk(), std::to_string(read++));
  EXPECT_EQ(read, 100);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(DispatcherTest, SourceThatFailsEndsTheStreamWithItsStatus) {
  pieces_.source = [](const Caller&) -> absl::StatusOr<Source<Exported>> {
    return Source<Exported>([i = 0]() mutable -> absl::StatusOr<std::optional<Exported>> {
      if (i++ == 2) return Internal("STORE_CORRUPT", "the disk is bad");
      return Exported();
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  EXPECT_TRUE(reader->Read(&piece));
  EXPECT_TRUE(reader->Read(&piece));
  EXPECT_FALSE(reader->Read(&piece));
  EXPECT_EQ(ReasonOf(reader->Finish()), "STORE_CORRUPT");
}

TEST_F(DispatcherTest, LogOfAStreamThatFailsNamesItsResource) {
  pieces_.source = [](const Caller&) -> absl::StatusOr<Source<Exported>> {
    log::Info("on the way");
    return NotFound("BLOB_NOT_FOUND", "the bytes are gone");
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ExportDatasetRequest request;
  request.set_name("datasets/nov");
  testing::internal::CaptureStderr();
  const auto reader = v1::DatasetService::NewStub(channel_)->ExportDataset(&context, request);
  Exported piece;
  EXPECT_FALSE(reader->Read(&piece));
  EXPECT_EQ(ReasonOf(reader->Finish()), "BLOB_NOT_FOUND");
  const std::string logged = testing::internal::GetCapturedStderr();
  for (const char* message : {"on the way", "call failed"}) {
    const size_t line = logged.find(message);
    ASSERT_NE(line, std::string::npos) << logged;
    const std::string rest = logged.substr(line, logged.find('\n', line) - line);
    EXPECT_NE(rest.find("resource=datasets/nov"), std::string::npos) << logged;
  }
}

TEST_F(DispatcherTest, SourceIsLetGoWhenTheReaderCancels) {
  Counter gone;
  pieces_.source = [&](const Caller&) -> absl::StatusOr<Source<Exported>> {
    const std::shared_ptr<Counter> held(&gone, [](Counter* counter) { counter->Raise(); });
    return Source<Exported>([held]() -> absl::StatusOr<std::optional<Exported>> {
      Exported piece;
      piece.set_chunk(std::string(100'000, 'x'));
      return piece;  // without end
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  EXPECT_TRUE(reader->Read(&piece));
  context.TryCancel();
  while (reader->Read(&piece)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(gone.Await(1));
}

// Counts what it takes; refuses the chunk "bad".
class CountingSink final : public ImportSink {
 public:
  CountingSink(Counter* finished, Counter* gone) : finished_(finished), gone_(gone) {}
  ~CountingSink() override { gone_->Raise(); }
  absl::Status Take(const v1::ImportDatasetRequest& request) override {
    if (request.chunk() == "bad") return InvalidField("chunk", "is bad");
    ++taken_;
    return absl::OkStatus();
  }
  absl::StatusOr<v1::ImportDatasetResponse> Finish() override {
    finished_->Raise();
    v1::ImportDatasetResponse response;
    response.mutable_dataset()->set_example_count(taken_);
    return response;
  }

 private:
  Counter* finished_;
  Counter* gone_;
  int taken_ = 0;
};

class SinkStreamTest : public DispatcherTest {
 protected:
  void StartSink() {
    pieces_.sink = [this](const Caller&) {
      return std::make_unique<CountingSink>(&finished_, &gone_);
    };
    Start();
    stub_ = v1::DatasetService::NewStub(channel_);
    SetDeadline(context_);
    writer_ = stub_->ImportDataset(&context_, &response_);
  }
  bool Write(const std::string& chunk) {
    v1::ImportDatasetRequest request;
    request.set_chunk(chunk);
    return writer_->Write(request);
  }

  Counter finished_;
  Counter gone_;
  std::unique_ptr<v1::DatasetService::Stub> stub_;
  grpc::ClientContext context_;
  v1::ImportDatasetResponse response_;
  std::unique_ptr<grpc::ClientWriter<v1::ImportDatasetRequest>> writer_;
};

TEST_F(SinkStreamTest, TakesAllPiecesThenAnswers) {
  StartSink();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Write("piece"));
  writer_->WritesDone();
  ASSERT_TRUE(writer_->Finish().ok());
  EXPECT_EQ(response_.dataset().example_count(), 50);
  EXPECT_TRUE(gone_.Await(1));
}

TEST_F(SinkStreamTest, RefusedPieceEndsTheStreamAtOnce) {
  StartSink();
  ASSERT_TRUE(Write("piece"));
  ASSERT_TRUE(Write("bad"));
  while (Write("more")) {  // until the refusal has come
  }
  const grpc::Status status = writer_->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_TRUE(gone_.Await(1));
}

TEST_F(SinkStreamTest, StreamThatBreaksOffIsNeverFinished) {
  StartSink();
  ASSERT_TRUE(Write("piece"));
  context_.TryCancel();
  EXPECT_EQ(writer_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(gone_.Await(1));
  server_->Shutdown();
  EXPECT_EQ(finished_.Count(), 0);
}

}  // namespace
}  // namespace tunegate::rpc
