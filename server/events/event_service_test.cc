// WatchEvents through a real gRPC server: what it gives, how it ends, cancels and drains.
#include "server/events/event_service.h"

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "common/digest.h"
#include "gtest/gtest.h"
#include "server/events/event_service_fixture.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::events {
namespace {

class EventServiceTest : public EventServiceFixture {
 protected:
  EventServiceTest() : EventServiceFixture({}) {}
};

TEST_F(EventServiceTest, HistoryAndThenWhatHappensArrive) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  for (int i = 2; i < 6; ++i) log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i))});
  EXPECT_EQ(watch->Read(4), "2 3 4 5 ");
}

TEST_F(EventServiceTest, WaitingForTheEndOfWhatDoesNotExistIsRefused) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  v1::WatchEventsRequest request = FromTheStart();
  request.add_resources("jobs/a");
  request.set_stop_when_terminal(true);
  const auto watch = Open(request);
  EXPECT_EQ(watch->End().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(EventServiceTest, IdleStreamEndsAtOnceWhenItsSubscriberCancels) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  EXPECT_FALSE(hub_.AwaitEmpty(absl::ZeroDuration()));
  watch->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong)) << "the server has let go of the stream";
  EXPECT_EQ(watch->End().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(EventServiceTest, DrainEndsStreamsWithThePositionToGoOnFrom) {
  const int64_t position = log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  hub_.Drain();
  const grpc::Status status = watch->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "SERVER_DRAINING");
  EXPECT_EQ(InfoOf(status).metadata().at("position"), std::to_string(position));
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(EventServiceTest, DrainWithinASnapshotNamesNoPositionToGoOnFrom) {
  for (int i = 0; i < 400; ++i) {  // 24 MB: more than any buffer on the way holds
    tunegate::store::v1::JobRecord job;
    job.mutable_resource()->set_display_name(std::string(60'000, 'x'));
    store::Transaction transaction;
    store::Record record;
    record.name = "jobs/" + std::to_string(i);
    record.payload = job.SerializeAsString();
    transaction.puts.push_back({.record = record, .expected_revision = 0});
    ASSERT_TRUE(log_.store->Commit(std::move(transaction)).ok());
  }
  v1::WatchEventsRequest request;
  request.set_snapshot(true);
  const auto watch = Open(request);
  ASSERT_TRUE(watch->reader->Read(&watch->message));
  hub_.Drain();
  const google::rpc::ErrorInfo info = InfoOf(watch->End());
  EXPECT_EQ(info.reason(), "SERVER_DRAINING");
  EXPECT_EQ(info.metadata().count("position"), 0u) << "0 would be the whole log";
}

TEST_F(EventServiceTest, StreamThatIsOpenedWhileDrainingEndsToo) {
  hub_.Drain();
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(EventServiceTest, BadRequestsAreRefusedWithTheirDetails) {
  v1::WatchEventsRequest request;
  request.add_resources("gadgets/a");
  const auto watch = Open(request);
  EXPECT_FALSE(watch->reader->Read(&watch->message));
  const grpc::Status status = watch->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "INVALID_FIELD");
}

TEST_F(EventServiceTest, ForgottenPositionIsOutOfRange) {
  log_.Commit("jobs/a");
  log_.Commit("jobs/a");
  log_.log_store.oldest_position = 2;
  v1::WatchEventsRequest request;
  request.set_after_position(1);
  const auto watch = Open(request);
  const grpc::Status status = watch->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(InfoOf(status).reason(), "POSITION_TOO_OLD");
}

TEST_F(EventServiceTest, PositionOfAnotherLogIsOutOfRange) {
  log_.Commit("jobs/a");
  v1::WatchEventsRequest request = FromTheStart();
  request.set_log_id("the-log-before-the-restore");
  const grpc::Status status = Open(request)->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(InfoOf(status).reason(), "LOG_REPLACED");
}

// Its feed looks at the log only when there is something new.
class QuietEventServiceTest : public EventServiceFixture {
 protected:
  QuietEventServiceTest() : EventServiceFixture({.feed = {.poll_interval = absl::Hours(1)}}) {}
};

TEST_F(QuietEventServiceTest, StreamThatWaitedForItsTurnUntilTheDrainReadsNothing) {
  std::promise<void> turn;
  const std::shared_future<void> until = turn.get_future().share();
  for (int i = 0; i < 2; ++i) {  // every reader there is
    ASSERT_TRUE(readers_.Submit([until] { until.wait(); }));
  }
  v1::WatchEventsRequest request;
  request.set_after_position(7);
  const auto watch = Open(request);
  ASSERT_TRUE(log_.Await([&] { return !hub_.AwaitEmpty(absl::ZeroDuration()); }));
  const int reads = log_.log_store.log_reads;
  hub_.Drain();
  turn.set_value();
  const google::rpc::ErrorInfo info = InfoOf(watch->End());
  EXPECT_EQ(info.reason(), "SERVER_DRAINING");
  EXPECT_EQ(info.metadata().at("position"), "7");
  EXPECT_EQ(log_.log_store.log_reads, reads);
}

class GuardedEventServiceTest : public EventServiceFixture {
 protected:
  GuardedEventServiceTest()
      : EventServiceFixture({.callers = {{Sha256Hex("secret-of-alice-1"), "alice"}}}) {}
};

TEST_F(GuardedEventServiceTest, StreamsWantATokenToo) {
  const auto refused = Open(FromTheStart());
  EXPECT_FALSE(refused->reader->Read(&refused->message));
  EXPECT_EQ(InfoOf(refused->reader->Finish()).reason(), "TOKEN_MISSING");
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  EXPECT_EQ(Open(FromTheStart(), "Bearer secret-of-alice-1")->Read(1), "1 ");
}

}  // namespace
}  // namespace tunegate::events
