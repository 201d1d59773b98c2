#include "server/evaluations/run/evaluation_spec.h"

#include <limits>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_kind.h"
#include "server/evaluations/run/evaluation_api.h"
#include "server/evaluations/run/evaluation_fixture.h"

namespace tunegate::evaluations {
namespace {

using testing::HasSubstr;

class EvaluationSpecTest : public EvaluationFixture {
 protected:
  absl::StatusOr<v1::Evaluation> Make(const v1::Evaluation& spec) {
    auto made = NewEvaluation(repository_, providers_, spec, "evaluations/x", "", {});
    if (!made.ok()) return made.status();
    return made->resource();
  }
  // The paths of all violations.
  std::vector<std::string> Faults(const v1::Evaluation& spec) {
    std::vector<std::string> paths;
    for (const auto& [path, what] : DetailsOf(Make(spec).status()).field_violations) {
      paths.push_back(path);
    }
    return paths;
  }
};

TEST_F(EvaluationSpecTest, EveryFaultIsToldAtOnce) {
  v1::Evaluation spec;
  spec.mutable_baseline()->set_temperature(std::numeric_limits<double>::quiet_NaN());
  spec.mutable_candidate()->set_model("m");
  spec.mutable_candidate()->set_max_output_tokens(-1);
  spec.mutable_candidate()->add_examples()->set_user("half");
  spec.set_repeat_count(21);
  spec.set_max_concurrency(1025);
  spec.mutable_budget()->set_max_calls(-1);
  spec.mutable_budget()->mutable_max_cost()->set_currency_code("EUR");
  EXPECT_THAT(
      Faults(spec),
      testing::ElementsAre(
          "evaluation.dataset", "evaluation.baseline.model", "evaluation.baseline.temperature",
          "evaluation.candidate.max_output_tokens", "evaluation.candidate.examples[0]",
          "evaluation.repeat_count", "evaluation.max_concurrency", "evaluation.budget.max_calls",
          "evaluation.budget.max_cost.currency_code", "evaluation.budget.max_cost.micros"));
  EXPECT_EQ(DetailsOf(Make(spec).status()).reason, "INVALID_EVALUATION");
}

TEST_F(EvaluationSpecTest, LimitsOfPaceBelowNothingAndUnknownModesAreRefused) {
  v1::Evaluation spec = Spec(4);
  spec.mutable_rate_limit()->set_requests_per_minute(-1);
  spec.mutable_rate_limit()->set_tokens_per_minute(-1);
  spec.set_mode(static_cast<v1::Evaluation::Mode>(7));
  EXPECT_THAT(Faults(spec),
              testing::ElementsAre("evaluation.rate_limit.requests_per_minute",
                                   "evaluation.rate_limit.tokens_per_minute", "evaluation.mode"));
}

TEST_F(EvaluationSpecTest, ABatchHasNoPaceOfItsOwnAndReusesNothing) {
  v1::Evaluation spec = Spec(4);
  spec.set_mode(v1::Evaluation::MODE_BATCH);
  spec.mutable_rate_limit()->set_requests_per_minute(60);
  spec.set_reuse_answers(true);
  EXPECT_THAT(Faults(spec),
              testing::ElementsAre("evaluation.reuse_answers", "evaluation.rate_limit"));
}

TEST_F(EvaluationSpecTest, HowItIsAskedIsKept) {
  v1::Evaluation spec = Spec(4);
  EXPECT_EQ(Make(spec)->mode(), v1::Evaluation::MODE_INTERACTIVE);
  spec.mutable_rate_limit()->set_requests_per_minute(60);
  spec.mutable_rate_limit()->set_tokens_per_minute(9'000);
  spec.set_reuse_answers(true);
  const auto made = Make(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->rate_limit().requests_per_minute(), 60);
  EXPECT_EQ(made->rate_limit().tokens_per_minute(), 9'000);
  EXPECT_TRUE(made->reuse_answers());
}

TEST_F(EvaluationSpecTest, WithoutABaselineThereIsNothingToMeasure) {
  v1::Evaluation spec = Spec(4);
  spec.clear_baseline();
  EXPECT_THAT(Faults(spec), testing::ElementsAre("evaluation.baseline"));
}

TEST_F(EvaluationSpecTest, WhatDoesNotFitIntoARecordIsRefused) {
  v1::Evaluation spec = Spec(4);
  spec.mutable_candidate()->set_system_prompt(std::string(60'000, 'x'));
  EXPECT_THAT(Faults(spec), testing::ElementsAre("evaluation"));
}

TEST_F(EvaluationSpecTest, UnknownThingsAreNamed) {
  v1::Evaluation spec = Spec(4);
  spec.mutable_baseline()->set_provider("nobody");
  EXPECT_THAT(Faults(spec), testing::ElementsAre("evaluation.baseline.provider"));
  spec = Spec(4);
  spec.set_dataset("datasets/none");
  EXPECT_EQ(Make(spec).status().code(), absl::StatusCode::kNotFound);
  spec = Spec(4);
  spec.set_task("tasks/none");
  EXPECT_EQ(Make(spec).status().code(), absl::StatusCode::kNotFound);
  spec = Spec(4);
  spec.mutable_candidate()->set_model("jobs/none");
  EXPECT_EQ(Make(spec).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EvaluationSpecTest, EverythingThatCouldChangeIsFrozen) {
  v1::Evaluation spec = Spec(4);
  spec.clear_seed();
  spec.clear_max_concurrency();
  spec.set_state(v1::Evaluation::STATE_SUCCEEDED);  // output only
  spec.set_policy_digest("mine");
  spec.mutable_usage()->set_calls(7);
  const auto made = Make(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), v1::Evaluation::STATE_PENDING);
  EXPECT_EQ(made->usage().calls(), 0);
  EXPECT_EQ(made->task(), "tasks/toy");
  EXPECT_EQ(made->system_prompt(), "Say A or B as JSON.");
  EXPECT_EQ(made->baseline().provider(), "fake");
  EXPECT_EQ(made->max_concurrency(), 8);
  EXPECT_EQ(made->repeat_count(), 1);
  EXPECT_NE(made->seed(), 0);
  EXPECT_GT(made->policy().criteria_size(), 0);
  EXPECT_EQ(made->policy_digest(), decisions::PolicyDigest(made->policy()));
  EXPECT_EQ(made->progress().total(), 8);
}

TEST_F(EvaluationSpecTest, APolicyThatCannotBeJudgedIsRefused) {
  v1::Evaluation spec = Spec(4);
  auto* criterion = spec.mutable_policy()->add_criteria();
  criterion->set_id("x");
  criterion->set_metric("no_such_field.accuracy");
  criterion->set_at_least(0.9);
  const auto made = Make(spec);
  EXPECT_EQ(DetailsOf(made.status()).reason, "INVALID_POLICY");
  EXPECT_THAT(DetailsOf(made.status()).field_violations.front().first,
              HasSubstr("evaluation.policy"));
}

TEST_F(EvaluationSpecTest, AJobStandsForTheModelThatItMade) {
  AddJob("jobs/done", "ft:fake:1");
  AddJob("jobs/training", "");
  v1::Evaluation spec = Spec(4);
  spec.mutable_candidate()->set_model("jobs/done");
  const auto made = NewEvaluation(repository_, providers_, spec, "evaluations/x", "", {});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->record.candidate_model(), "ft:fake:1");
  EXPECT_EQ(made->resource().candidate().model(), "jobs/done");
  EXPECT_EQ(made->resource().candidate().provider(), "fake");
  spec.mutable_candidate()->set_model("jobs/training");
  EXPECT_EQ(DetailsOf(Make(spec).status()).reason, "JOB_WITHOUT_MODEL");
}

TEST_F(EvaluationSpecTest, AJobsModelIsAskedWhereItIs) {
  AddJob("jobs/done", "ft:fake:1");
  v1::Evaluation spec = Spec(4);
  spec.mutable_candidate()->set_model("jobs/done");
  spec.mutable_candidate()->set_provider("elsewhere");
  EXPECT_THAT(Faults(spec), testing::ElementsAre("evaluation.candidate.provider"));
}

TEST_F(EvaluationSpecTest, EveryEvaluationOpensTheTestSetButOnlyComparisonsAreLooks) {
  v1::Evaluation spec = Spec(4);
  v1::Evaluation alone = spec;
  alone.clear_candidate();
  const std::string baseline = Create(alone);
  const std::string first = Create(spec);
  const std::string second = Create(spec);
  EXPECT_EQ(GetRecord(baseline).resource().look(), 0);
  EXPECT_EQ(GetRecord(first).resource().look(), 1);
  EXPECT_EQ(GetRecord(second).resource().look(), 2);
  const auto dataset = repository_.Get<store::v1::DatasetRecord>(spec.dataset());
  EXPECT_EQ(dataset->resource().opening_count(), 3);
}

TEST_F(EvaluationSpecTest, LooksFollowTheQuestionsAndNameWhoElseAsksThem) {
  Create(Spec(10));
  const v1::Evaluation copy = Spec(10);
  const auto foreseen = Make(copy);
  ASSERT_TRUE(foreseen.ok()) << foreseen.status();
  const v1::Evaluation made = GetRecord(Create(copy)).resource();
  for (const v1::Evaluation& evaluation : {*foreseen, made}) {
    EXPECT_EQ(evaluation.look(), 2);
    EXPECT_THAT(evaluation.related_datasets(), testing::ElementsAre("datasets/d1"));
  }
  EXPECT_THAT(EventsOf(made.name(), v1::Event::TYPE_CREATED).front().message(),
              HasSubstr("look 2: datasets/d1 asks 10 of these 10 questions"));
  EXPECT_EQ(GetRecord(Create(Spec(15))).resource().look(), 3) << "extended";
}

TEST_F(EvaluationSpecTest, LooksOfAnOlderServerStillCount) {
  const v1::Evaluation spec = Spec(10);
  auto dataset = *repository_.Get<store::v1::DatasetRecord>(spec.dataset());
  dataset.record.set_look_count(4);
  store::Transaction transaction;
  repository_.Write(transaction, dataset, v1::Event::TYPE_UPDATED, "as an older server left it");
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  EXPECT_EQ(Make(spec)->look(), 5);
  EXPECT_EQ(GetRecord(Create(spec)).resource().look(), 5);
  EXPECT_EQ(GetRecord(Create(spec)).resource().look(), 6);
}

TEST_F(EvaluationSpecTest, AValidationSetIsNotSpentByLooking) {
  v1::Evaluation spec = Spec(4);
  spec.set_dataset(AddDataset(4, v1::Dataset::SPLIT_VALIDATION));
  EXPECT_EQ(GetRecord(Create(spec)).resource().look(), 0);
  EXPECT_EQ(GetRecord(Create(spec)).resource().look(), 0);
}

TEST_F(EvaluationSpecTest, ManyThatLookAtRelatedSetsAtOnceAllGetNumbersOfTheirOwn) {
  constexpr int kThreads = 4, kLooks = 5;
  std::vector<v1::Evaluation> specs;
  for (int i = 0; i < kThreads; ++i) specs.push_back(Spec(20 + 10 * (i % 2)));
  EvaluationApi api(&repository_, &providers_, {});
  std::vector<std::thread> threads;
  for (const v1::Evaluation& spec : specs) {
    threads.emplace_back([&] {
      v1::CreateEvaluationRequest request;
      *request.mutable_evaluation() = spec;
      for (int i = 0; i < kLooks; ++i) {
        const auto made = api.CreateEvaluation({}, request);
        EXPECT_TRUE(made.ok()) << made.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  v1::ListEvaluationsRequest list;
  list.set_page_size(1000);
  std::set<int> looks;
  const auto listed = api.ListEvaluations({}, list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  for (const v1::Evaluation& evaluation : listed->evaluations()) looks.insert(evaluation.look());
  EXPECT_EQ(looks.size(), size_t{kThreads * kLooks});
  EXPECT_EQ(*looks.rbegin(), kThreads * kLooks);
}

TEST_F(EvaluationSpecTest, TwoThatOpenTheSameSetAtOnceCannotHaveTheSameLook) {
  const v1::Evaluation spec = Spec(4);
  store::Transaction one, two;
  ASSERT_TRUE(StageEvaluation(repository_, providers_, spec, "evaluations/a", "", {}, one).ok());
  ASSERT_TRUE(StageEvaluation(repository_, providers_, spec, "evaluations/b", "", {}, two).ok());
  EXPECT_TRUE(store_->Commit(std::move(one)).ok());
  const absl::Status late = store_->Commit(std::move(two)).status();
  EXPECT_EQ(DetailsOf(late).reason, "REVISION_CHANGED");
}

TEST_F(EvaluationSpecTest, NothingIsStoredByMakingOne) {
  const v1::Evaluation spec = Spec(4);
  ASSERT_TRUE(Make(spec).ok());
  EXPECT_EQ(repository_.Get<store::v1::DatasetRecord>(spec.dataset())->resource().opening_count(),
            0);
}

}  // namespace
}  // namespace tunegate::evaluations
