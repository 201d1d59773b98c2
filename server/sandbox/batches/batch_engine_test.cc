#include "server/sandbox/batches/batch_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

class BatchEngineTest : public ::testing::Test {
 protected:
  BatchEngineTest() {
    RemoveAll(directory_);
    Start();
  }
  void Start() {
    engine_.reset();
    files_ = *FileStore::Open(directory_ + "/files", clock_);
    models_ = *ModelStore::Open(directory_ + "/models", clock_);
    chat_ = std::make_unique<ChatService>(*models_, limiter_, clock_);
    engine_ = *BatchEngine::Open(directory_ + "/batches", *files_, *chat_, clock_);
    engine_->ResumeUnfinished();
  }

  static std::string Line(const std::string& id, const std::string& role = "user") {
    return R"({"custom_id":")" + id + R"(","method":"POST","url":"/v1/chat/completions",)" +
           R"("body":{"model":"gpt-4o","messages":[{"role":")" + role +
           R"(","content":"hola"}]}})" + "\n";
  }
  json::Value Body(const std::string& input) {
    return json::Object({{"input_file_id", files_->Create("i", "batch", input)->id},
                         {"endpoint", "/v1/chat/completions"},
                         {"completion_window", "24h"},
                         {"metadata", json::Object({{"k", "v"}})}});
  }
  json::Value Run(const std::string& input, const BatchFault& fault = {}) {
    const json::Value created = *engine_->Create(Body(input), fault);
    Start();  // shutting down waits for the one under way, or leaves it to the next start
    return Await(created["id"].String());
  }
  json::Value Await(const std::string& id) {
    for (;;) {
      const json::Value batch = *engine_->Get(id);
      const std::string& status = batch["status"].String();
      if (status == "completed" || status == "failed" || status == "cancelled" ||
          status == "expired") {
        return batch;
      }
      std::this_thread::yield();
    }
  }

  const std::string directory_ = ::testing::TempDir() + "/batch_engine_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
  RateLimiter limiter_{{1, 1}, clock_};  // batches are not under it
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<ModelStore> models_;
  std::unique_ptr<ChatService> chat_;
  std::unique_ptr<BatchEngine> engine_;
};

TEST_F(BatchEngineTest, AnswersAndErrorsGoToTheirFiles) {
  const json::Value batch = Run(Line("a") + Line("b", "king") + Line("c"));
  EXPECT_EQ(batch["status"].String(), "completed");
  EXPECT_EQ(json::Write(batch["request_counts"]), R"({"total":3,"completed":2,"failed":1})");
  const std::string output = *files_->Content(batch["output_file_id"].String());
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2);
  EXPECT_THAT(output, HasSubstr(R"("custom_id":"c")"));
  const std::string errors = *files_->Content(batch["error_file_id"].String());
  EXPECT_THAT(errors, HasSubstr(R"("custom_id":"b","response":{"status_code":400)"));
  EXPECT_EQ(batch["metadata"]["k"].String(), "v");
}

TEST_F(BatchEngineTest, WhatWasSpentAndAskedIsTold) {
  const json::Value batch = Run(Line("a") + Line("b"));
  EXPECT_EQ(batch["model"].String(), "gpt-4o");
  const json::Value& usage = batch["usage"];
  EXPECT_GT(usage["input_tokens"].IntegerOr(0), 0);
  EXPECT_EQ(usage["total_tokens"].IntegerOr(0),
            usage["input_tokens"].IntegerOr(0) + usage["output_tokens"].IntegerOr(0));
}

TEST_F(BatchEngineTest, LinesThatExpireStandAmongTheErrors) {
  const json::Value batch = Run(Line("a") + Line("b") + Line("c"),
                                BatchFault::FromJson(*json::Parse(R"({"expire_after":1})")));
  EXPECT_EQ(batch["status"].String(), "expired");
  EXPECT_EQ(batch["expired_at"].IntegerOr(0), 1000);
  EXPECT_EQ(json::Write(batch["request_counts"]), R"({"total":3,"completed":1,"failed":2})");
  const std::string errors = *files_->Content(batch["error_file_id"].String());
  EXPECT_THAT(errors, HasSubstr(R"("custom_id":"c","response":null,"error":{"code":"batch_exp)"));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 2);
}

TEST_F(BatchEngineTest, DroppedLinesStandNowhere) {
  const json::Value batch = Run(Line("a") + Line("b") + Line("c") + Line("d"),
                                BatchFault::FromJson(*json::Parse(R"({"drop_every":2})")));
  EXPECT_EQ(batch["status"].String(), "completed");
  EXPECT_TRUE(batch["error_file_id"].IsNull());
  const std::string output = *files_->Content(batch["output_file_id"].String());
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2);
}

TEST_F(BatchEngineTest, AFileCanBeRejectedOnPurpose) {
  const json::Value batch = Run(
      Line("a"), BatchFault::FromJson(
                     *json::Parse(R"({"fail":{"code":"token_limit_exceeded","message":"full"}})")));
  EXPECT_EQ(batch["status"].String(), "failed");
  EXPECT_EQ(json::Write(batch["errors"]["data"]),
            R"([{"code":"token_limit_exceeded","message":"full","param":null,"line":null}])");
}

TEST_F(BatchEngineTest, APacedBatchEndsAtOnceWhenTheServerStopsAndStartsAgain) {
  engine_->SetPace(absl::Hours(1));
  const std::string id = (*engine_->Create(Body(Line("a"))))["id"].String();
  Start();  // with no pace
  EXPECT_EQ(Await(id)["status"].String(), "completed");
}

TEST_F(BatchEngineTest, MalformedInputFails) {
  const json::Value batch = Run(Line("a") + "nonsense\n");
  EXPECT_EQ(batch["status"].String(), "failed");
  EXPECT_EQ(batch["errors"]["data"].Elements()[0]["line"].IntegerOr(0), 2);
  EXPECT_TRUE(batch["output_file_id"].IsNull());
}

TEST_F(BatchEngineTest, CancelledBatchKeepsWhatItHas) {
  std::string input;
  for (int i = 0; i < 5000; ++i) input += Line(std::to_string(i));
  const std::string id = (*engine_->Create(Body(input)))["id"].String();
  const auto cancelled = engine_->Cancel(id);
  if (cancelled.ok()) {
    EXPECT_EQ((*cancelled)["status"].String(), "cancelling");
  }
  const json::Value batch = Await(id);
  EXPECT_EQ(batch["status"].String(), cancelled.ok() ? "cancelled" : "completed");
  EXPECT_EQ(DetailsOf(engine_->Cancel(id).status()).reason, "invalid_batch_status");
}

TEST_F(BatchEngineTest, RefusalsNameTheParameter) {
  json::Value body = Body(Line("a"));
  body.Set("endpoint", "/v1/embeddings");
  EXPECT_THAT(engine_->Create(body).status().ToString(), HasSubstr("'endpoint'"));
  body = Body(Line("a"));
  body.Set("completion_window", "1h");
  EXPECT_THAT(engine_->Create(body).status().ToString(), HasSubstr("'completion_window'"));
  body = Body(Line("a"));
  body.Set("input_file_id", "file-none");
  EXPECT_THAT(engine_->Create(body).status().ToString(), HasSubstr("file-none"));
  EXPECT_TRUE(absl::IsNotFound(engine_->Get("batch_none").status()));
  EXPECT_TRUE(absl::IsNotFound(engine_->Cancel("batch_none").status()));
}

TEST_F(BatchEngineTest, BatchesAreListedNewestFirstAndSurviveARestart) {
  const std::string first = Run(Line("a"))["id"].String();
  const std::string second = Run(Line("a"))["id"].String();
  Start();
  ASSERT_EQ(engine_->NewestFirst().size(), 2u);
  EXPECT_EQ(engine_->NewestFirst()[0]["id"].String(), second);
  EXPECT_EQ(engine_->NewestFirst()[1]["id"].String(), first);
}

}  // namespace
}  // namespace tunegate::sandbox
