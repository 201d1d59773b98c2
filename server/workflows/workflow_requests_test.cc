// What stops a workflow on its way, and how it goes on: blocks, failures, resumes, cancels.
#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/jobs/job_kind.h"
#include "server/providers/failure.h"
#include "server/workflows/workflow_fixture.h"

namespace tunegate::workflows {
namespace {

using providers::FakeProvider;
using testing::HasSubstr;
using Workflow = v1::Workflow;

class WorkflowRequestsTest : public WorkflowTest {
 protected:
  // Calls `act` from the provider's thread when the n-th call has come.
  void OnCall(int n, std::function<void()> act) {
    provider().OnChat([this, n, act = std::move(act)](const providers::ChatCall& call) {
      if (++answered_ == n) act();
      return Answer(call);
    });
  }
  // Ends a child just before what its cancel changes is committed: the cancel comes too late.
  template <typename Record, typename State>
  void EndAsItIsCancelled(const std::string& child, State state) {
    store_.before_commit = [this, child, state](const store::Transaction& transaction) {
      const bool cancel = !transaction.lease.has_value() && !transaction.puts.empty() &&
                          transaction.puts.front().record.name == child;
      if (!cancel) return absl::OkStatus();
      const auto end = [&](resources::Stored<Record>& stored, store::Transaction& ending) {
        stored.resource().set_state(state);
        repository_.Write(ending, stored, v1::Event::TYPE_STATE_CHANGED, "ended by itself");
        return absl::OkStatus();
      };
      return repository_.Update<Record>(child, end).status();
    };
  }
  absl::Status CancelJob() {
    v1::CancelJobRequest request;
    request.set_name("jobs/w");
    return api_.CancelJob({}, request).status();
  }

  std::atomic<int> answered_{0};
};

TEST_F(WorkflowRequestsTest, BlockedJobBlocksItAndResumeGoesOnWithTheSameJob) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(429, "insufficient_quota", "pay"));
  CreateWorkflow();
  RunDue();
  const Workflow blocked = GetWorkflow();
  EXPECT_EQ(blocked.state(), Workflow::STATE_BLOCKED);
  EXPECT_EQ(blocked.failure().reason(), "QUOTA_EXHAUSTED");
  EXPECT_THAT(blocked.failure().remedy(), HasSubstr("tunegate workflow resume workflows/w"));

  ASSERT_TRUE(ResumeWorkflow().ok());
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_GO);
  EXPECT_EQ(GetWorkflow().job(), "jobs/w");
  EXPECT_FALSE(GetWorkflow().has_failure());
}

TEST_F(WorkflowRequestsTest, BlockedEvaluationBlocksItAndResumeAsksNothingTwice) {
  std::atomic<bool> out_of_quota{true};
  provider().OnChat([&](const providers::ChatCall& call) {
    if (++answered_ > 40 && out_of_quota) {
      return FakeProvider::Failure(FakeProvider::HttpError(429, "insufficient_quota", "pay"));
    }
    return Answer(call);
  });
  Workflow spec = Spec();
  spec.set_stop_after(Workflow::STAGE_BASELINE);
  spec.set_max_concurrency(1);
  CreateWorkflow(spec);
  RunDue();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_BLOCKED);
  EXPECT_EQ(GetWorkflow().failure().reason(), "QUOTA_EXHAUSTED");
  const int asked = provider().calls("Complete");
  EXPECT_LT(asked, 60);

  out_of_quota = false;
  ASSERT_TRUE(ResumeWorkflow().ok());
  RunDue();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_SUCCEEDED);
  EXPECT_EQ(provider().calls("Complete") - asked, 60) << "40 were answered before";
}

TEST_F(WorkflowRequestsTest, ChildThatWasResumedByItsOwnNameTakesTheWorkflowAlong) {
  provider().FailNext("CreateJob", FakeProvider::HttpError(429, "insufficient_quota", "pay"));
  CreateWorkflow();
  RunDue();
  ASSERT_EQ(GetWorkflow().state(), Workflow::STATE_BLOCKED);
  ASSERT_TRUE(Resume("jobs/w").ok());
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_GO);
}

TEST_F(WorkflowRequestsTest, FailedJobFailsItAndResumeTrainsAnewUnderAnotherName) {
  CreateWorkflow();
  RunDue();
  provider().FailJob(RemoteId(), "server_error", "a machine broke");
  RunFor(absl::Seconds(6));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_FAILED);
  EXPECT_EQ(GetWorkflow().failure().provider_code(), "server_error");
  EXPECT_TRUE(NothingIsDue());

  ASSERT_TRUE(ResumeWorkflow().ok());
  RunUntilTrained();
  const Workflow done = GetWorkflow();
  EXPECT_EQ(done.verdict(), v1::Decision::VERDICT_GO);
  EXPECT_EQ(done.job(), "jobs/w-r2");
  EXPECT_EQ(done.evaluation(), "evaluations/w-r2");
  EXPECT_EQ(done.baseline_evaluation(), "evaluations/w-baseline") << "it was measured already";
  EXPECT_FALSE(done.has_failure());
  EXPECT_EQ(StateOf("jobs/w"), "FAILED");
}

TEST_F(WorkflowRequestsTest, JobThatIsCancelledByItsOwnNameFailsTheWorkflow) {
  CreateWorkflow();
  RunDue();
  ASSERT_TRUE(CancelJob().ok());
  RunFor(absl::Seconds(6));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_FAILED);
  EXPECT_EQ(GetWorkflow().failure().reason(), "CHILD_CANCELLED");
}

TEST_F(WorkflowRequestsTest, PausedWorkBlocksItAndItGoesOnByItself) {
  CreateWorkflow();
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  RunFor(absl::Seconds(5));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_BLOCKED);
  EXPECT_EQ(GetWorkflow().failure().reason(), admin::kWorkPaused);
  EXPECT_EQ(GetWorkflow().failure().remedy(), "tunegate admin resume");
  EXPECT_EQ(provider().calls("Complete"), 0);
  ASSERT_TRUE(pause_.Set(false, "").ok());
  RunFor(absl::Seconds(5));
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_GO);
}

TEST_F(WorkflowRequestsTest, CancelBeforeItBeginsEndsItAtOnce) {
  CreateWorkflow();
  ASSERT_TRUE(CancelWorkflow().ok());
  RunDue();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
  EXPECT_EQ(provider().calls("Complete"), 0);
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(WorkflowRequestsTest, CancelDuringTheBaselineCancelsTheEvaluation) {
  Workflow spec = Spec();
  spec.set_max_concurrency(1);
  CreateWorkflow(spec);
  // By another client, while the evaluation's step runs.
  OnCall(10, [&] {
    EXPECT_TRUE(CancelWorkflow().ok());
    v1::CancelEvaluationRequest request;
    request.set_name("evaluations/w-baseline");
    EXPECT_TRUE(evaluations_.CancelEvaluation({}, request).ok());
  });
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateOf("evaluations/w-baseline"), "CANCELLED");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
  EXPECT_LT(provider().calls("Complete"), 100);
}

TEST_F(WorkflowRequestsTest, CancelOfABlockedBaselineCancelsBoth) {
  provider().OnChat([](const providers::ChatCall&) {
    return FakeProvider::Failure(FakeProvider::HttpError(429, "insufficient_quota", "pay"));
  });
  CreateWorkflow();
  RunDue();
  ASSERT_EQ(GetWorkflow().state(), Workflow::STATE_BLOCKED);
  ASSERT_TRUE(CancelWorkflow().ok());
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateOf("evaluations/w-baseline"), "CANCELLED");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
}

TEST_F(WorkflowRequestsTest, CancelDuringTrainingCancelsTheProvidersJob) {
  CreateWorkflow();
  RunDue();
  ASSERT_EQ(GetWorkflow().stage(), Workflow::STAGE_TRAINING);
  ASSERT_TRUE(CancelWorkflow().ok());
  RunFor(absl::Seconds(6));
  EXPECT_EQ(provider().jobs()[0].status, "cancelled");
  EXPECT_EQ(StateOf("jobs/w"), "CANCELLED");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
}

TEST_F(WorkflowRequestsTest, CancelWaitsForAJobThatTheProviderIsSlowToCancel) {
  CreateWorkflow();
  RunDue();
  provider().FailNext("CancelJob", FakeProvider::NoConnection(), FakeProvider::Effect::kNone, 2);
  ASSERT_TRUE(CancelWorkflow().ok());
  RunDue();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLING);
  RunFor(absl::Seconds(20));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
}

TEST_F(WorkflowRequestsTest, CancelThatCrossesTheEndOfAnEvaluationCancels) {
  provider().OnChat([](const providers::ChatCall&) {
    return FakeProvider::Failure(FakeProvider::HttpError(429, "insufficient_quota", "pay"));
  });
  CreateWorkflow();
  RunDue();
  ASSERT_EQ(StateOf("evaluations/w-baseline"), "BLOCKED");
  ASSERT_TRUE(CancelWorkflow().ok());
  EndAsItIsCancelled<store::v1::EvaluationRecord>("evaluations/w-baseline",
                                                  v1::Evaluation::STATE_SUCCEEDED);
  RunFor(absl::Seconds(40));
  EXPECT_EQ(StateOf("evaluations/w-baseline"), "SUCCEEDED");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
}

TEST_F(WorkflowRequestsTest, CancelThatCrossesTheEndOfAJobCancels) {
  CreateWorkflow();
  RunDue();
  ASSERT_EQ(GetWorkflow().stage(), Workflow::STAGE_TRAINING);
  ASSERT_TRUE(CancelWorkflow().ok());
  EndAsItIsCancelled<store::v1::JobRecord>("jobs/w", v1::Job::STATE_SUCCEEDED);
  RunFor(absl::Seconds(40));
  EXPECT_EQ(StateOf("jobs/w"), "SUCCEEDED");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_CANCELLED);
}

TEST_F(WorkflowRequestsTest, ProviderThatIsSilentForMinutesIsWaitedForAndTheWorkflowEndsByItself) {
  std::atomic<bool> silent{false};
  provider().OnChat([&](const providers::ChatCall& call) {
    if (++answered_ == 40) silent = true;
    if (silent) return FakeProvider::Failure(FakeProvider::HttpError(503, "", "overloaded"));
    return Answer(call);
  });
  Workflow spec = Spec();
  spec.set_stop_after(Workflow::STAGE_BASELINE);
  CreateWorkflow(spec);
  RunFor(absl::Minutes(10));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_BLOCKED);
  EXPECT_EQ(GetWorkflow().failure().reason(), providers::kProviderUnreachable);
  EXPECT_THAT(GetWorkflow().failure().remedy(), HasSubstr("goes on by itself"));
  EXPECT_THAT(GetWorkflow().failure().remedy(), HasSubstr("tunegate workflow resume workflows/w"));
  const size_t told = EventsOf("workflows/w").size();
  RunFor(absl::Minutes(10));
  EXPECT_EQ(EventsOf("workflows/w").size(), told);
  silent = false;
  RunFor(absl::Minutes(2));
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_SUCCEEDED);
  EXPECT_FALSE(GetWorkflow().has_failure());
}

TEST_F(WorkflowRequestsTest, RequestsInTheWrongStateAreRefused) {
  CreateWorkflow();
  EXPECT_EQ(DetailsOf(ResumeWorkflow()).reason, "WRONG_STATE");
  ASSERT_TRUE(CancelWorkflow().ok());
  RunDue();
  EXPECT_EQ(DetailsOf(CancelWorkflow()).reason, "WRONG_STATE");
  EXPECT_EQ(DetailsOf(ResumeWorkflow()).reason, "WRONG_STATE");
}

}  // namespace
}  // namespace tunegate::workflows
