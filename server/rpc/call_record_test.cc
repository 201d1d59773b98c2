// Ids that a caller may choose, and what is counted of a call.
#include "server/rpc/call_record.h"

#include <set>
#include <string>

#include "common/errors.h"
#include "common/log.h"
#include "gtest/gtest.h"

namespace tunegate::rpc {
namespace {

using Shape = CallRecord::Shape;

int64_t Counted(std::string_view method, std::string_view code) {
  return metrics::TheCatalogue().rpcs.Of({method, code}).value();
}

int64_t Timed(std::string_view method) {
  int64_t sum = 0;
  for (const int64_t count : metrics::TheCatalogue().rpc_seconds.Of({method}).counts()) {
    sum += count;
  }
  return sum;
}

TEST(RequestIdTest, CallersIdIsTakenWhereItIsFitForALog) {
  for (const char* good : {"a", "4f1c", "b7ad6b71-6920:3331.x_Y", "0"}) {
    EXPECT_EQ(RequestIdFrom(good), good);
  }
  EXPECT_EQ(RequestIdFrom(std::string(64, 'a')), std::string(64, 'a'));
}

TEST(RequestIdTest, OthersGetANewOneEach) {
  std::set<std::string> ids;
  for (const std::string& bad :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\nb"),
        std::string("\xff"), std::string("a\"b"), std::string("a=b")}) {
    const std::string id = RequestIdFrom(bad);
    EXPECT_EQ(RequestIdFrom(id), id) << "ours would be taken as a caller's";
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

TEST(CallRecordTest, CallIsCountedByItsFirstEnd) {
  {
    CallRecord call("CountedOnce", Shape::kUnary, "");
    EXPECT_EQ(metrics::TheCatalogue().rpcs_in_flight.value(), 1);
    call.End(absl::OkStatus());
    call.End(NotFound("RESOURCE_NOT_FOUND", "too late"));
  }
  EXPECT_EQ(Counted("CountedOnce", "OK"), 1);
  EXPECT_EQ(Counted("CountedOnce", "NOT_FOUND"), 0);
  EXPECT_EQ(Counted("CountedOnce", "CANCELLED"), 0);
  EXPECT_EQ(Timed("CountedOnce"), 1);
  EXPECT_EQ(metrics::TheCatalogue().rpcs_in_flight.value(), 0);
}

TEST(CallRecordTest, CallThatNobodyEndedWasCancelled) {
  { const CallRecord call("Left", Shape::kUnary, ""); }
  EXPECT_EQ(Counted("Left", "CANCELLED"), 1);
}

TEST(CallRecordTest, StreamsAreCountedAndNotTimed) {
  CallRecord("Streamed", Shape::kStream, "").End(absl::OkStatus());
  CallRecord("Streamed", Shape::kWatch, "").End(absl::OkStatus());
  EXPECT_EQ(Counted("Streamed", "OK"), 2);
  EXPECT_EQ(Timed("Streamed"), 0);
}

// What is written of a call that ends so.
std::string LoggedOf(Shape shape, const absl::Status& status) {
  testing::internal::CaptureStderr();
  CallRecord("Logged", shape, "the-id").End(status);
  return testing::internal::GetCapturedStderr();
}

TEST(CallRecordTest, CrowdOfSubscribersThatLeavesIsCountedAndNotLogged) {
  const int64_t before = Counted("Logged", "CANCELLED");
  EXPECT_EQ(LoggedOf(Shape::kWatch, absl::CancelledError("the subscriber has cancelled")), "");
  EXPECT_EQ(Counted("Logged", "CANCELLED"), before + 1);
  EXPECT_EQ(LoggedOf(Shape::kWatch, Unavailable("SERVER_DRAINING", "go on elsewhere")), "");
}

TEST(CallRecordTest, EveryLineOfACallNamesItAndItsResource) {
  CallRecord call("Logged", Shape::kUnary, "the-id");
  call.SetResource("jobs/nov");
  testing::internal::CaptureStderr();
  {
    const CallScope scope(call);
    log::Info("within");
  }
  log::Info("after");
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("within resource=jobs/nov request_id=the-id"), std::string::npos) << logged;
  EXPECT_NE(logged.find("after\n"), std::string::npos) << logged;
}

TEST(CallRecordTest, FailuresAreLoggedWithTheirReason) {
  for (const Shape shape : {Shape::kWatch, Shape::kStream, Shape::kUnary}) {
    const std::string logged =
        LoggedOf(shape, Unavailable("STORE_UNAVAILABLE", "the disk is full"));
    EXPECT_NE(logged.find("STORE_UNAVAILABLE"), std::string::npos) << logged;
    EXPECT_NE(logged.find("the-id"), std::string::npos) << logged;
  }
  // A backup that breaks off is news, too.
  for (const Shape shape : {Shape::kStream, Shape::kUnary}) {
    EXPECT_NE(LoggedOf(shape, absl::CancelledError("the caller has gone")), "");
  }
}

}  // namespace
}  // namespace tunegate::rpc
