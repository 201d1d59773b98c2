#include "server/evaluations/run/evaluation_api.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/decisions/decision_kind.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/evaluations/run/evaluation_kind.h"

namespace tunegate::evaluations {
namespace {

using testing::HasSubstr;
using testing::Not;

class EvaluationApiTest : public EvaluationFixture {
 protected:
  std::string Done(int count) {
    const std::string name = Create(Spec(count));
    EXPECT_TRUE(Step(name).ok());
    return name;
  }

  // All pages of results, as their ids.
  std::vector<std::string> ResultIds(const std::string& name, const std::string& filter,
                                     int page_size) {
    std::vector<std::string> ids;
    v1::ListResultsRequest request;
    request.set_parent(name);
    request.set_filter(filter);
    request.set_page_size(page_size);
    do {
      const auto page = api_.ListResults({}, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->results_size(), page_size);
      for (const v1::Result& result : page->results()) ids.push_back(result.example_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  absl::StatusOr<std::string> Render(const std::string& name,
                                     v1::RenderReportRequest::Format format) {
    v1::RenderReportRequest request;
    request.set_name(name);
    request.set_format(format);
    TG_ASSIGN_OR_RETURN(const auto pieces, api_.RenderReport({}, request));
    std::string whole;
    while (true) {
      TG_ASSIGN_OR_RETURN(const auto piece, pieces());
      if (!piece.has_value()) return whole;
      whole += piece->chunk();
    }
  }

  void AddDecision(const std::string& name, const std::string& evaluation) {
    resources::Stored<store::v1::DecisionRecord> stored;
    stored.resource().set_name(name);
    stored.resource().set_task("tasks/toy");
    stored.resource().set_evaluation(evaluation);
    stored.resource().set_verdict(v1::Decision::VERDICT_GO);
    stored.resource().set_effective_verdict(v1::Decision::VERDICT_GO);
    store::Transaction transaction;
    repository_.Write(transaction, stored, v1::Event::TYPE_CREATED, "decided");
    ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  }

  EvaluationApi api_{&repository_, &providers_, {}};
};

TEST_F(EvaluationApiTest, TheSameRequestMakesOneEvaluation) {
  v1::CreateEvaluationRequest request;
  *request.mutable_evaluation() = Spec(4);
  request.set_request_id("once");
  const auto first = api_.CreateEvaluation({}, request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = api_.CreateEvaluation({}, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->evaluation().name(), again->evaluation().name());
  EXPECT_EQ(again->evaluation().look(), 1);
  request.mutable_evaluation()->set_repeat_count(2);
  EXPECT_EQ(DetailsOf(api_.CreateEvaluation({}, request).status()).reason, "REQUEST_ID_REUSED");
}

TEST_F(EvaluationApiTest, ValidateOnlyAnswersAndStoresNothing) {
  v1::CreateEvaluationRequest request;
  *request.mutable_evaluation() = Spec(4);
  request.set_evaluation_id("mine");
  request.set_validate_only(true);
  const auto made = api_.CreateEvaluation({}, request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->evaluation().name(), "evaluations/mine");
  EXPECT_EQ(made->evaluation().progress().total(), 8);
  v1::GetEvaluationRequest get;
  get.set_name("evaluations/mine");
  EXPECT_EQ(api_.GetEvaluation({}, get).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EvaluationApiTest, ATakenIdIsRefused) {
  v1::CreateEvaluationRequest request;
  *request.mutable_evaluation() = Spec(4);
  request.set_evaluation_id("mine");
  ASSERT_TRUE(api_.CreateEvaluation({}, request).ok());
  EXPECT_EQ(DetailsOf(api_.CreateEvaluation({}, request).status()).reason, "NAME_TAKEN");
}

TEST_F(EvaluationApiTest, GetGivesTheReportAndListDoesNot) {
  const std::string name = Done(20);
  v1::GetEvaluationRequest get;
  get.set_name(name);
  EXPECT_EQ(api_.GetEvaluation({}, get)->evaluation().report().example_count(), 20);
  const auto list = api_.ListEvaluations({}, v1::ListEvaluationsRequest());
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->evaluations_size(), 1);
  EXPECT_FALSE(list->evaluations(0).has_report());
}

TEST_F(EvaluationApiTest, ResultsComeByExampleOverPages) {
  const std::string name = Done(25);
  const std::vector<std::string> ids = ResultIds(name, "", 7);
  ASSERT_EQ(ids.size(), 25u);
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(std::stoul(ids[i]), i + 1);
}

TEST_F(EvaluationApiTest, RepeatsAreSingleResults) {
  v1::Evaluation spec = Spec(5);
  spec.set_repeat_count(3);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(ResultIds(name, "", 2).size(), 15u);
}

TEST_F(EvaluationApiTest, ResultsAreFilteredAndFilteredPagesAreFull) {
  const std::string name = Done(40);
  EXPECT_EQ(ResultIds(name, "changed = true", 6).size(), 20u);
  EXPECT_EQ(ResultIds(name, "gained = true", 50).size(), 20u);
  EXPECT_TRUE(ResultIds(name, "lost = true", 50).empty());
  EXPECT_EQ(ResultIds(name, "baseline_right = false", 50).size(), 20u);
}

TEST_F(EvaluationApiTest, WhatCannotBeListedIsNamed) {
  const std::string name = Done(5);
  v1::ListResultsRequest request;
  request.set_parent(name);
  request.set_filter("colour = red");
  EXPECT_EQ(DetailsOf(api_.ListResults({}, request).status()).field_violations.front().first,
            "filter");
  request.clear_filter();
  request.set_page_token("mine");
  EXPECT_EQ(DetailsOf(api_.ListResults({}, request).status()).field_violations.front().first,
            "page_token");
  request.clear_page_token();
  request.set_parent("evaluations/none");
  EXPECT_EQ(api_.ListResults({}, request).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EvaluationApiTest, ResultsOfAnUnfinishedEvaluationAreThoseSoFar) {
  const std::string name = Create(Spec(40));
  std::atomic<int> answered{0};
  provider_->OnChat([&](const providers::ChatCall& call) {
    if (++answered == 30) stop_.stopping = true;
    return Answer(call);
  });
  ASSERT_TRUE(Step(name).ok());
  const size_t count = ResultIds(name, "", 100).size();
  EXPECT_GE(count, 15u);
  EXPECT_LT(count, 40u);
}

TEST_F(EvaluationApiTest, TheReportIsRenderedInEveryFormat) {
  const std::string name = Done(20);
  const auto page = Render(name, v1::RenderReportRequest::FORMAT_UNSPECIFIED);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, HasSubstr("<html"));
  const auto table = Render(name, v1::RenderReportRequest::FORMAT_CSV);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(std::count(table->begin(), table->end(), '\n'), 41);
  const auto text = Render(name, v1::RenderReportRequest::FORMAT_JSON);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto json = json::Parse(*text);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["evaluation"]["name"].String(), name);
  EXPECT_EQ(json->Find("decision"), nullptr);
}

TEST_F(EvaluationApiTest, JunitTellsTheDecisionOrWhatTheFrozenPolicyGives) {
  const std::string name = Done(20);
  const auto unrecorded = Render(name, v1::RenderReportRequest::FORMAT_JUNIT);
  ASSERT_TRUE(unrecorded.ok()) << unrecorded.status();
  EXPECT_THAT(*unrecorded, HasSubstr("<testcase name=\"improvement\""));
  EXPECT_THAT(*unrecorded, HasSubstr("value=\"not recorded; tunegate decision create " + name));
  AddDecision("decisions/new", name);
  const auto recorded = Render(name, v1::RenderReportRequest::FORMAT_JUNIT);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_THAT(*recorded, HasSubstr("<property name=\"decision\" value=\"decisions/new\"/>"));
}

TEST_F(EvaluationApiTest, TheReportShowsTheNewestDecisionOrTheOneThatIsNamed) {
  const std::string name = Done(20);
  AddDecision("decisions/old", name);
  clock_.Advance(absl::Seconds(1));
  AddDecision("decisions/new", name);
  AddDecision("decisions/other", "evaluations/other");
  const auto newest = Render(name, v1::RenderReportRequest::FORMAT_JSON);
  ASSERT_TRUE(newest.ok());
  EXPECT_THAT(*newest, HasSubstr("decisions/new"));
  const auto named = Render("decisions/old", v1::RenderReportRequest::FORMAT_JSON);
  ASSERT_TRUE(named.ok());
  EXPECT_THAT(*named, HasSubstr("decisions/old"));
  EXPECT_THAT(*named, Not(HasSubstr("decisions/new")));
  EXPECT_THAT(*named, HasSubstr(name));
}

TEST_F(EvaluationApiTest, WithoutAReportThereIsNothingToRender) {
  const std::string name = Create(Spec(5));
  EXPECT_EQ(DetailsOf(Render(name, v1::RenderReportRequest::FORMAT_HTML).status()).reason,
            "NO_REPORT");
  EXPECT_EQ(Render("evaluations/none", v1::RenderReportRequest::FORMAT_HTML).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Render("jobs/x", v1::RenderReportRequest::FORMAT_HTML).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(EvaluationApiTest, OnlyWhatIsAtWorkIsCancelledAndOnlyWhatIsBlockedResumed) {
  const std::string name = Done(5);
  v1::CancelEvaluationRequest cancel;
  cancel.set_name(name);
  EXPECT_EQ(DetailsOf(api_.CancelEvaluation({}, cancel).status()).reason, "WRONG_STATE");
  v1::ResumeEvaluationRequest resume;
  resume.set_name(name);
  EXPECT_EQ(DetailsOf(api_.ResumeEvaluation({}, resume).status()).reason, "WRONG_STATE");

  const std::string fresh = Create(Spec(5));
  cancel.set_name(fresh);
  const auto first = api_.CancelEvaluation({}, cancel);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->evaluation().state(), v1::Evaluation::STATE_CANCELLING);
  EXPECT_TRUE(api_.CancelEvaluation({}, cancel).ok()) << "asking twice is asking once";
  ASSERT_TRUE(Step(fresh).ok());
  EXPECT_EQ(Get(fresh).state(), v1::Evaluation::STATE_CANCELLED);
  EXPECT_EQ(Get(fresh).progress().done(), 0);
}

TEST_F(EvaluationApiTest, ABudgetThatMakesNoSenseIsRefused) {
  v1::ResumeEvaluationRequest request;
  request.set_name(Create(Spec(5)));
  request.mutable_budget()->set_max_tokens(-5);
  const auto details = DetailsOf(api_.ResumeEvaluation({}, request).status());
  ASSERT_EQ(details.field_violations.size(), 1u);
  EXPECT_EQ(details.field_violations.front().first, "budget.max_tokens");
}

}  // namespace
}  // namespace tunegate::evaluations
