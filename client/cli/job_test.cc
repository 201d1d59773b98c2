#include "client/cli/job.h"

#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kRunning[] = R"(
  name: "jobs/nov" state: STATE_RUNNING provider: "openai" provider_job: "ftjob-9K"
  base_model: "gpt-4o-mini-2024-07-18" suffix: "product-intent" owner: "workflows/nov"
  quote { currency_code: "USD" micros: 590000 }
  progress { done: 771 total: 1200 figures { key: "loss" value: 0.0831 }
             figures { key: "epoch" value: 2 } figures { key: "epochs" value: 3 }
             figures { key: "valid_loss" value: 0.121 }
             estimated_end_time { seconds: 1795342060 } })";

std::string Message(int64_t position, v1::Event::Type type, std::string_view job,
                    std::string_view message = "", bool terminal = false) {
  v1::WatchEventsResponse response;
  v1::Event* event = response.add_events();
  event->set_position(position);
  event->set_type(type);
  event->set_resource("jobs/nov");
  event->mutable_time()->set_seconds(1795341600);
  event->set_message(std::string(message));
  event->set_terminal(terminal);
  FromText(job, event->mutable_job());
  response.set_position(type == v1::Event::TYPE_SNAPSHOT ? 0 : position);
  response.set_caught_up(true);
  return response.SerializeAsString();
}

std::string Ended(std::string_view state) {
  return Message(9, v1::Event::TYPE_STATE_CHANGED,
                 R"(name: "jobs/nov" base_model: "gpt-4o-mini-2024-07-18"
                    fine_tuned_model: "ft:gpt-4o-mini:acme" state: )" +
                     std::string(state),
                 "ended", true);
}

class JobTest : public CliTest {
 protected:
  JobTest() {
    server_.On<v1::GetJobRequest>([](const v1::GetJobRequest&) {
      v1::GetJobResponse response;
      FromText(kRunning, response.mutable_job());
      return response;
    });
    server_.On<v1::CreateJobRequest>([](const v1::CreateJobRequest& request) {
      v1::CreateJobResponse response;
      *response.mutable_job() = request.job();
      response.mutable_job()->set_name("jobs/" + request.job_id());
      return response;
    });
  }
};

TEST_F(JobTest, CreateParsesAndRefuses) {
  const auto create = ParseAs<JobCreate>({"job", "create", "--train", "nov-train", "--lr", "2",
                                          "--budget-usd", "1.5", "--epochs", "3", "--watch"});
  EXPECT_EQ(create->train, "datasets/nov-train");
  EXPECT_EQ(create->training.learning_rate, 2);
  EXPECT_EQ(create->budget.micros, 1'500'000);
  EXPECT_TRUE(create->watch);
  EXPECT_THAT(UsageErrorOf({"job", "create"}), StartsWith("--train: missing"));
  EXPECT_THAT(UsageErrorOf({"job", "create", "--train", "jobs/x"}),
              StartsWith("--train: expected datasets/ID"));
  EXPECT_THAT(UsageErrorOf({"job", "create", "--train", "x", "--lr", "0"}),
              StartsWith("--lr: expected a number"));
  EXPECT_THAT(
      UsageErrorOf({"job", "create", "--train", "x", "--provider-method", "f", "--epochs", "3"}),
      StartsWith("--provider-method: carries its own settings"));
}

TEST_F(JobTest, CreateSendsWhatWasTyped) {
  const Ran ran =
      Run({"job",     "create",      "--train",      "nov-train", "--validation", "nov-validation",
           "--model", "gpt-4o-mini", "--epochs",     "3",         "--batch",      "1",
           "--lr",    "2",           "--suffix",     "pi",        "--seed",       "7",
           "--id",    "nov",         "--budget-usd", "2.50"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto request = Sent<v1::CreateJobRequest>();
  EXPECT_EQ(request.job_id(), "nov");
  EXPECT_EQ(request.job().supervised().n_epochs(), 3);
  EXPECT_EQ(request.job().supervised().batch_size(), 1);
  EXPECT_EQ(request.job().supervised().learning_rate_multiplier(), 2);
  EXPECT_EQ(request.job().seed(), 7);
  EXPECT_EQ(request.job().budget().max_cost().micros(), 2'500'000);
  EXPECT_THAT(ran.out, HasSubstr("supervised, 3 epochs, batch 1, learning rate x2"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate job watch jobs/nov"));
}

TEST_F(JobTest, WhatIsNotTypedIsLeftToTheProvider) {
  Run({"job", "create", "--train", "nov-train", "--id", "nov"});
  EXPECT_EQ(Sent<v1::CreateJobRequest>().job().method_case(), v1::Job::METHOD_NOT_SET);
}

TEST_F(JobTest, OtherMethodsArePassedOnVerbatim) {
  const std::string file = WriteFile("dpo.json", R"({"type": "dpo", "dpo": {"beta": 0.1}})");
  Run({"job", "create", "--train", "nov-train", "--provider-method", file, "--id", "nov"});
  const auto request = Sent<v1::CreateJobRequest>();
  EXPECT_EQ(request.job().provider_method().fields().at("type").string_value(), "dpo");
}

TEST_F(JobTest, ListShowsStatesAndWhatIsNotAdopted) {
  server_.On<v1::ListJobsRequest>([](const v1::ListJobsRequest&) {
    v1::ListJobsResponse response;
    FromText(kRunning, response.add_jobs());
    FromText(R"(provider_job: "ftjob-old" state: STATE_SUCCEEDED)", response.add_jobs());
    return response;
  });
  const Ran ran = RunOnTerminal({"job", "list", "--all"});
  EXPECT_TRUE(Sent<v1::ListJobsRequest>().include_unadopted());
  EXPECT_THAT(ran.out, HasSubstr("(not adopted)"));
  EXPECT_THAT(ran.out, HasSubstr("ftjob-old"));
}

TEST_F(JobTest, WatchOnATerminalDrawsBarLossAndEta) {
  AnswerWatches(
      {{.messages = {Message(0, v1::Event::TYPE_SNAPSHOT, kRunning),
                     Message(7, v1::Event::TYPE_PROGRESS, kRunning), Ended("STATE_SUCCEEDED")}}});
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"job", "watch", "nov"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("jobs/nov   ftjob-9K   gpt-4o-mini-2024-07-18 -> suffix "
                                 "product-intent   openai, workflows/nov"));
  EXPECT_THAT(ran.out, HasSubstr(" RUNNING  ████████████░░░░░░░░  step 771/1200  epoch 2/3  loss "
                                 "0.083  ETA 10:07 (7m 40s)\n"));
  EXPECT_THAT(ran.out, HasSubstr(" loss ▁   validation 0.121   quote $0.59\n"));
  EXPECT_THAT(ran.out, HasSubstr("Ctrl-C leaves; the job goes on. Again: tunegate job watch"));
  EXPECT_THAT(ran.out, HasSubstr("made        ft:gpt-4o-mini:acme"));
  EXPECT_THAT(ran.out, HasSubstr("--candidate jobs/nov"));
  EXPECT_THAT(ran.out, Not(testing::ContainsRegex("\x1b\\[[0-9]+m")));
}

TEST_F(JobTest, WatchInAPlainLocaleDrawsWithPlainCharacters) {
  AnswerWatches(
      {{.messages = {Message(7, v1::Event::TYPE_PROGRESS, kRunning), Ended("STATE_SUCCEEDED")}}});
  environment_["LANG"] = "C";
  EXPECT_THAT(RunOnTerminal({"job", "watch", "nov"}).out, HasSubstr("############--------"));
}

TEST_F(JobTest, WatchEndsByTheJobsState) {
  AnswerWatches({{.messages = {Ended("STATE_FAILED")}}});
  EXPECT_EQ(Run({"job", "watch", "nov"}).code, 1);
  AnswerWatches({{.messages = {Ended("STATE_CANCELLED")}}});
  EXPECT_EQ(Run({"job", "watch", "nov"}).code, 5);
}

TEST_F(JobTest, WatchOffATerminalIsRowsAlone) {
  AnswerWatches({{.messages = {Message(7, v1::Event::TYPE_PROGRESS, kRunning, "step 771/1200"),
                               Ended("STATE_SUCCEEDED")}}});
  const Ran ran = Run({"job", "watch", "nov"});
  EXPECT_THAT(
      Lines(ran.out),
      ElementsAre("2026-11-22T10:00:00Z\t7\tjobs/nov\tRUNNING\tstep=771/1200 epoch=2 epochs=3 "
                  "loss=0.083 valid_loss=0.121\tstep 771/1200",
                  "2026-11-22T10:00:00Z\t9\tjobs/nov\tSUCCEEDED\t\tended"));
}

TEST_F(JobTest, BlockedJobShowsCauseAndRemedy) {
  AnswerWatches({{.messages = {Message(7, v1::Event::TYPE_STATE_CHANGED, R"(
                    name: "jobs/nov" state: STATE_BLOCKED
                    failure { reason: "QUOTA_EXHAUSTED" message: "You exceeded your current quota"
                              provider_code: "insufficient_quota" provider_request_id: "req_7f"
                              remedy: "raise the quota, then tunegate job resume jobs/nov" })"),
                               Ended("STATE_SUCCEEDED")}}});
  const Ran ran = RunOnTerminal({"job", "watch", "nov"});
  const std::string out = WithoutColours(ran.out);
  EXPECT_THAT(out, HasSubstr("BLOCKED"));
  EXPECT_THAT(out, HasSubstr("QUOTA_EXHAUSTED: You exceeded your current quota"));
  EXPECT_THAT(out, HasSubstr("(insufficient_quota)"));
  EXPECT_THAT(out, HasSubstr("raise the quota, then tunegate job resume jobs/nov"));
}

TEST_F(JobTest, WatchAsJsonIsOneResponseALineAndNothingElse) {
  AnswerWatches(
      {{.messages = {Message(7, v1::Event::TYPE_PROGRESS, kRunning), Ended("STATE_SUCCEEDED")}}});
  const Ran ran = Run({"job", "create", "--train", "x", "--id", "nov", "--watch", "--output=json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(Lines(ran.out).size(), 3u);
  EXPECT_TRUE(IsJsonLines(ran.out)) << ran.out;
}

TEST_F(JobTest, MetricsAndProviderEventsAreRows) {
  server_.On<v1::ListJobMetricsRequest>([](const v1::ListJobMetricsRequest&) {
    return Proto<v1::ListJobMetricsResponse>(R"(
      metrics { step: 10 time { seconds: 1795341600 } figures { key: "valid_loss" value: 0.5 }
                figures { key: "train_loss" value: 0.25 } })");
  });
  server_.On<v1::ListProviderEventsRequest>([](const v1::ListProviderEventsRequest&) {
    return Proto<v1::ListProviderEventsResponse>(R"(
      provider_events { time { seconds: 1795341600 } level: "warn" type: "moderation_checks"
                        message: "passed\nall" })");
  });
  EXPECT_EQ(Run({"job", "metrics", "nov"}).out,
            "10\t2026-11-22T10:00:00Z\ttrain_loss=0.250 valid_loss=0.500\n");
  EXPECT_EQ(Run({"job", "events", "nov"}).out,
            "2026-11-22T10:00:00Z\twarn\tmoderation_checks\tpassed all\n");
  EXPECT_EQ(Sent<v1::ListProviderEventsRequest>().parent(), "jobs/nov");
}

TEST_F(JobTest, SteeringVerbsNameTheJob) {
  server_.On<v1::CancelJobRequest>(
      [](const v1::CancelJobRequest&) { return v1::CancelJobResponse(); });
  server_.On<v1::PauseJobRequest>(
      [](const v1::PauseJobRequest&) { return v1::PauseJobResponse(); });
  server_.On<v1::ResumeJobRequest>(
      [](const v1::ResumeJobRequest&) { return v1::ResumeJobResponse(); });
  server_.On<v1::AdoptJobRequest>(
      [](const v1::AdoptJobRequest&) { return v1::AdoptJobResponse(); });
  EXPECT_EQ(Run({"job", "cancel", "nov"}).code, 0);
  EXPECT_EQ(Run({"job", "pause", "jobs/nov"}).code, 0);
  EXPECT_EQ(Run({"job", "resume", "nov"}).code, 0);
  EXPECT_EQ(Run({"job", "adopt", "ftjob-abc", "--id", "old"}).code, 0);
  EXPECT_EQ(Sent<v1::CancelJobRequest>().name(), "jobs/nov");
  EXPECT_EQ(Sent<v1::PauseJobRequest>().name(), "jobs/nov");
  EXPECT_EQ(Sent<v1::ResumeJobRequest>().name(), "jobs/nov");
  EXPECT_EQ(Sent<v1::AdoptJobRequest>().provider_job(), "ftjob-abc");
}

}  // namespace
}  // namespace tunegate::cli
