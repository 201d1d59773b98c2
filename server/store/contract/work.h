// The contract of work: who may write, and when something is due.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_WORK_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_WORK_H_

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/store/contract/fixture.h"

namespace tunegate::store {

// A commit under `lease`.
inline Transaction Under(const Lease& lease) {
  Transaction transaction;
  transaction.lease = lease;
  return transaction;
}

TEST_P(StoreContract, WorkIsClaimedWhenItIsDueAndNotBefore) {
  ScheduleIn("jobs/a", absl::Seconds(10));
  EXPECT_EQ(ClaimCount(), 0u);
  EXPECT_EQ(*store_->NextDue(), absl::Seconds(10));
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(*store_->NextDue(), absl::ZeroDuration());
  clock_.Advance(absl::Minutes(3));
  EXPECT_EQ(*store_->NextDue(), -absl::Minutes(3)) << "it waits for somebody";
  const Lease lease = ClaimOne();
  EXPECT_EQ(lease.name, "jobs/a");
  EXPECT_EQ(lease.owner, "server-1");
  EXPECT_EQ(lease.attempt, 1);
}

TEST_P(StoreContract, LongestDueIsClaimedFirstAndNoMoreThanAsked) {
  ScheduleIn("jobs/c", absl::Seconds(3));
  ScheduleIn("jobs/a", absl::Seconds(1));
  ScheduleIn("jobs/b", absl::Seconds(2));
  clock_.Advance(absl::Seconds(5));
  const auto claimed = store_->ClaimWork("server-1", absl::Seconds(30), 2);
  ASSERT_TRUE(claimed.ok() && claimed->size() == 2u);
  EXPECT_EQ((*claimed)[0].lease.name, "jobs/a");
  EXPECT_EQ((*claimed)[0].due_time, clock_.Now() - absl::Seconds(4));
  EXPECT_EQ((*claimed)[1].lease.name, "jobs/b");
}

TEST_P(StoreContract, HeldWorkIsNotClaimedUntilItsLeaseRunsOut) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  EXPECT_EQ(ClaimOne("server-1").attempt, 1);
  EXPECT_EQ(ClaimCount("server-2"), 0u);
  EXPECT_EQ(*store_->NextDue(), std::nullopt);
  clock_.Advance(absl::Seconds(30));
  const Lease taken = ClaimOne("server-2");
  EXPECT_EQ(taken.owner, "server-2");
  EXPECT_EQ(taken.attempt, 2);
}

TEST_P(StoreContract, StaleHolderCannotWrite) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease stale = ClaimOne("server-1");
  clock_.Advance(absl::Seconds(30));
  const Lease held = ClaimOne("server-1");  // the same server, after a pause: the attempt tells
  Transaction late = Under(stale);
  late.puts = PutOf("jobs/a", 0, "stale").puts;
  const absl::Status status = store_->Commit(late).status();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_EQ(ReasonOf(status), "LEASE_LOST");
  EXPECT_TRUE(absl::IsNotFound(store_->Get("jobs/a").status()));
  MustCommit(Under(held));
}

TEST_P(StoreContract, LeaseThatRanOutAndThatNobodyTookStillCounts) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease lease = ClaimOne();
  clock_.Advance(absl::Seconds(100));
  MustCommit(Under(lease));
}

TEST_P(StoreContract, CommitReleasesTheLease) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease lease = ClaimOne();
  MustCommit(Under(lease));
  EXPECT_EQ(ReasonOf(store_->Commit(Under(lease)).status()), "LEASE_LOST");
  EXPECT_EQ(ClaimOne().attempt, 2) << "neither scheduled nor finished: it stays due";
}

TEST_P(StoreContract, KeepLeaseRenewsIt) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease lease = ClaimOne();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(25));
    Transaction batch = Under(lease);
    batch.keep_lease = true;
    MustCommit(batch);
  }
  EXPECT_EQ(ClaimCount("server-2"), 0u);
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(ClaimOne("server-2").attempt, 2);
}

TEST_P(StoreContract, KeepLeaseNeverMakesItEndEarlier) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease lease = ClaimOne();
  Transaction renewal = Under(lease);
  renewal.keep_lease = true;
  renewal.lease_duration = absl::Minutes(10);  // for a call that may take as long
  MustCommit(renewal);
  renewal.lease_duration = absl::Seconds(1);
  MustCommit(renewal);
  clock_.Advance(absl::Minutes(9));
  EXPECT_EQ(ClaimCount("server-2"), 0u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(ClaimOne("server-2").attempt, 2);
}

TEST_P(StoreContract, ScheduleFromOutsideOnlyMakesItEarlier) {
  ScheduleIn("jobs/a", absl::Seconds(10));
  ScheduleIn("jobs/a", absl::Seconds(20));
  EXPECT_EQ(*store_->NextDue(), absl::Seconds(10));
  ScheduleIn("jobs/a", absl::Seconds(5));
  EXPECT_EQ(*store_->NextDue(), absl::Seconds(5));
}

TEST_P(StoreContract, HolderDecidesWhenItIsDueAgain) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  Transaction step = Under(ClaimOne());
  step.schedule.push_back({.name = "jobs/a", .delay = absl::Minutes(5)});
  MustCommit(step);
  EXPECT_EQ(*store_->NextDue(), absl::Minutes(5));
  EXPECT_EQ(ClaimCount(), 0u);
}

TEST_P(StoreContract, WakeUpWhileHeldIsNotLost) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease lease = ClaimOne();
  ScheduleIn("jobs/a", absl::Seconds(1));  // by a child that ended, say
  Transaction batch = Under(lease);
  batch.keep_lease = true;
  MustCommit(batch);
  EXPECT_EQ(ClaimCount(), 0u) << "a wake-up does not take the lease away";
  Transaction step = Under(lease);
  step.schedule.push_back({.name = "jobs/a", .delay = absl::Minutes(5)});
  MustCommit(step);
  EXPECT_EQ(*store_->NextDue(), absl::Seconds(1));
}

TEST_P(StoreContract, WakeUpIsSpentByTheStepThatFollowsIt) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  ClaimOne();
  ScheduleIn("jobs/a", absl::ZeroDuration());
  clock_.Advance(absl::Seconds(30));  // the holder died; who takes over reads afresh
  Transaction step = Under(ClaimOne());
  step.schedule.push_back({.name = "jobs/a", .delay = absl::Minutes(5)});
  MustCommit(step);
  EXPECT_EQ(*store_->NextDue(), absl::Minutes(5));
}

TEST_P(StoreContract, FinishedWorkIsNotDueAndCanBeScheduledAnew) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  const Lease first = ClaimOne();
  Transaction last_step = Under(first);
  last_step.finish.push_back("jobs/a");
  MustCommit(last_step);
  EXPECT_EQ(*store_->NextDue(), std::nullopt);
  EXPECT_EQ(ClaimCount(), 0u);
  ScheduleIn("jobs/a", absl::ZeroDuration());
  EXPECT_GT(ClaimOne().attempt, first.attempt) << "a holder from before must not match";
  EXPECT_EQ(ReasonOf(store_->Commit(Under(first)).status()), "LEASE_LOST");
}

TEST_P(StoreContract, WakeUpDuringTheLastStepMakesOneMore) {
  ScheduleIn("jobs/a", absl::ZeroDuration());
  Transaction last_step = Under(ClaimOne());
  ScheduleIn("jobs/a", absl::ZeroDuration());
  last_step.finish.push_back("jobs/a");
  MustCommit(last_step);
  Transaction again = Under(ClaimOne());
  again.finish.push_back("jobs/a");
  MustCommit(again);
  EXPECT_EQ(ClaimCount(), 0u);
}

TEST_P(StoreContract, StepMakesItsParentDue) {
  ScheduleIn("workflows/w", absl::Hours(1));
  ScheduleIn("jobs/a", absl::ZeroDuration());
  Transaction step = Under(ClaimOne());
  step.finish.push_back("jobs/a");
  step.schedule.push_back({.name = "workflows/w", .delay = absl::ZeroDuration()});
  MustCommit(step);
  EXPECT_EQ(ClaimOne().name, "workflows/w");
}

TEST_P(StoreContract, NoWorkIsClaimedTwiceByManyClaimers) {
  constexpr int kWork = 100;
  Transaction transaction;
  for (int i = 0; i < kWork; ++i) {
    transaction.schedule.push_back(
        {.name = "jobs/" + std::to_string(i), .delay = absl::ZeroDuration()});
  }
  MustCommit(transaction);
  std::vector<std::vector<std::string>> names(4);
  std::vector<std::thread> claimers;
  for (size_t i = 0; i < names.size(); ++i) {
    claimers.emplace_back([&, i] {
      while (true) {
        const auto claimed = store_->ClaimWork("server-" + std::to_string(i), absl::Seconds(30), 3);
        if (!claimed.ok() || claimed->empty()) return;
        for (const ClaimedWork& work : *claimed) names[i].push_back(work.lease.name);
      }
    });
  }
  for (std::thread& claimer : claimers) claimer.join();
  std::set<std::string> all;
  size_t count = 0;
  for (const auto& some : names) {
    all.insert(some.begin(), some.end());
    count += some.size();
  }
  EXPECT_EQ(count, static_cast<size_t>(kWork));
  EXPECT_EQ(all.size(), static_cast<size_t>(kWork));
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_WORK_H_
