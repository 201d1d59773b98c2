#include "server/store/postgres/batch_plan.h"

#include <list>
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::store::postgres {
namespace {

TEST(RowWritesTest, StreamThatIsDroppedTakesAlongWhatTheBatchAppendedBefore) {
  Transaction first, second;
  first.rows.push_back({.parent = "jobs/a", .stream = "s", .key = "1", .payload = ""});
  first.rows.push_back({.parent = "jobs/a", .stream = "other", .key = "1", .payload = ""});
  second.drop_rows.push_back({.parent = "jobs/a", .stream = "s"});
  second.rows.push_back({.parent = "jobs/a", .stream = "s", .key = "2", .payload = ""});
  RowWrites writes;
  writes.Add(first);
  writes.Add(second);
  ASSERT_EQ(writes.dropped.size(), 1u);
  ASSERT_EQ(writes.appended.size(), 2u);
  EXPECT_EQ(writes.appended[0]->stream, "other");
  EXPECT_EQ(writes.appended[1]->key, "2");
}

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

Put PutOf(const std::string& name, int64_t expected_revision, bool terminal = false) {
  Put put;
  put.record.name = name;
  put.record.terminal = terminal;
  put.expected_revision = expected_revision;
  return put;
}

WorkState HeldBy(const std::string& owner, int64_t attempt) {
  WorkState work;
  work.due_time = kNow;
  work.lease_owner = owner;
  work.attempt = attempt;
  return work;
}

std::string ReasonOf(const absl::StatusOr<CommitResult>& result) {
  return DetailsOf(result.status()).reason;
}

class BatchPlanTest : public testing::Test {
 protected:
  // A transaction that lives as long as the plan.
  Transaction& New() { return transactions_.emplace_back(); }

  std::list<Transaction> transactions_;
  BatchPlan plan_{kNow, 41};
};

TEST_F(BatchPlanTest, NeedsAreAllThatATransactionRefersTo) {
  Transaction transaction;
  transaction.puts = {PutOf("jobs/a", 1), PutOf("jobs/b", 0)};
  transaction.lease = Lease{.name = "jobs/a", .owner = "o", .attempt = 1};
  transaction.schedule.push_back({.name = "workflows/w", .delay = {}});
  transaction.finish = {"jobs/b"};
  transaction.idempotency = Idempotency{"caller", "method", "id", "jobs/b", "digest"};
  transaction.blobs = {"digest"};
  Needs needs;
  needs.Add(transaction);
  EXPECT_THAT(needs.records, testing::ElementsAre("jobs/a", "jobs/b"));
  EXPECT_THAT(needs.blobs, testing::ElementsAre("digest"));
  EXPECT_THAT(needs.work, testing::ElementsAre("jobs/a", "jobs/b", "workflows/w"));
  EXPECT_EQ(needs.requests.size(), 1u);
}

TEST_F(BatchPlanTest, MemberWhoseBlobIsGoneIsRefusedAlone) {
  plan_.FoundBlob("there");
  Transaction& kept = New();
  kept.puts = {PutOf("datasets/a", 0)};
  kept.blobs = {"there"};
  Transaction& refused = New();
  refused.puts = {PutOf("datasets/b", 0)};
  refused.blobs = {"there", "gone"};
  EXPECT_TRUE(plan_.Apply(kept).ok());
  EXPECT_EQ(ReasonOf(plan_.Apply(refused)), "BLOB_GONE");
  EXPECT_EQ(plan_.records().count("datasets/a"), 1u);
  EXPECT_EQ(plan_.records().count("datasets/b"), 0u);
}

TEST_F(BatchPlanTest, MembersSeeWhatEarlierOnesDid) {
  Transaction& create = New();
  create.puts = {PutOf("jobs/a", 0)};
  ASSERT_TRUE(plan_.Apply(create).ok());
  Transaction& again = New();
  again.puts = {PutOf("jobs/a", 0)};
  EXPECT_EQ(ReasonOf(plan_.Apply(again)), "NAME_TAKEN");
  Transaction& change = New();
  change.puts = {PutOf("jobs/a", 1, /*terminal=*/true)};
  ASSERT_TRUE(plan_.Apply(change).ok());
  const RecordState& state = plan_.records().at("jobs/a");
  EXPECT_EQ(state.revision, 2);
  EXPECT_EQ(state.put, &change.puts[0].record);
  EXPECT_EQ(state.create_time, kNow);
  EXPECT_EQ(state.end_time, kNow);
}

TEST_F(BatchPlanTest, RefusedMemberLeavesNoTrace) {
  plan_.FoundWork("jobs/w", HeldBy("o", 3));
  Transaction& refused = New();
  refused.puts = {PutOf("jobs/new", 0), PutOf("jobs/unknown", 7)};
  refused.lease = Lease{.name = "jobs/w", .owner = "o", .attempt = 3};
  refused.events.push_back({.resource = "jobs/new", .payload = ""});
  refused.rows.push_back({.parent = "jobs/new", .stream = "s", .key = "k", .payload = ""});
  refused.idempotency = Idempotency{"caller", "method", "id", "jobs/new", "digest"};
  EXPECT_EQ(ReasonOf(plan_.Apply(refused)), "REVISION_CHANGED");
  EXPECT_TRUE(plan_.empty());
  EXPECT_EQ(plan_.position(), 41);
  EXPECT_TRUE(plan_.records().empty());
  EXPECT_TRUE(plan_.work().empty());
  EXPECT_TRUE(plan_.requests().empty());
  EXPECT_TRUE(plan_.rows().appended.empty());
  EXPECT_TRUE(plan_.events().empty());
  EXPECT_FALSE(plan_.is_news());
}

TEST_F(BatchPlanTest, PositionsRiseWithEachMemberThatHasEvents) {
  Transaction& first = New();
  first.events = {{.resource = "jobs/a", .payload = ""}, {.resource = "jobs/b", .payload = ""}};
  EXPECT_EQ(plan_.Apply(first)->position, 42);
  EXPECT_EQ(plan_.Apply(New())->position, 42);
  Transaction& third = New();
  third.events = {{.resource = "jobs/a", .payload = ""}};
  EXPECT_EQ(plan_.Apply(third)->position, 43);
  ASSERT_EQ(plan_.events().size(), 3u);
  EXPECT_EQ(plan_.events()[1].position, 42);
  EXPECT_EQ(plan_.events()[1].index, 1);
  EXPECT_EQ(plan_.events()[2].position, 43);
}

TEST_F(BatchPlanTest, LeaseThatAnEarlierMemberReleasedIsLost) {
  plan_.FoundWork("jobs/w", HeldBy("o", 3));
  Transaction& step = New();
  step.lease = Lease{.name = "jobs/w", .owner = "o", .attempt = 3};
  ASSERT_TRUE(plan_.Apply(step).ok());
  EXPECT_EQ(ReasonOf(plan_.Apply(step)), "LEASE_LOST");
}

TEST_F(BatchPlanTest, WakeUpByAnEarlierMemberIsNotLostByTheHoldersWish) {
  plan_.FoundWork("workflows/w", HeldBy("o", 1));
  Transaction& child = New();
  child.schedule.push_back({.name = "workflows/w", .delay = absl::Seconds(1)});
  ASSERT_TRUE(plan_.Apply(child).ok());
  Transaction& step = New();
  step.lease = Lease{.name = "workflows/w", .owner = "o", .attempt = 1};
  step.schedule.push_back({.name = "workflows/w", .delay = absl::Minutes(5)});
  ASSERT_TRUE(plan_.Apply(step).ok());
  EXPECT_EQ(plan_.work().at("workflows/w").due_time, kNow + absl::Seconds(1));
  EXPECT_EQ(plan_.work().at("workflows/w").lease_owner, "");
}

TEST_F(BatchPlanTest, OfTwoEqualRequestsInABatchTheSecondIsToldOfTheFirst) {
  for (const char* name : {"jobs/a", "jobs/b"}) {
    Transaction& creation = New();
    creation.puts = {PutOf(name, 0)};
    creation.idempotency = Idempotency{"caller", "method", "id", name, "digest"};
  }
  ASSERT_TRUE(plan_.Apply(transactions_.front()).ok());
  const auto second = plan_.Apply(transactions_.back());
  EXPECT_EQ(ReasonOf(second), "REQUEST_ID_TAKEN");
  EXPECT_EQ(DetailsOf(second.status()).metadata["resource"], "jobs/a");
}

}  // namespace
}  // namespace tunegate::store::postgres
