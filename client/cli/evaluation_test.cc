#include "client/cli/evaluation.h"

#include "client/cli/files.h"
#include "client/cli/testing/cli_test.h"
#include "client/cli/testing/verdict_fixture.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using v1::Evaluation;

std::string Message(int64_t position, const Evaluation& evaluation, bool terminal) {
  v1::WatchEventsResponse response;
  v1::Event* event = response.add_events();
  event->set_position(position);
  event->set_resource("evaluations/nov");
  event->set_type(v1::Event::TYPE_PROGRESS);
  event->mutable_time()->set_seconds(1795341600);
  event->set_terminal(terminal);
  *event->mutable_evaluation() = evaluation;
  event->mutable_evaluation()->clear_report();
  response.set_position(position);
  return response.SerializeAsString();
}

class EvaluationTest : public CliTest {
 protected:
  EvaluationTest() : evaluation_(Proto<Evaluation>(kEvaluation)) {
    server_.On<v1::GetEvaluationRequest>([this](const v1::GetEvaluationRequest&) {
      v1::GetEvaluationResponse response;
      *response.mutable_evaluation() = evaluation_;
      return response;
    });
    server_.On<v1::CreateEvaluationRequest>([](const v1::CreateEvaluationRequest& request) {
      v1::CreateEvaluationResponse response;
      *response.mutable_evaluation() = request.evaluation();
      response.mutable_evaluation()->set_name("evaluations/nov");
      return response;
    });
  }
  // Half done, then done.
  void AnswerWatch() {
    Evaluation running = evaluation_;
    running.set_state(Evaluation::STATE_RUNNING);
    FromText(R"(done: 100 total: 200 figures { key: "baseline_accuracy" value: 0.69 }
                figures { key: "candidate_accuracy" value: 0.91 })",
             running.mutable_progress());
    AnswerWatches({{.messages = {Message(5, running, false), Message(6, evaluation_, true)}}});
  }

  Evaluation evaluation_;
};

TEST_F(EvaluationTest, CreateParsesAndRefuses) {
  const auto create = ParseAs<EvalCreate>({"eval", "create", "--test", "nov-test", "--baseline",
                                           "gpt-x", "--candidate", "jobs/nov", "--repeat", "3"});
  EXPECT_EQ(create->test, "datasets/nov-test");
  EXPECT_EQ(create->candidate.model, "jobs/nov");
  EXPECT_EQ(create->repeat, 3);
  const auto paced = ParseAs<EvalCreate>({"eval", "create", "--test", "t", "--baseline", "m",
                                          "--rpm", "60", "--tpm", "9000", "--reuse", "--logprobs"});
  EXPECT_EQ(paced->requests_per_minute, 60);
  EXPECT_EQ(paced->tokens_per_minute, 9000);
  EXPECT_TRUE(paced->reuse && paced->logprobs);
  EXPECT_THAT(UsageErrorOf({"eval", "create", "--test", "t", "--baseline", "m", "--rpm", "0"}),
              StartsWith("--rpm: "));
  EXPECT_THAT(UsageErrorOf({"eval", "create", "--test", "x"}), StartsWith("--baseline: missing"));
  EXPECT_THAT(UsageErrorOf({"eval", "create", "--test", "x", "--baseline", "m", "--decide"}),
              StartsWith("--decide: needs somebody to decide about"));
  EXPECT_THAT(UsageErrorOf({"eval", "create", "--baseline", "m"}), StartsWith("--test: missing"));
}

TEST_F(EvaluationTest, BatchModeIsAskedForAndShown) {
  const Ran ran =
      Run({"eval", "create", "--test", "nov-test", "--baseline", "gpt-x", "--mode", "batch"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Sent<v1::CreateEvaluationRequest>().evaluation().mode(), Evaluation::MODE_BATCH);
  EXPECT_THAT(ran.out, HasSubstr("in batches of the provider: within a day"));
  EXPECT_THAT(UsageErrorOf({"eval", "create", "--test", "x", "--baseline", "m", "--mode", "fast"}),
              HasSubstr("--mode"));
}

TEST_F(EvaluationTest, CreateComparesPromptsOfOneModel) {
  const std::string prompt = WriteFile("prompt.txt", "Answer in JSON.\n");
  const Ran ran = Run({"eval", "create", "--test", "nov-test", "--baseline", "gpt-x",
                       "--candidate-prompt", prompt, "--concurrency", "8"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto request = Sent<v1::CreateEvaluationRequest>();
  EXPECT_EQ(request.evaluation().candidate().model(), "gpt-x");
  EXPECT_EQ(request.evaluation().candidate().system_prompt(), "Answer in JSON.");
  EXPECT_FALSE(request.evaluation().baseline().has_system_prompt());
  EXPECT_EQ(request.evaluation().max_concurrency(), 8);
}

TEST_F(EvaluationTest, WatchDrawsRunningAccuraciesAndThenTheReport) {
  AnswerWatch();
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"eval", "watch", "nov"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("██████████░░░░░░░░░░  100/200 calls  baseline 69.0 %  candidate "
                                 "91.0 %"));
  EXPECT_THAT(ran.out,
              HasSubstr("86.0 (77.9 to 91.5)  94.0 (87.5 to 97.2)  +8.0 (+1 to +15)    = .035"));
  EXPECT_THAT(ran.out, HasSubstr("mean 1.35 s, median 1.31 s, 95 % 2.00 s, 99 % 3.00 s"));
  EXPECT_THAT(ran.out, HasSubstr("200 calls, 38,120 tokens, $0.0042 by openai-2026-11-01"));
  EXPECT_THAT(ran.out, HasSubstr("gain        +0.5 points assured (measured +8.0; "));
  EXPECT_THAT(ran.out, HasSubstr("100 examples in 40 clusters by family"));
  EXPECT_THAT(ran.out, HasSubstr("worst       noise=typo 81.8 % of 11"));
  EXPECT_THAT(ran.out, HasSubstr("lost        URGENT in place of GIFT 2x"));
  EXPECT_THAT(ran.out, HasSubstr("scores      context_tags (set_f1) 84.0 % to 93.0 %"));
  EXPECT_THAT(ran.out, HasSubstr("candidate too sure by 3.0 points (calibration error 4.1 %)"));
  EXPECT_THAT(ran.out, EndsWith("tunegate decision create evaluations/nov\n"));
}

TEST_F(EvaluationTest, ABatchSaysThatTimesWereNotMeasured) {
  environment_["NO_COLOR"] = "1";
  evaluation_.set_mode(Evaluation::MODE_BATCH);
  evaluation_.mutable_report()->mutable_baseline_usage()->set_reused(40);
  const Ran ran = RunOnTerminal({"eval", "show", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("times       not measured: asked in a batch"));
  EXPECT_THAT(ran.out, HasSubstr("40 taken"));
  EXPECT_THAT(ran.out, HasSubstr("look 1: the first at these questions"));
}

TEST_F(EvaluationTest, DecideEndsInTheVerdictAndItsExitCode) {
  AnswerWatch();
  server_.On<v1::CreateDecisionRequest>([](const v1::CreateDecisionRequest&) {
    v1::CreateDecisionResponse response;
    FromText(kDecision, response.mutable_decision());
    return response;
  });
  const std::vector<std::string> command = {"eval",        "create",     "--test",
                                            "nov-test",    "--baseline", "gpt-x",
                                            "--candidate", "jobs/nov",   "--decide"};
  const Ran ran = Run(command);
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_EQ(Sent<v1::CreateDecisionRequest>().decision().evaluation(), "evaluations/nov");
  EXPECT_THAT(ran.out, EndsWith("\nverdict: INCONCLUSIVE\n"));
  auto as_json = command;
  as_json.insert(as_json.end(), {"--output", "json"});
  AnswerWatch();
  const Ran json = Run(as_json);
  EXPECT_EQ(json.code, 4);
  EXPECT_EQ(Lines(json.out).size(), 4u);  // created, two watched, decided
  EXPECT_TRUE(IsJsonLines(json.out)) << json.out;
}

TEST_F(EvaluationTest, ResultsShowWhoChangedSides) {
  server_.On<v1::ListResultsRequest>([](const v1::ListResultsRequest&) {
    return Proto<v1::ListResultsResponse>(R"(
      results { example_id: "00007" query: "regalo para mi madre" expected: "{}" changed: true
                baseline { text: "\033[31mhola" json_valid: false }
                candidate { text: "{}" json_valid: true schema_valid: true overall_right: true } }
      results { example_id: "00009" changed: true baseline { overall_right: true }
                candidate { failure { reason: "TIMEOUT" } } })");
  });
  const Ran ran = Run({"eval", "results", "nov", "--changed"});
  EXPECT_EQ(Sent<v1::ListResultsRequest>().filter(), "changed = true");
  EXPECT_THAT(ran.out, HasSubstr("00007  gained"));
  EXPECT_THAT(ran.out, HasSubstr("wrong (no JSON)  \uFFFD[31mhola"));
  EXPECT_THAT(ran.out, HasSubstr("00009  lost"));
  EXPECT_THAT(ran.out, HasSubstr("missing (TIMEOUT)"));
  EXPECT_THAT(UsageErrorOf({"eval", "results", "nov", "--gained", "--lost"}),
              StartsWith("--changed: give one of"));
}

TEST_F(EvaluationTest, DisputedReadsEveryPageAndSaysWhatToDoNext) {
  server_.On<v1::GetTaskRequest>([](const v1::GetTaskRequest&) {
    return Proto<v1::GetTaskResponse>(
        R"(task { name: "tasks/t" fields { scored: true category { values: "A" values: "B" } } })");
  });
  server_.On<v1::ListResultsRequest>([](const v1::ListResultsRequest& request) {
    return request.page_token().empty() ? Proto<v1::ListResultsResponse>(R"(
      next_page_token: "more"
      results { example_id: "0000007" query: "which?" expected: "A"
                baseline { text: "B" right { key: "" value: false } }
                candidate { text: "A" right { key: "" value: true } overall_right: true } })")
                                        : Proto<v1::ListResultsResponse>(R"(
      results { example_id: "0000008" query: "that?" expected: "B"
                baseline { text: "B" overall_right: true } })");
  });
  const std::string path = "disputed.tsv";
  const Ran ran = Run({"eval", "disputed", "nov", "-o", path});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("1 of 2 examples disputed"));
  EXPECT_THAT(ran.err,
              HasSubstr("tunegate dataset relabel datasets/nov-test --answers disputed.tsv"));
  EXPECT_THAT(*ReadFile(path), HasSubstr("0000007\twhich?\t"));
  EXPECT_THAT(UsageErrorOf({"eval", "disputed", "nov", "-o", "x.csv"}),
              StartsWith("-o: expected a file whose name ends in .jsonl or .tsv"));
}

TEST_F(EvaluationTest, ReportIsWrittenInTheFormatOfItsEnding) {
  server_.OnStream("EvaluationService/RenderReport", [](const client::FakeCall& call) {
    v1::RenderReportRequest request;
    request.ParseFromString(call.requests.at(0));
    v1::RenderReportResponse piece;
    piece.set_chunk("format " + std::to_string(request.format()));
    return client::FakeReply{.messages = {piece.SerializeAsString()}};
  });
  const std::string path = "report.csv";
  EXPECT_EQ(Run({"eval", "report", "evaluations/nov", "-o", path}).code, 0);
  EXPECT_EQ(*ReadFile(path), "format 3");
  EXPECT_EQ(Run({"eval", "report", "decisions/nov"}).out, "format 1");
  EXPECT_EQ(Run({"eval", "report", "decisions/nov", "--format", "json"}).out, "format 2");
  EXPECT_EQ(Run({"eval", "report", "decisions/nov", "--format", "junit"}).out, "format 4");
  const std::string xml = "report.xml";
  EXPECT_EQ(Run({"eval", "report", "evaluations/nov", "--out", xml}).code, 0);
  EXPECT_EQ(*ReadFile(xml), "format 4");
  EXPECT_THAT(UsageErrorOf({"eval", "report", "decisions/nov", "--format", "pdf"}),
              StartsWith("--format: expected "));
  EXPECT_THAT(UsageErrorOf({"eval", "report", "nov"}),
              StartsWith("NAME: expected evaluations/ID or decisions/ID"));
}

TEST_F(EvaluationTest, ListCancelAndResumeAreWired) {
  server_.On<v1::ListEvaluationsRequest>([this](const v1::ListEvaluationsRequest&) {
    v1::ListEvaluationsResponse response;
    *response.add_evaluations() = evaluation_;
    return response;
  });
  server_.On<v1::CancelEvaluationRequest>(
      [](const v1::CancelEvaluationRequest&) { return v1::CancelEvaluationResponse(); });
  server_.On<v1::ResumeEvaluationRequest>(
      [](const v1::ResumeEvaluationRequest&) { return v1::ResumeEvaluationResponse(); });
  EXPECT_THAT(Run({"eval", "list"}).out,
              StartsWith("evaluations/nov\tSUCCEEDED\tgpt-4o-mini-2024-07-18\tjobs/nov\t"));
  EXPECT_EQ(Run({"eval", "cancel", "nov"}).code, 0);
  EXPECT_EQ(Sent<v1::CancelEvaluationRequest>().name(), "evaluations/nov");
  EXPECT_EQ(Run({"eval", "resume", "nov", "--budget-calls", "900"}).code, 0);
  EXPECT_EQ(Sent<v1::ResumeEvaluationRequest>().budget().max_calls(), 900);
}

}  // namespace
}  // namespace tunegate::cli
