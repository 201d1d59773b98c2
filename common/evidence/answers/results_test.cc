#include "common/evidence/answers/results.h"

#include <algorithm>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Failed;
using fixture::kBug;
using fixture::kWish;
using fixture::MakeCall;
using fixture::MakeExample;
using fixture::TicketTask;
using store::v1::CallRecord;
using ::testing::ElementsAre;

std::vector<v1::Result> Build(const fixture::Asked& asked) {
  auto results = BuildResults(TicketTask(), asked.examples, asked.calls);
  EXPECT_TRUE(results.ok()) << results.status();
  return *std::move(results);
}

std::vector<std::string> Matching(std::string_view filter, const std::vector<v1::Result>& results) {
  const auto parsed = ResultFilter::Parse(filter);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  std::vector<std::string> ids;
  for (const v1::Result& result : results) {
    if (parsed->Matches(result)) ids.push_back(result.example_id());
  }
  return ids;
}

TEST(ResultsTest, StandByExampleWhateverTheOrderOfAnswers) {
  fixture::Asked asked = AskCells({1, 1, 1, 1});
  std::reverse(asked.calls.begin(), asked.calls.end());
  const auto results = Build(asked);
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].example_id(), "0000001");
  EXPECT_EQ(results[3].example_id(), "0000004");
  EXPECT_FALSE(results[0].changed());
  EXPECT_TRUE(results[1].changed());
  EXPECT_TRUE(results[2].changed());
  EXPECT_FALSE(results[3].changed());
}

TEST(ResultsTest, CarryWhatCameWithTheAnswer) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.examples[0].slices = {{"noise", "typo"}};
  asked.calls[1].set_response_time_us(1'234'567);
  asked.calls[1].set_provider_request_id("req_1");
  const v1::Result result = Build(asked)[0];
  EXPECT_EQ(result.query(), "query 1");
  EXPECT_EQ(result.expected(), kBug);
  EXPECT_EQ(result.slices().at("noise"), "typo");
  EXPECT_EQ(result.candidate().response_time().seconds(), 1);
  EXPECT_EQ(result.candidate().response_time().nanos(), 234'567'000);
  EXPECT_EQ(result.candidate().provider_request_id(), "req_1");
  EXPECT_EQ(result.candidate().answering_model(), "new");
  EXPECT_TRUE(result.candidate().right().at("kind"));
  EXPECT_FALSE(result.candidate().right().contains("mood"));
}

TEST(ResultsTest, CarryScoresConfidenceAndWhereAnAnswerWasTakenFrom) {
  fixture::Asked asked = AskCells({0, 1, 0, 0});
  asked.calls[0].set_confidence(0.25);
  asked.calls[0].set_reused_from("evaluations/earlier");
  const v1::Result result = Build(asked)[0];
  EXPECT_EQ(result.baseline().scores().at("kind"), 0);
  EXPECT_EQ(result.candidate().scores().at("kind"), 1);
  EXPECT_FALSE(result.candidate().scores().contains("mood")) << "it is not scored";
  EXPECT_TRUE(result.baseline().has_confidence());
  EXPECT_EQ(result.baseline().confidence(), 0.25);
  EXPECT_EQ(result.baseline().reused_from(), "evaluations/earlier");
  EXPECT_FALSE(result.candidate().has_confidence());
  EXPECT_EQ(result.candidate().reused_from(), "");
}

TEST(ResultsTest, AFailedCallHasNoScores) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls[0] = Failed(asked.calls[0]);
  EXPECT_TRUE(Build(asked)[0].baseline().scores().empty());
}

TEST(ResultsTest, InvalidUtf8BecomesValidSoThatTheMessageParsesAgain) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls[0].set_text("\xff\xfe nonsense");
  asked.examples[0].query = "caf\xe9";
  const v1::Result result = Build(asked)[0];
  EXPECT_TRUE(IsValidUtf8(result.baseline().text()));
  v1::Result copy;
  EXPECT_TRUE(copy.ParseFromString(result.SerializeAsString()));
}

TEST(ResultsTest, AMissingAnswerChangesNothing) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls[1] = Failed(asked.calls[1]);
  const v1::Result result = Build(asked)[0];
  EXPECT_FALSE(result.changed());
  EXPECT_EQ(result.candidate().failure().reason(), "PROVIDER_UNAVAILABLE");
  EXPECT_TRUE(result.candidate().right().empty());
}

TEST(ResultsTest, RepeatsStandBehindOneAnother) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls.push_back(MakeCall(1, CallRecord::ARM_BASELINE, kWish, 1));
  const auto results = Build(asked);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].repeat(), 1);
  EXPECT_FALSE(results[1].has_candidate());
}

TEST(ResultsTest, AnswersOfAnotherDatasetAreRefused) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls.push_back(MakeCall(99, CallRecord::ARM_BASELINE, kBug));
  EXPECT_EQ(DetailsOf(BuildResults(TicketTask(), asked.examples, asked.calls).status()).reason,
            "CALLS_OUT_OF_ORDER");
}

TEST(ResultFilterTest, FindsWhoChangedSides) {
  fixture::Asked asked = AskCells({1, 1, 1, 1});
  const auto results = Build(asked);
  EXPECT_THAT(Matching("changed = true", results), ElementsAre("0000002", "0000003"));
  EXPECT_THAT(Matching("gained=true", results), ElementsAre("0000002"));
  EXPECT_THAT(Matching("lost = true", results), ElementsAre("0000003"));
  EXPECT_THAT(Matching("candidate_right = false", results), ElementsAre("0000003", "0000004"));
  EXPECT_THAT(Matching("baseline_right = false AND candidate_right = false", results),
              ElementsAre("0000004"));
  EXPECT_EQ(Matching("", results).size(), 4u);
}

TEST(ResultFilterTest, AMissingAnswerIsNeitherRightNorWrong) {
  fixture::Asked asked = AskCells({1, 0, 0, 0});
  asked.calls[1] = Failed(asked.calls[1]);
  const auto results = Build(asked);
  EXPECT_TRUE(Matching("candidate_right = true", results).empty());
  EXPECT_TRUE(Matching("candidate_right = false", results).empty());
}

TEST(ResultFilterTest, NamesTheTermThatIsNotUnderstood) {
  for (const char* filter :
       {"changed", "changed = yes", "colour = true", "changed = true AND",
        "changed = true OR lost = true", "AND", "= true", " AND changed = true"}) {
    const auto parsed = ResultFilter::Parse(filter);
    EXPECT_EQ(DetailsOf(parsed.status()).reason, "INVALID_FILTER") << filter;
    ASSERT_EQ(DetailsOf(parsed.status()).field_violations.size(), 1u) << filter;
    EXPECT_EQ(DetailsOf(parsed.status()).field_violations[0].first, "filter");
  }
}

}  // namespace
}  // namespace tunegate::evaluations
