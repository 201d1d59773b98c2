// An evaluation in batch mode, from its input files to its report.
#include "server/evaluations/run/batch_run.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/batch_fixture.h"
#include "server/evaluations/run/ledger.h"
#include "server/metrics/catalogue.h"
#include "server/providers/intent.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatCall;
using providers::FakeProvider;
using providers::RemoteBatch;
using testing::HasSubstr;

using BatchRunTest = BatchFixture;

TEST_F(BatchRunTest, GivesTheSameFiguresAsCallByCall) {
  v1::Evaluation spec = Spec(60);
  // No looks, the second of which would have wider intervals.
  spec.set_dataset(AddDataset(60, v1::Dataset::SPLIT_VALIDATION));
  const std::string one_by_one = Create(spec);
  ASSERT_TRUE(Step(one_by_one).ok());
  spec.set_repeat_count(1);
  const std::string name = CreateInBatches(spec);
  RunToEnd(name);
  const v1::Evaluation done = Get(name);
  ASSERT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  const v1::Evaluation expected = Get(one_by_one);
  ASSERT_EQ(done.report().metrics_size(), expected.report().metrics_size());
  for (int i = 0; i < done.report().metrics_size(); ++i) {
    const v1::Report::Metric& metric = done.report().metrics(i);
    if (!metric.has_paired()) continue;
    EXPECT_EQ(metric.paired().DebugString(), expected.report().metrics(i).paired().DebugString());
  }
  EXPECT_EQ(done.progress().done(), 120);
  EXPECT_EQ(done.progress().figures().at("candidate_accuracy"), 1.0);
  EXPECT_EQ(done.usage().calls(), 120);
  EXPECT_EQ(done.usage().input_tokens(), 12'000);
  EXPECT_EQ(done.usage().maybe_repeated_calls(), 0);
  for (const store::v1::CallRecord& call : Recorded(name)) {
    EXPECT_TRUE(call.batch());
    EXPECT_EQ(call.response_time_us(), 0);
    EXPECT_EQ(call.attempts(), 1);
    EXPECT_EQ(call.provider_request_id(), "req-fake");
  }
}

TEST_F(BatchRunTest, EachModelHasABatchWhoseLinesAreTheLedgersKeys) {
  const std::string name = Started(Spec(10));
  ASSERT_EQ(provider_->batches().size(), 2u) << Story(name);
  for (const std::string model : {"base", "tuned"}) {
    ASSERT_EQ(BatchesOf(model).size(), 1u) << model;
    std::set<std::string> keys;
    for (const auto& [custom_id, call] : provider_->BatchInput(BatchesOf(model).front())) {
      EXPECT_EQ(call.model, model);
      EXPECT_EQ(call.messages.front().second, "Say A or B as JSON.");
      keys.insert(custom_id);
    }
    EXPECT_EQ(keys.size(), 10u);
    EXPECT_EQ(*keys.begin(), model == "base" ? "0000001/00/a" : "0000001/00/b");
  }
  const RemoteBatch batch = provider_->batches().front();
  EXPECT_EQ(batch.metadata.at("tunegate_evaluation"), name);
  EXPECT_EQ(batch.metadata.at(std::string(providers::kIntentKey)),
            GetRecord(name).batches(0).intent_id());
  EXPECT_EQ(provider_->calls("Complete"), 0);
  EXPECT_THAT(provider_->files().front().file_name,
              HasSubstr(GetRecord(name).batches(0).input_sha256().substr(0, 32)));
}

TEST_F(BatchRunTest, LooksAreTheRarerTheOlderABatchIs) {
  const std::string name = Started(Spec(5));
  const auto looks_in_an_hour = [&] {
    const int before = provider_->calls("GetBatch");
    RunFor(name, absl::Hours(1));
    return provider_->calls("GetBatch") - before;
  };
  const int first = looks_in_an_hour();
  const int second = looks_in_an_hour();
  EXPECT_GT(first, second);
  EXPECT_LE(second, 2 * 61);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_RUNNING);
}

TEST_F(BatchRunTest, WhatTheProviderHasDoneIsProgress) {
  const std::string name = Started(Spec(10));
  provider_->EditBatch(BatchesOf("base").front(), [](RemoteBatch& batch) {
    batch.status = "in_progress";
    batch.total = 10;
    batch.completed = 6;
    batch.failed = 1;
  });
  RunFor(name, absl::Seconds(10));
  EXPECT_EQ(Get(name).progress().done(), 7);
  EXPECT_EQ(Get(name).progress().total(), 20);
  EXPECT_EQ(Get(name).progress().figures().at(kAtProvider), 7);
  EXPECT_EQ(GetRecord(name).batches(0).status(), "in_progress");
  const size_t told = EventsOf(name, v1::Event::TYPE_PROGRESS).size();
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(EventsOf(name, v1::Event::TYPE_PROGRESS).size(), told);
  RunToEnd(name);
  EXPECT_EQ(Get(name).progress().done(), 20);
  EXPECT_EQ(Get(name).progress().figures().count(kAtProvider), 0u);
}

TEST_F(BatchRunTest, FilesKeepToTheLimitsOfLines) {
  batch_options_.limits.max_lines = 4;
  v1::Evaluation spec = Spec(10);
  spec.set_repeat_count(2);
  const std::string name = Started(spec);
  // Of 20 calls an arm in batches of 4, eight batches are under way at once.
  EXPECT_EQ(provider_->batches().size(), 8u) << Story(name);
  for (const RemoteBatch& batch : provider_->batches()) {
    EXPECT_LE(provider_->BatchInput(batch.id).size(), 4u);
  }
  provider_->EndBatch(provider_->batches()[2].id);
  provider_->EndBatch(provider_->batches()[3].id);
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(provider_->batches().size(), 10u);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Recorded(name).size(), 40u);
}

TEST_F(BatchRunTest, FilesKeepToTheLimitsOfBytes) {
  batch_options_.limits.max_bytes = 500;
  const std::string name = CreateInBatches(Spec(10));
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_GT(provider_->batches().size(), 4u);
  batch_options_.limits.max_bytes = 50;
  const std::string hopeless = CreateInBatches(Spec(10));
  RunToEnd(hopeless);
  EXPECT_EQ(Get(hopeless).failure().reason(), "BATCH_LINE_TOO_LONG");
}

TEST_F(BatchRunTest, EveryFileIsDeletedAtTheEnd) {
  const std::string name = Started(Spec(10));
  EXPECT_EQ(FilesAtProvider(), 2);
  RunToEnd(name);
  EXPECT_EQ(FilesAtProvider(), 0);
  const store::v1::EvaluationRecord record = GetRecord(name);
  for (const auto& batch : record.batches()) {
    EXPECT_TRUE(batch.collected());
    EXPECT_EQ(batch.input_file(), "");
  }
}

TEST_F(BatchRunTest, AFileThatCannotBeDeletedHoldsUpNothingAndIsTriedAgain) {
  const std::string name = Started(Spec(10));
  provider_->FailNext("DeleteFile", FakeProvider::NoConnection(), FakeProvider::Effect::kNone, 3);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  for (const auto& file : provider_->files()) EXPECT_EQ(file.purpose, "batch_output");
}

// --- Lines that came back without an answer ------------------------------------------------------

TEST_F(BatchRunTest, MissingLinesAreAskedTwiceAgainAndThenAreMissing) {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = Started(spec);
  const std::string stubborn = "0000003/00/a";
  for (int round = 0; round < 3; ++round) {
    const std::vector<RemoteBatch> batches = provider_->batches();
    ASSERT_EQ(batches.size(), static_cast<size_t>(round + 1)) << Story(name);
    const size_t lines[] = {10, 3, 1};
    EXPECT_EQ(provider_->BatchInput(batches.back().id).size(), lines[round]);
    // The first expires with three lines to go, the second with one.
    provider_->EndBatch(batches.back().id, "expired", [&](const std::string& key) {
      return key != stubborn && (round > 0 || (key != "0000007/00/a" && key != "0000008/00/a"));
    });
    RunFor(name, absl::Minutes(2));
  }
  const v1::Evaluation done = Get(name);
  ASSERT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Recorded(name).size(), 10u);
  for (const store::v1::CallRecord& call : Recorded(name)) {
    const bool missing = call.example() == 3;
    EXPECT_EQ(call.has_failure(), missing) << call.example();
    EXPECT_EQ(call.failure().reason(), missing ? "BATCH_LINE_MISSING" : "");
    EXPECT_EQ(call.attempts(), missing ? 3 : call.example() == 7 || call.example() == 8 ? 2 : 1);
  }
}

TEST_F(BatchRunTest, WhatIsMissingIsAskedInOneBatchWhileTheOtherArmIsStillUnderWay) {
  const std::string name = Started(Spec(30));
  provider_->EndBatch(BatchesOf("base").front(), "expired",
                      [](const std::string& key) { return key < "0000010" || key > "0000020"; });
  RunFor(name, absl::Minutes(1));
  ASSERT_EQ(BatchesOf("base").size(), 1u) << Story(name);  // the first one's file is deleted
  EXPECT_EQ(provider_->BatchInput(BatchesOf("base").front()).size(), 10u);
  EXPECT_EQ(provider_->batches().size(), 3u);
  RunToEnd(name);
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(provider_->batches().size(), 3u);
}

TEST_F(BatchRunTest, RefusedLinesAreFailuresAndBusyOnesAreAskedAgain) {
  provider_->OnChat([&](const ChatCall& call) {
    const std::string& query = call.messages.back().second;
    if (query == "A 0") {
      return FakeProvider::Failure(FakeProvider::HttpError(400, "invalid_value", "no such role"));
    }
    if (query == "B 1" && provider_->batches().size() == 1) {
      return FakeProvider::Failure(FakeProvider::HttpError(500, "", "overloaded"));
    }
    return Answer(call);
  });
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  const std::string name = CreateInBatches(spec);
  RunToEnd(name);
  ASSERT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(provider_->batches().size(), 2u);
  for (const store::v1::CallRecord& call : Recorded(name)) {
    EXPECT_EQ(call.has_failure(), call.example() == 1);
    EXPECT_THAT(call.failure().message(), HasSubstr(call.example() == 1 ? "no such role" : ""));
  }
}

TEST_F(BatchRunTest, AVariantThatIsAlwaysRefusedFailsInTheProvidersWords) {
  provider_->OnChat([&](const ChatCall& call) {
    if (call.model == "base") return Answer(call);
    return FakeProvider::Failure(FakeProvider::HttpError(404, "model_not_found", "no such model"));
  });
  const std::string name = Started(Spec(10));
  provider_->EndBatch(BatchesOf("tuned").front());
  RunFor(name, absl::Seconds(20));
  // What is under way is called off first.
  EXPECT_EQ(provider_->GetBatch(BatchesOf("base").front())->status, "cancelling");
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_RUNNING);
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("the candidate cannot be asked"));
  provider_->EndBatch(BatchesOf("base").front(), "cancelled",
                      [](const std::string& key) { return key < "0000005"; });
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_FAILED);
  EXPECT_THAT(Get(name).failure().message(), HasSubstr("no such model"));
  EXPECT_EQ(Recorded(name).size(), 4u);
  EXPECT_EQ(Get(name).usage().calls(), 4);
  EXPECT_EQ(FilesAtProvider(), 0);
}

TEST_F(BatchRunTest, LinesOfNobodyAndLinesThatComeTwiceAreCountedAndIgnored) {
  v1::Evaluation spec = Spec(4);
  metrics::Counter& tokens = metrics::TheCatalogue().tokens.Of({"fake", "base", "input"});
  const int64_t tokens_before = tokens.value();
  const std::string name = Started(spec);
  EndBatches();
  const std::string output = provider_->GetBatch(BatchesOf("base").front())->output_file;
  provider_->EditFile(output, [](std::string& content) {
    const std::string first = content.substr(0, content.find('\n') + 1);
    content += first;  // twice
    content += R"({"custom_id":"0000009/00/a","http_status":200})"
               "\n";  // beyond the dataset
    content += R"({"custom_id":"0000001/00/b","http_status":200})"
               "\n";  // of the other arm
    content += R"({"custom_id":"1/0/a","http_status":200})"
               "\n";  // in another form
    content += "nonsense\n\n";
  });
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(StateOf(name), v1::Evaluation::STATE_SUCCEEDED) << Story(name);
  EXPECT_EQ(Recorded(name).size(), 8u);
  EXPECT_EQ(tokens.value() - tokens_before, 400) << "of what was taken alone";
  EXPECT_THAT(Story(name), HasSubstr("lines ignored: 3 of unknown custom_id, 1 of repeated "
                                     "custom_id, 1 that cannot be read"));
}

}  // namespace
}  // namespace tunegate::evaluations
