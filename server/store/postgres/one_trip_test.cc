// Which batches go in one round trip. What such a batch does to the database is told by the
// contract suite, and what becomes of one that is cut off by postgres_faults_test.
#include "server/store/postgres/one_trip.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate::store::postgres {
namespace {

bool GoesInOne(const std::vector<WriteRequest>& requests) {
  std::vector<WriteResult> results(requests.size());
  std::vector<BatchMember> batch;
  for (size_t i = 0; i < requests.size(); ++i) batch.push_back({requests[i], results[i]});
  return OneTripBatch::Of(batch).has_value();
}

Transaction PutOf(const std::string& name, int64_t expected_revision) {
  Transaction transaction;
  Record record;
  record.name = name;
  transaction.puts.push_back({.record = record, .expected_revision = expected_revision});
  return transaction;
}

Transaction Wake(const std::string& name) {
  Transaction transaction;
  transaction.schedule.push_back({name, absl::ZeroDuration()});
  return transaction;
}

Transaction StepOf(const std::string& name) {
  Transaction transaction;
  transaction.lease = Lease{.name = name, .owner = "server", .attempt = 1};
  return transaction;
}

Transaction RequestOf(const std::string& id) {
  Transaction transaction;
  transaction.idempotency = Idempotency{"local", "CreateJob", id, "jobs/x", "digest"};
  return transaction;
}

TEST(OneTripTest, MembersThatTouchDifferentThingsGoTogether) {
  EXPECT_TRUE(GoesInOne({PutOf("jobs/a", 0), PutOf("jobs/b", 3), StepOf("jobs/c"), Wake("jobs/d"),
                         RequestOf("1"), RequestOf("2"),
                         ClaimRequest{.owner = "server", .lease_duration = absl::Seconds(1)}}));
}

TEST(OneTripTest, StepThatSchedulesAndEndsItsOwnWorkGoes) {
  Transaction later = StepOf("jobs/a");
  later.schedule.push_back({"jobs/a", absl::Seconds(5)});
  Transaction last = StepOf("jobs/b");
  last.finish.push_back("jobs/b");
  EXPECT_TRUE(GoesInOne({later, last}));
}

TEST(OneTripTest, WorkThatIsOnlyWokenMayBeWokenTwice) {
  EXPECT_TRUE(GoesInOne({Wake("workflows/a"), Wake("workflows/a")}));
}

TEST(OneTripTest, MembersThatDependOnOneAnotherDoNot) {
  EXPECT_FALSE(GoesInOne({PutOf("jobs/a", 0), PutOf("jobs/a", 1)})) << "the same record";
  EXPECT_FALSE(GoesInOne({StepOf("jobs/a"), StepOf("jobs/a")})) << "the same lease";
  EXPECT_FALSE(GoesInOne({RequestOf("1"), RequestOf("1")})) << "the same request";
  EXPECT_FALSE(GoesInOne({StepOf("jobs/a"), Wake("jobs/a")})) << "a step, and who wakes it";
  EXPECT_FALSE(GoesInOne({Wake("jobs/a"), StepOf("jobs/a")})) << "in whatever order";
}

TEST(OneTripTest, EndOfWorkThatIsNotHeldDoesNot) {
  Transaction end;
  end.finish.push_back("jobs/a");
  EXPECT_FALSE(GoesInOne({end}));
}

TEST(OneTripTest, LeaseOfNobodyDoesNot) {
  Transaction step = StepOf("jobs/a");
  step.lease->owner.clear();
  EXPECT_FALSE(GoesInOne({step}));
}

}  // namespace
}  // namespace tunegate::store::postgres
